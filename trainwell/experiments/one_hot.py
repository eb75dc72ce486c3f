"""Which one-hot targets are all zero, so that a categorical loss costs nothing whatever the model answers?

Targets count as one-hot where all values are 0 or 1, no vector holds two ones, and some hold one. What a mask of the
model or a weight of zero leaves out is told apart, from up to `MOST_ROWS` of the rows concerned.

Not good at: whether zeros are meant. The rule asks which loss reads them.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from trainwell.engine import compat
from trainwell.recording.data_description import targets_by_output
from trainwell.recording.description import layers_of_outputs
from trainwell.run import EmptyTargetsRecord, OneHotRecord
from trainwell.training_spec import evenly_spaced
from trainwell.trees import take

if TYPE_CHECKING:
    from trainwell.experiments.context import ExperimentContext

MOST_ROWS = 512  # that the model is called on, for its masks
_BATCH = 128


def one_hot(context: ExperimentContext) -> OneHotRecord | None:
    """Return the counts for each output with one-hot targets; `None` where there is none.

    Raises:
        ValueError: some targets are all zero, and the weights of the rows are known to the source of batches alone.
    """
    spec = context.spec
    names = [each.name for each in context.run.model.outputs or ()]
    targets = targets_by_output(spec.data["y"], names, layers_of_outputs(context.model))
    found = []
    for name, values in targets.items():
        empty = _empty(values)
        if empty is None:
            continue
        uncovered = 0
        if empty.any():
            if spec.batches is not None and spec.batches.weighted:
                raise ValueError("the weights of the rows are in the batches of the source")
            uncovered = round(float(empty.sum()) * _uncovered_share(context, name, names, empty))
        unit = "rows" if empty.ndim == 1 else "positions"
        found.append(
            EmptyTargetsRecord(
                output=name, positions=empty.size, empty=int(empty.sum()), uncovered=uncovered, unit=unit
            )
        )
    return OneHotRecord(outputs=found) if found else None


def _empty(values: np.ndarray) -> np.ndarray | None:
    """Return where the vectors of the last axis are all zero; `None` where they are not one-hot."""
    if values.dtype.kind not in "biuf" or values.ndim < 2 or values.shape[-1] < 2 or not values.size:  # noqa: PLR2004
        return None
    if not ((values == 0) | (values == 1)).all():
        return None
    ones = np.count_nonzero(values, axis=-1)
    return ones == 0 if ones.max() == 1 else None


def _uncovered_share(context: ExperimentContext, name: str, names: list[str], empty: np.ndarray) -> float:
    """Return the share of the empty vectors that neither a mask nor a weight leaves out."""
    concerned = np.flatnonzero(empty.reshape(len(empty), -1).any(axis=1))
    rows = concerned[evenly_spaced(len(concerned), MOST_ROWS)]
    left = empty[rows]
    weight = _of_output(context.spec.data.get("sample_weight"), name, names)
    if weight is not None and len(weight) == len(empty):
        left = left & (_beside(weight[rows], left) != 0)
    masks = [_mask(context.model, take(context.spec.data["x"], part), name, names) for part in _parts(rows)]
    if all(mask is not None for mask in masks):
        mask = np.concatenate([np.asarray(mask) for mask in masks])
        if mask.shape == left.shape[: mask.ndim]:
            left = left & _beside(mask, left).astype(bool)
    return float(left.sum() / max(1, empty[rows].sum()))


def _parts(rows: np.ndarray) -> list[np.ndarray]:
    return [rows[start : start + _BATCH] for start in range(0, len(rows), _BATCH)]


def _mask(model: keras.Model, x: Any, name: str, names: list[str]) -> Any:
    options = {"training": False} if "training" in inspect.signature(model.call).parameters else {}
    output = _of_output(model(x, **options), name, names)
    return None if output is None else compat.mask_of(output)


def _of_output(tree: Any, name: str, names: list[str]) -> Any:
    """Return the leaf that belongs to an output, by its name or its number."""
    if tree is None:
        return None
    if isinstance(tree, dict):
        by_path = {".".join(map(str, path)): leaf for path, leaf in keras.tree.flatten_with_path(tree)}
        if name in by_path:
            return by_path[name]
    leaves = keras.tree.flatten(tree)
    if len(leaves) == 1:
        return leaves[0]
    return leaves[names.index(name)] if name in names and len(leaves) == len(names) else None


def _beside(values: Any, like: np.ndarray) -> np.ndarray:
    """Return weights or a mask with an axis for each of the targets' positions."""
    values = np.asarray(values)
    if values.ndim > like.ndim and values.shape[-1] == 1:
        values = values[..., 0]
    return np.broadcast_to(values.reshape(values.shape + (1,) * (like.ndim - values.ndim)), like.shape)
