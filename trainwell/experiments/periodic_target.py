"""Are both ends of a target's range the same place, as 0 and 360 degrees are?

A range alone tells nothing: percentages and ages fill ranges too. What tells is the inputs: rows whose angle is 359
have the same inputs as rows whose angle is 1. The range is cut into parts, and for the rows of one part it is counted
how many have a row of another part among their nearest neighbours. If the target is periodic, the first and the last
part meet as often as two parts that lie side by side, and other parts that lie far from each other do not. In a noisy
target all parts meet, and in one whose inputs tell only how far it lies from its mean, opposite parts do.

Not good at: inputs in which near rows do not have near targets at all, such as raw pictures of many kinds.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import keras
import numpy as np
from scipy.spatial.distance import cdist
from scipy.stats import binomtest

from trainwell.run import PeriodicTargetRecord, PeriodicTargetsRecord
from trainwell.training_spec import evenly_spaced
from trainwell.trees import named, take

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trainwell.experiments.context import ExperimentContext

ROWS = 1500
"""Rows that are looked at; all distances between them are taken."""
FEWEST = 100
"""Rows from which on parts of the range hold about ten rows each."""
FEWEST_IN_PART = 8
"""Rows in every part: the values fill the range."""
PARTS = 10
"""Parts of the range: a tenth each, or one for each whole number where there are fewer."""
FEWEST_PARTS = 7
"""Below, all parts lie side by side or nearly so."""
NEIGHBOURS = 5
"""Nearest rows that are looked at for each row."""
APART = 3
"""Parts between two that count as far from each other, directly and round the end."""
ENDS = 0.05
"""Share of the range within which the lowest and the highest value come to its ends."""
COLUMNS = 8
"""Columns of a target that are looked at."""
RANGES = (
    (0.0, 360.0),
    (-180.0, 360.0),
    (0.0, 180.0),
    (-90.0, 180.0),
    (0.0, 2 * math.pi),
    (-math.pi, 2 * math.pi),
    (0.0, math.pi),
    (0.0, 24.0),
    (0.0, 12.0),
    (1.0, 12.0),
    (0.0, 7.0),
    (1.0, 7.0),
    (0.0, 60.0),
    (1.0, 365.0),
    (0.0, 1.0),
    (-1.0, 2.0),
)
"""Beginning and period of angles, directions of lines, hours, months, weekdays, minutes, days, and shares of a turn."""


def periodic_target(context: ExperimentContext) -> PeriodicTargetsRecord:
    """Look for columns of the targets that fill a range whose ends are the same place.

    Returns:
        The record, with the columns that fill a known range.

    Raises:
        ValueError: there are too few training rows.
    """
    rows = evenly_spaced(context.spec.rows, ROWS)
    if len(rows) < FEWEST:
        raise ValueError(f"there are fewer than {FEWEST} training rows")
    columns = list(_columns(take(context.spec.data["y"], rows)))
    nearest = _nearest(take(context.spec.data["x"], rows)) if columns else None
    found = [] if nearest is None else [_record(*each, nearest) for each in columns]
    return PeriodicTargetsRecord(rows=len(rows), columns=found)


def _columns(y: object) -> Iterator[tuple[str, int, np.ndarray, float, float, int]]:
    """Yield each column that fills a known range: target, number, part of each row, beginning, period, parts."""
    for name, array in named(y).items():
        if array.dtype.kind not in "iuf" or array.ndim > 2 or not array.size:  # noqa: PLR2004 -- rows and columns
            continue
        for number, column in enumerate(array.reshape(len(array), -1).T[:COLUMNS].astype(np.float64)):
            found = _range(column)
            if found is None:
                continue
            low, period = found
            parts = min(PARTS, int(period) if _is_whole(column) else PARTS)
            part = np.clip(((column - low) / period * parts).astype(int), 0, parts - 1)
            if parts >= FEWEST_PARTS and np.bincount(part, minlength=parts).min() >= FEWEST_IN_PART:
                yield name, number, part, low, period, parts


def _range(column: np.ndarray) -> tuple[float, float] | None:
    """Return the shortest known range that the values fill."""
    if not np.isfinite(column).all():
        return None
    lowest, highest, whole = float(column.min()), float(column.max()), _is_whole(column)
    for low, period in sorted(RANGES, key=lambda each: each[1]):
        if whole and not period.is_integer():
            continue
        short = 1.0 if whole else ENDS * period  # the last hour of a day is 23
        if low <= lowest <= low + ENDS * period and low + period - short <= highest <= low + period:
            return low, period
    return None


def _is_whole(column: np.ndarray) -> bool:
    return bool((column == np.round(column)).all())


def _nearest(x: object) -> np.ndarray | None:
    """Return the numbers of the nearest rows of each row, by all inputs together, standardised."""
    leaves = [np.asarray(leaf) for leaf in keras.tree.flatten(x)]
    if any(leaf.dtype.kind not in "biuf" for leaf in leaves):
        return None
    inputs = np.concatenate([leaf.reshape(len(leaf), -1) for leaf in leaves], axis=1).astype(np.float32)
    inputs = np.where(np.isfinite(inputs), inputs, 0.0)
    deviation = inputs.std(axis=0)
    inputs = inputs[:, deviation > 0]
    if not inputs.shape[1]:
        return None
    inputs = (inputs - inputs.mean(axis=0)) / deviation[deviation > 0]
    distances = cdist(inputs, inputs)
    np.fill_diagonal(distances, np.inf)
    return np.argpartition(distances, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]


def _record(
    name: str, number: int, part: np.ndarray, low: float, period: float, parts: int, nearest: np.ndarray
) -> PeriodicTargetRecord:
    met = np.zeros((len(part), parts), bool)  # whether a row of a part is among the nearest of each row
    for each in nearest.T:
        met[np.arange(len(part)), part[each]] = True

    def meetings(pairs: list[tuple[int, int]]) -> tuple[int, int]:
        both = [(met[part == one, two], met[part == two, one]) for one, two in pairs]
        return sum(int(a.sum() + b.sum()) for a, b in both), sum(len(a) + len(b) for a, b in both)

    ends, of_ends = meetings([(0, parts - 1)])
    beside, of_beside = meetings([(each, each + 1) for each in range(parts - 1)])
    far = [pair for pair in itertools.combinations(range(parts), 2) if APART <= pair[1] - pair[0] <= parts - APART]
    shares = [(hits + 1) / (rows + 1) for hits, rows in (meetings([pair]) for pair in far)]
    mirrored = [share for pair, share in zip(far, shares, strict=True) if sum(pair) == parts - 1]
    apart = max(float(np.mean(shares)), *mirrored)
    chance = float(binomtest(ends, of_ends, min(apart, 1.0), alternative="greater").pvalue)
    return PeriodicTargetRecord(
        target=name,
        column=number,
        low=low,
        period=period,
        ends=round(ends / of_ends, 4),
        adjacent=round(beside / of_beside, 4),
        apart=round(apart, 4),
        chance=chance,
    )
