"""The facts `data` of a training: its inputs and targets by name, and how its validation rows differ from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainwell.facts import describe_input, describe_split, describe_target
from trainwell.trees import named, rows_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from trainwell.training_spec import TrainingSpec


def data_facts(spec: TrainingSpec, outputs: Sequence[str] = (), also_called: Sequence[str] = ()) -> dict[str, Any]:
    """Return the facts `data`: `rows`, `inputs`, `targets`, `split`, `split_kind`, and `seen` of data in batches.

    Args:
        spec: what is trained.
        outputs: names of the model's outputs, as of `targets_by_output`.
        also_called: names of their layers.
    """
    inputs = named(spec.data["x"])
    targets = targets_by_output(spec.data["y"], outputs, also_called)
    facts: dict[str, Any] = {
        "rows": {"train": spec.rows},
        "inputs": [{"name": name, **describe_input(values)} for name, values in _as(inputs, "x").items()],
        "targets": [{"name": name, **describe_target(values, spec.batch_size)} for name, values in targets.items()],
        "split_kind": _validation_from(spec),
        "split": None,
    }
    if spec.validation is not None:
        held_x, held_y = named(spec.validation[0]), targets_by_output(spec.validation[1], outputs, also_called)
        batches = spec.validation_batches
        facts["rows"]["validation"] = batches.rows if batches else rows_in(spec.validation[0])
        facts["split"] = describe_split(_as(inputs, "x"), targets, _as(held_x, "x"), held_y)
    if spec.batches is not None:
        kept = spec.batches.kept
        facts["rows"]["train"] = spec.batches.rows
        add_seen(facts, kept.at, spec.batches.rows_seen, spec.batches.says)
    return facts


def add_seen(facts: dict[str, Any], at: np.ndarray, of: int, says: str) -> None:
    """Add to the facts `data` which rows they are from, and number these rows as they came.

    Args:
        facts: of a reservoir of rows.
        at: of each of its rows, how many came before it.
        of: rows that went by.
        says: the same for people.
    """
    facts["seen"] = {"rows": len(at), "of": of, "says": says}
    for each in (*facts["inputs"], *facts["targets"]):
        found = each.get("non_finite", {})
        if "row" in found:
            found["row"] = int(at[found["row"]])


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
