"""What do the layers in front of the first weights make of the inputs?

Nothing can bring back what is lost before the first weights: a ReLU on standardised inputs turns half of them into 0,
and a sigmoid on pictures from 0 to 255 turns nearly all of them into 1. The outputs of all layers are read for some
rows in inference mode, and for each activation that comes before any weights it is counted how many different values
it turned into one and the same. For each rescaling it is noted what range it is given and what it leaves.

Not good at: functions of the user's own within a layer, and activations of which one branch takes the result and
another one what came in; these are left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trainwell.engine import outputs_by_layer
from trainwell.run import FirstActivationRecord, FirstActivationsRecord, Graph
from trainwell.run.layer_kinds import NORMALIZATIONS
from trainwell.training_spec import evenly_spaced
from trainwell.trees import named, take

if TYPE_CHECKING:
    from trainwell.experiments.context import ExperimentContext
    from trainwell.run import CallRecord

ROWS = 256
"""Rows that are looked at."""
VALUES = 200_000
"""Values of one array that are looked at."""
SATURATED = 1e-3
"""Of the range of an activation with two tails: outputs this near to an end count as the end."""


def first_activation(context: ExperimentContext) -> FirstActivationsRecord:
    """Measure the activations and rescalings that come before any weights."""
    graph = Graph.of(context.run)
    wanted = [call for call in graph.calls if _comes_first(graph, call)]
    rows = min(ROWS, context.spec.rows)
    if not wanted:
        return FirstActivationsRecord(rows=rows)
    x = take(context.spec.data["x"], evenly_spaced(context.spec.rows, rows))
    outputs = outputs_by_layer(context.model, x)
    given = {f"@{name or 'x'}": array for name, array in named(x).items()}
    found = []
    for call in wanted:
        source = call.inputs[0] or ""
        before, after = outputs.get(source, given.get(source)), outputs.get(call.place)
        if before is None or after is None or before.shape != after.shape:
            continue
        record = _record(call, before, after)
        if record is not None:
            record.normalized = any(each.kind in NORMALIZATIONS for each in _until_weights(graph, call))
            found.append(record)
    return FirstActivationsRecord(rows=rows, layers=found)


def _comes_first(graph: Graph, call: CallRecord) -> bool:
    """Return True for an activation or a rescaling without weights in front of it and without a branch around it."""
    if not (call.is_activation or call.kind == "Rescaling") or len(call.inputs) != 1 or call.inputs[0] is None:
        return False
    if any(each.has_kernel or each.trainable_parameters for each in (call, *graph.before(call))):
        return False
    source = call.inputs[0]
    readers = [each for each in graph.calls if source in each.inputs]
    return len(readers) == 1 and any(each.has_kernel for each in graph.after(call))


def _until_weights(graph: Graph, call: CallRecord) -> list[CallRecord]:
    found = []
    for each in graph.behind(call):
        if each.has_kernel:
            break
        found.append(each)
    return found


def _record(call: CallRecord, before: np.ndarray, after: np.ndarray) -> FirstActivationRecord | None:
    before, after = _some(before), _some(after)
    known = np.isfinite(before) & np.isfinite(after)
    before, after = before[known], after[known]
    if not len(before):
        return None
    low, high = float(after.min()), float(after.max())
    lost = None
    if call.is_activation and call.activation is not None and call.activation.name not in {"softmax", "log_softmax"}:
        lost = round(_lost(before, after, SATURATED * (high - low) if call.activation.has_two_tails else 0.0), 4)
    return FirstActivationRecord(
        place=call.place,
        kind=call.kind,
        minimum=float(before.min()),
        maximum=float(before.max()),
        low=low,
        high=high,
        lost=lost,
    )


def _some(array: np.ndarray) -> np.ndarray:
    flat = np.asarray(array).reshape(-1).astype(np.float64)
    return flat[evenly_spaced(len(flat), VALUES)] if len(flat) > VALUES else flat


def _lost(before: np.ndarray, after: np.ndarray, near: float) -> float:
    """Return the share of values that became the lowest or the highest output, without the commonest value of each.

    Zeros that a ReLU leaves as zeros lose nothing, nor does a background that stays one value.
    """
    lost = 0
    ends = [after <= after.min() + near]
    if after.max() > after.min():
        ends.append(after >= after.max() - near)
    for at_end in ends:
        values = before[at_end]
        lost += len(values) - int(np.unique(values, return_counts=True)[1].max())
    return lost / len(before)
