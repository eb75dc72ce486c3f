"""Are neighbours in the array neighbours in the picture or the sequence?

A reshape where a transpose was meant keeps every value and puts it in the wrong place: `(rows, 3, 28, 28)` becomes
`(rows, 28, 28, 3)`, and what lies side by side is not what was side by side in the picture. The values are still in
their old order in memory. So each array is read in the layouts that such a reshape would have come from, and the
correlation of neighbouring entries is compared: in the true layout of a picture it is high.

Not good at: data whose neighbours are unrelated in every layout, pictures turned from `(28, 28)` to `(28, 28)`, and a
reshape that an array went through before its rows were reordered or cut within themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trainwell.run import LayoutRecord, PositionRecord
from trainwell.training_spec import evenly_spaced
from trainwell.trees import named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trainwell.experiments.context import ExperimentContext

ROWS = 256
"""Rows that are looked at."""
FEWEST = 16
"""Rows from which on the mean of a position is known well enough to be subtracted."""
PAIRS = 5000
"""Pairs of neighbours along one axis that are looked at; 256 rows of them give a correlation to within 0.01."""
FEWEST_PAIRS = 2
"""Pairs from which on a correlation is taken: a sequence of two features has few places where they meet."""
_MOST_CHANNELS = 4
_RANK_OF_SEQUENCES, _RANK_OF_PICTURES = 3, 4


def position(context: ExperimentContext) -> PositionRecord:
    """Compare the correlation of neighbours as given with that in other layouts.

    Returns:
        The record, with the inputs that are pictures or sequences whose values could stand in another layout.

    Raises:
        ValueError: there are too few training rows.
    """
    found = []
    rows = min(ROWS, context.spec.rows)
    for name, array in named(context.spec.data["x"]).items():
        axes = _axes(array.shape[1:])
        if axes is None or not array.size or array.dtype.kind not in "biuf":
            continue
        if not any(_candidates(array.shape[1:], axes)):
            continue
        if rows < FEWEST:
            raise ValueError(f"there are fewer than {FEWEST} training rows")
        found.append(_layout(name, array[evenly_spaced(len(array), rows)], axes))
    return PositionRecord(rows=rows, inputs=found)


def _axes(shape: tuple[int, ...]) -> tuple[int, ...] | None:
    """Return the axes of one row along which neighbours are compared; `None` if it is no picture and no sequence."""
    if len(shape) == _RANK_OF_SEQUENCES - 1:
        return (0,)
    if len(shape) != _RANK_OF_PICTURES - 1:
        return None
    channels_first = shape[0] <= _MOST_CHANNELS < min(shape[1:])
    return (1, 2) if channels_first else (0, 1)


def _candidates(shape: tuple[int, ...], axes: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Yield the layouts that a wrong reshape may have come from: the shape to read a row as, and the order of axes."""
    if len(shape) == _RANK_OF_SEQUENCES - 1:
        steps, features = shape
        if steps != features and min(shape) > 1:
            yield (features, steps), (1, 0)
        return
    if axes == (1, 2):
        channels, height, width = shape
        if channels > 1:
            yield (height, width, channels), (2, 0, 1)
        return
    height, width, channels = shape
    if channels > 1:
        yield (channels, height, width), (1, 2, 0)
    if height != width:
        yield (width, height, channels), (1, 0, 2)
        if channels > 1:
            yield (channels, width, height), (2, 1, 0)


def _layout(name: str, array: np.ndarray, axes: tuple[int, ...]) -> LayoutRecord:
    shape = array.shape[1:]
    values = _centred(array)
    given = _smoothness(values, np.arange(values.shape[1]).reshape(shape), axes, shape[-1])
    best = LayoutRecord(input=name, shape=list(shape), given=round(given[0], 4))
    for read_as, order in _candidates(shape, axes):
        numbers = np.arange(values.shape[1]).reshape(read_as).transpose(order)
        _, least = _smoothness(values, numbers, axes, shape[-1])
        if best.other is None or least > best.other:
            best.other, best.read_as, best.order = round(least, 4), list(read_as), list(order)
            best.ends = _ends(values, read_as, order, axes)
    return best


def _centred(array: np.ndarray) -> np.ndarray:
    """Return one row of float64 for each row, without the mean of each position and of each row."""
    with np.errstate(all="ignore"):
        values = array.reshape(len(array), -1).astype(np.float64)
        values = np.where(np.isfinite(values), values, np.nan)
        known = np.isfinite(values)
        mean = np.where(known, values, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        values = np.where(known, values - mean, 0.0)
        return values - values.mean(axis=1, keepdims=True) if values.shape[1] else values


def _smoothness(values: np.ndarray, numbers: np.ndarray, axes: tuple[int, ...], last: int) -> tuple[float, float]:
    """Return the mean correlation of neighbours over the axes, and the least of its parts.

    Args:
        values: centred, `(rows, positions)`.
        numbers: numbers of the positions in the layout.
        axes: along which neighbours are taken.
        last: size of the last axis as given. Pairs within it and pairs across its end are parts of their own: the
            values of one step may be alike though they are no sequence, and then the pairs across its end are not.
    """
    means, parts = [], []
    for axis in axes:
        one = np.delete(numbers, -1, axis=axis).ravel()
        two = np.delete(numbers, 0, axis=axis).ravel()
        means.append(_correlation(values, one, two))
        across = one // last != two // last
        some = [part for part in (across, ~across) if part.sum() >= FEWEST_PAIRS]
        parts += [_correlation(values, one[part], two[part]) for part in some]
    return float(np.mean(means)), min(parts, default=0.0)


def _ends(values: np.ndarray, read_as: tuple[int, ...], order: tuple[int, ...], axes: tuple[int, ...]) -> float | None:
    """Return the correlation where two lines of the other layout meet in memory: low if it is the true layout.

    `None` for pictures whose height and width stay as they are: their borders may well be alike.
    """
    if len(axes) > 1 and order[axes[0]] < order[axes[1]]:
        return None
    fast = max(order[axis] for axis in axes)
    slow = min(order[axis] for axis in axes) if len(axes) > 1 else 0
    lines = np.moveaxis(np.arange(values.shape[1]).reshape(read_as), (slow, fast), (0, -1))
    return round(_correlation(values, lines[:-1, ..., -1].ravel(), lines[1:, ..., 0].ravel()), 4)


def _correlation(values: np.ndarray, one: np.ndarray, two: np.ndarray) -> float:
    if len(one) > PAIRS:
        chosen = np.random.default_rng(0).choice(len(one), PAIRS, replace=False)
        one, two = one[chosen], two[chosen]
    if not len(one):
        return 0.0
    first, second = values[:, one], values[:, two]
    size = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return float((first * second).sum() / size) if size > 0 else 0.0
