"""Does the output for a row depend on the other rows of its batch?

Some rows are predicted twice, each time in a batch with different other rows. In inference mode their outputs must be
the same: a model that mixes rows answers differently for every batch that a row happens to be in. A softmax or a
normalization over the batch axis does this, and so does a reshape that moves values from one row to another.

Not good at: mixing in training mode alone, which batch normalization does on purpose.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from trainwell.engine import outputs_by_layer
from trainwell.run import RowMixingRecord
from trainwell.training_spec import evenly_spaced
from trainwell.trees import take

if TYPE_CHECKING:
    from trainwell.experiments.context import ExperimentContext

ROWS = 16
"""Rows of a batch; half of them stay."""
TOLERANCE = 1e-3
"""Of the deviation of all outputs: kernels may sum in another order for other rows, and float16 has three digits."""


def row_mixing(context: ExperimentContext) -> RowMixingRecord:
    """Predict the same rows in two batches and compare.

    Returns:
        The record, with the first layer whose output changed.

    Raises:
        ValueError: there are fewer than four rows.
    """
    rows = min(ROWS, context.spec.rows // 2)
    if rows < 2:  # noqa: PLR2004 -- one row stays, one is replaced
        raise ValueError("there are fewer than four training rows")
    stay = rows // 2
    chosen = evenly_spaced(context.spec.rows, 2 * rows)
    first, second = chosen[:rows], np.concatenate([chosen[:stay], chosen[rows : 2 * rows - stay]])
    batches = [take(context.spec.data["x"], numbers) for numbers in (first, second)]
    changed = _largest_change([_predict(context.model, batch) for batch in batches], stay)
    place = _first_place(context.model, batches, stay) if changed > TOLERANCE else ""
    return RowMixingRecord(rows=stay, changed=changed, place=place)


def _predict(model: keras.Model, x: Any) -> Any:
    options = {"training": False} if "training" in inspect.signature(model.call).parameters else {}
    return keras.tree.map_structure(np.asarray, model(x, **options))


def _largest_change(outputs: list[Any], stay: int) -> float:
    """Return the largest change among the first rows, as a share of the deviation of all outputs."""
    one, two = (keras.tree.flatten(each) for each in outputs)
    return max((_change(first, second, stay) for first, second in zip(one, two, strict=True)), default=0.0)


def _change(one: np.ndarray, two: np.ndarray, stay: int) -> float:
    if one.dtype.kind != "f" or one.shape != two.shape or len(one) < stay:
        return 0.0
    one, two = one.astype(np.float64), two.astype(np.float64)
    known = np.isfinite(one[:stay]) & np.isfinite(two[:stay])
    if not known.any():
        return 0.0
    deviation = float(np.std(one[np.isfinite(one)]))
    difference = float(np.abs(np.where(known, one[:stay] - two[:stay], 0.0)).max())
    return difference / deviation if deviation > 0 else float(difference > 0)


def _first_place(model: keras.Model, batches: list[Any], stay: int) -> str:
    """Return the first layer whose output for the rows that stay differs between the batches."""
    one, two = (outputs_by_layer(model, batch) for batch in batches)
    return next((place for place in one if place in two and _change(one[place], two[place], stay) > TOLERANCE), "")
