"""A softmax over a single unit: its output is 1 whatever comes in.

Symptom
-------
Every prediction is 1. The loss does not move, and accuracy is the share of one class.

Why it happens
--------------
A softmax divides by the sum over its units. Of one unit that is the unit itself, so the output is 1 and no gradient
passes. One unit for two classes needs a sigmoid; one unit per step of a sequence, as in attention, needs a softmax over
the steps.

How it is measured
------------------
For each softmax of the model, the size of the axis that it runs along. Where an output's activation cannot be seen, by
the outputs: one unit that is exactly 1 for every row at every look.

Known limits
------------
A softmax that the user's own code calls as a function inside the model is not seen.

References:
----------
Nikanjam et al., "Automatic fault detection for deep learning programs using graph transformations", arXiv 2105.08095
(2021), rule on softmax and the size of the output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainwell.rule import NotApplicable, Threshold, evidence, rule
from trainwell.run import CallRecord, Graph, heads

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import Run

_SOFTMAXES = frozenset({"softmax", "log_softmax", "sparsemax"})
_LAYERS = frozenset({"Softmax", "LogSoftmax", "Sparsemax"})
_FEWEST_LOOKS = 2  # from which outputs that never move are believed to be unable to

ALONE = Threshold("alone", 0, "softmaxes over one unit", "above", "by definition: exp(z) / exp(z) is 1")


@rule(
    id="TW103",
    family="setup",
    severity="fatal",
    fault_if=ALONE,
    needs=("model.calls", "compile.losses"),
    remedies=("sigmoid-output", "more-units"),
    proof="facts",
)
def softmax_on_one_unit(run: Run) -> list[Evidence]:
    """Measures the size of the axis that each softmax runs along."""
    graph = Graph.of(run)
    found = []
    for call in graph.calls:
        size = _size(call)
        if size is None:
            continue
        # Behind a layer that gives one unit by its configuration; the length of a sequence may well be 1.
        single = size == 1 and (graph.is_output(call) or _gives_one_unit(graph, call))
        says = f"The softmax of {call.place!r} runs over {size} unit{'s' if size > 1 else ''}."
        found.append(evidence(call.place, (float(single), ALONE), says=says))
    for head in heads(run):
        if head.activation is None and head.units == 1 and head.seen is not None:
            constant = head.seen == (1.0, 1.0) and len(head.looks["minimum"]) >= _FEWEST_LOOKS
            says = f"The outputs of {head.where!r} lie between {head.seen[0]:.3g} and {head.seen[1]:.3g}."
            found.append(evidence(head.where, (float(constant), ALONE), says=says))
    if not found:
        along = next((call for call in graph.calls if _runs_along_batch(call)), None)
        if along is not None:
            raise NotApplicable(f"the softmax of {along.place!r} runs along the batch, which rows-mixed judges")
        raise NotApplicable("no softmax is seen in the model")
    return found


def _runs_along_batch(call: CallRecord) -> bool:
    axis = call.config.get("axis", -1)
    axes = axis if isinstance(axis, (list, tuple)) else [axis]
    is_softmax = call.of_keras and call.kind in _LAYERS and bool(call.shape)
    return is_softmax and any(each in {0, -len(call.shape)} for each in axes if isinstance(each, int))


def _size(call: CallRecord) -> int | None:
    """Of the axis that a softmax runs along; `None` for what is no softmax, or several axes."""
    config: dict[str, Any] = call.config
    if call.kind == "TimeDistributed":
        config = (config.get("layer") or {}).get("config") or {}
        softmax = str(config.get("activation")) in _SOFTMAXES
    else:
        softmax = call.of_keras and call.activation is not None and call.activation.name in _SOFTMAXES
    axis = config.get("axis", -1) if call.kind in _LAYERS else -1
    if isinstance(axis, (list, tuple)) and len(axis) == 1:
        axis = axis[0]
    if not softmax or not isinstance(axis, int) or not -len(call.shape) <= axis < len(call.shape):
        return None
    size = call.shape[axis]
    return int(size) if isinstance(size, int) else None


def _gives_one_unit(graph: Graph, call: CallRecord) -> bool:
    if call.has_kernel or call.kind == "TimeDistributed":
        return True
    feeding = graph.feeding(call)
    axis = call.config.get("axis", -1)
    return len(feeding) == 1 and feeding[0].has_kernel and axis in {-1, len(call.shape) - 1}
