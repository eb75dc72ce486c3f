"""Two activations follow each other with no weights between them, and the second squeezes what the first has shaped.

Symptom
-------
The model learns slowly and its outputs reach only a part of their range: behind a ReLU, a sigmoid never gives less than
one half; a second softmax makes all classes nearly alike.

Why it happens
--------------
A layer was given an activation and another one was put behind it, often because the first was overlooked, or because
the loss was thought to need it.

How it is measured
------------------
Along the model's graph, each activation that another one follows directly; dropout and rearrangement between are passed
by, normalization and weights are not. What the second leaves as it is (ReLU behind ReLU, behind sigmoid) does no harm
and is only mentioned. Gates are left alone: a second activation by which something is multiplied, as in attention and
in Mish.

Known limits
------------
Activations that are called as functions in a subclassed model, and the activations within recurrent layers, are not
seen.

References:
----------
Nikanjam et al., "Automatic fault detection for deep learning programs using graph transformations" (NeuraLint), TOSEM
2021: redundant stacked activations. Schoop et al., "UMLAUT", CHI 2021: an activation before the softmax layer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.rule import Circumstance, NotApplicable, Threshold, evidence, rule
from trainwell.run import Graph
from trainwell.run.layer_kinds import ARRANGING, DROPOUTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trainwell.activations import Activation
    from trainwell.rule import Evidence
    from trainwell.run import CallRecord, Run

PAIRS = Threshold("pairs", 0, "pairs of activations", "above", "NeuraLint (TOSEM 2021): redundant stacked activations")
HARMLESS = Circumstance("the second activation changes what the first one gives by no more than a factor")
_IDENTITY_ABOVE_0 = frozenset({"relu", "leaky_relu", "prelu", "elu", "selu", "celu", "threshold"})
_GATES = frozenset({"Multiply", "Dot", "Matmul", "Einsum", "Attention", "Divide", "TrueDivide"})


@rule(
    id="TW111",
    family="setup",
    severity="serious",
    fault_if=PAIRS,
    advice_if=PAIRS & HARMLESS,
    needs=("model.calls",),
    remedies=("single-activation",),
)
def stacked_activations(run: Run) -> list[Evidence]:
    """Looks behind each activation for another one."""
    graph = Graph.of(run)
    found = []
    for call in graph.calls:
        first = call.activation if call.of_keras else None
        if first is None or first.name == "linear":
            continue
        pairs = [
            (each, each.activation)
            for each in _next(graph, call)
            if each.is_activation and each.activation is not None and each.activation.name != "linear"
        ]
        pairs = [(each, second) for each, second in pairs if not _is_gate(graph, each)]
        for each, second in pairs:
            says = f"The {first.title} of {call.place!r} goes straight into the {second.title} of {each.place!r}."
            harmless = (HARMLESS,) if _is_harmless(first, second) else ()
            found.append(evidence(each.place, (1, PAIRS), *harmless, says=says))
        if not pairs:
            says = f"The {first.title} of {call.place!r} goes into no other activation."
            found.append(evidence(call.place, (0, PAIRS), says=says))
    if not found:
        raise NotApplicable("no activation is seen in the model")
    return found


def _next(graph: Graph, call: CallRecord) -> Iterator[CallRecord]:
    """The calls behind this one, past what only rearranges or drops, and past linear activations."""
    for each in graph.fed_by(call):
        linear = each.is_activation and each.activation is not None and each.activation.name == "linear"
        if each.kind in ARRANGING | DROPOUTS or linear:
            yield from _next(graph, each)
        else:
            yield each


def _is_gate(graph: Graph, call: CallRecord) -> bool:
    """Whether something is multiplied by its outputs."""
    return any(each.kind in _GATES for each in _next(graph, call))


def _is_harmless(first: Activation, second: Activation) -> bool:
    """Whether the second leaves what the first gives as it is, but for a factor, or cuts off no more than a ReLU."""
    if first.low >= 0 and second.name in _IDENTITY_ABOVE_0:
        return True
    if (first.name, second.name) == ("log_softmax", "softmax"):
        return True
    if second.name == "relu6":
        return not first.has_two_tails or first.low >= 0
    unbounded = first.high == float("inf") and second.high == float("inf")
    return first.elementwise and second.elementwise and unbounded
