"""Describe the data of a training: its inputs and targets by name, and how its validation rows differ from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainwell.recording.array_description import describe_input, describe_split, describe_target
from trainwell.run import DataRecord, RowCounts, SeenRecord
from trainwell.trees import named, rows_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from trainwell.training_spec import TrainingSpec


def describe_data(spec: TrainingSpec, outputs: Sequence[str] = (), also_called: Sequence[str] = ()) -> DataRecord:
    """Return the record of the data of a spec.

    Args:
        spec: what is trained.
        outputs: names of the model's outputs, as of `targets_by_output`.
        also_called: names of their layers.
    """
    inputs = named(spec.data["x"])
    targets = targets_by_output(spec.data["y"], outputs, also_called)
    found = DataRecord(
        rows=RowCounts(train=spec.rows),
        inputs=[describe_input(values, name) for name, values in _as(inputs, "x").items()],
        targets=[describe_target(values, spec.batch_size, name) for name, values in targets.items()],
        split_kind=_validation_from(spec),
    )
    if spec.validation is not None:
        held_x, held_y = named(spec.validation[0]), targets_by_output(spec.validation[1], outputs, also_called)
        batches = spec.validation_batches
        found.rows.validation = batches.rows if batches else rows_in(spec.validation[0])
        found.split = describe_split(_as(inputs, "x"), targets, _as(held_x, "x"), held_y)
    if spec.batches is not None:
        found.rows.train = spec.batches.rows
        add_seen(found, spec.batches.kept.at, spec.batches.rows_seen, spec.batches.says)
    return found


def add_seen(data: DataRecord, at: np.ndarray, of: int, says: str) -> None:
    """Record which rows the data were described from, and number these rows as they came.

    Args:
        data: described from a reservoir of rows.
        at: of each of its rows, how many came before it.
        of: rows that were read.
        says: the same as a sentence.
    """
    data.seen = SeenRecord(rows=len(at), of=of, says=says)
    for each in (*(data.inputs or ()), *(data.targets or ())):
        if each.non_finite is not None and each.non_finite.row is not None:
            each.non_finite.row = int(at[each.non_finite.row])


def targets_by_output(tree: Any, outputs: Sequence[str], also_called: Sequence[str] = ()) -> dict[str, np.ndarray]:
    """Return the targets by the names of the outputs that they belong to, paired as Keras pairs them.

    Args:
        tree: targets as the user gives them: by the outputs' names, by those of their layers, or in their order.
        outputs: names of the model's outputs, in their order.
        also_called: names of their layers, in the same order.
    """
    found = named(tree)
    if set(found) <= set(outputs):
        return found
    by_layer = dict(zip(also_called, outputs, strict=True)) if len(also_called) == len(outputs) else {}
    if set(found) <= set(by_layer):
        return {output: found[layer] for layer, output in by_layer.items() if layer in found}
    return dict(zip(outputs, found.values(), strict=True)) if len(found) == len(outputs) else found


def _validation_from(spec: TrainingSpec) -> str:
    if spec.validation is None:
        return ""
    return spec.validation_from or "validation_data"


def _as(arrays: dict[str, np.ndarray], alone: str) -> dict[str, np.ndarray]:
    return {name or alone: values for name, values in arrays.items()}
