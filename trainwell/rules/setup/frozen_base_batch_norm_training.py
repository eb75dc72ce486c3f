"""Batch normalization goes on training within a base whose other layers are frozen.

Symptom
-------
A model that was pretrained and frozen gets worse while its new head is trained; the head never settles.

Why it happens
--------------
Freezing layers by their kind, or only those with kernels, leaves batch normalization free: it scales by the batches of
the new data and overwrites the statistics that the frozen weights were trained with. In Keras a batch normalization
with `trainable = False` uses what it has stored, and `training=True` changes nothing about that.

How it is measured
------------------
Along the model's graph: the trainable batch normalizations that are fed by frozen weights and either lead to frozen
weights again or belong to the same nested model as the frozen weights that feed them. The first normalization of a new
head, behind the base, is in order.

Known limits
------------
Training nothing but batch normalization can be meant, to adapt a model to other data; then every one of them is named.

References:
----------
Keras, "Transfer learning and fine-tuning" (guide). Goodfellow et al., "Deep learning" (2016), section 8.7.1, on what
batch normalization stores.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.rule import NotApplicable, Threshold, evidence, rule
from trainwell.run import Graph

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import CallRecord, Run

LAYERS = Threshold("layers", 0, "batch normalizations", "above", "Keras guide, Transfer learning and fine-tuning")


@rule(
    id="TW119",
    family="setup",
    severity="serious",
    fault_if=LAYERS,
    needs=("model.calls",),
    remedies=("freeze-batch-norm",),
)
def frozen_base_batch_norm_training(run: Run) -> list[Evidence]:
    """Looks for trainable batch normalizations among frozen weights."""
    graph = Graph.of(run)
    normalizations = [call for call in graph.calls if call.of_keras and call.kind == "BatchNormalization"]
    if not normalizations:
        raise NotApplicable("the model has no batch normalization")
    if not any(_is_frozen(call) for call in graph.weighted):
        raise NotApplicable("no weights of the model are frozen")
    found, order = [], []
    for call in normalizations:
        above = _weights_above(graph, call)
        if not above or not all(map(_is_frozen, above)):
            continue
        if not call.trainable:
            order.append(call)
            continue
        behind = [each for each in graph.after(call) if each.has_kernel]
        home = _home(call)
        ends_base = bool(home) and home in map(_home, above) and home not in map(_home, behind)
        if ends_base or any(map(_is_frozen, behind)):
            says = f"{call.place!r} trains, while the weights of {above[-1].place!r} before it are frozen."
            found.append(evidence(call.place, (1, LAYERS), says=says))
    if not found:
        says = f"{len(order)} batch normalizations behind frozen weights are frozen with them."
        found.append(evidence("", (0, LAYERS), says=says))
    return found


def _is_frozen(call: CallRecord) -> bool:
    return call.has_kernel and call.parameters > 0 and not call.trainable_parameters


def _home(call: CallRecord) -> str:
    """The nested model that a call stands in; `""` for none."""
    return call.place.rpartition("/")[0]


def _weights_above(graph: Graph, call: CallRecord) -> list[CallRecord]:
    """The nearest layers with weights on each path that leads to a call."""
    found: dict[str, CallRecord] = {}
    waiting, seen = graph.feeding(call), {call.place}
    while waiting:
        each = waiting.pop()
        if each.has_kernel:
            found[each.place] = each
        elif each.place not in seen:
            seen.add(each.place)
            waiting += graph.feeding(each)
    return list(found.values())
