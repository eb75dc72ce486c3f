"""Printed against measured: for each series and epoch the printed value beside the seeds, and what is a miss.

A printed figure comes from one run, of a seed that no other framework draws. It is reproduced when it lies inside the
range of the seeds, which is a strict bar for few of them: of n + 1 runs of the same training, one picked beforehand
lies inside the range of the others in (n - 1) of (n + 1) cases, so with ten seeds in 82% of them, with three in half.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

DIGITS = 4
"""Decimals that the notes print; measured values are rounded to as many before the two are compared."""

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainwell.reproduce.experiment import Experiment
    from trainwell.reproduce.results import Result


@dataclass(frozen=True)
class ResultRow:
    """One epoch of one series.

    Args:
        series: its name.
        epoch: counted from 1.
        printed: the notes' value; None where they are cut, or print none.
        values: one of each seed.
    """

    series: str
    epoch: int
    printed: float | None
    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """Over the seeds."""
        return float(np.median(self.values))

    @property
    def lowest(self) -> float:
        """Of the seeds."""
        return min(self.values)

    @property
    def highest(self) -> float:
        """Of the seeds."""
        return max(self.values)

    @property
    def inside(self) -> bool | None:
        """Whether the printed value lies in the range of the seeds; None where none is printed."""
        return None if self.printed is None else self.lowest <= self.printed <= self.highest

    @property
    def beside(self) -> float:
        """How far the printed value lies outside the range: above it positive, below negative, inside 0."""
        if self.printed is None or self.inside:
            return 0.0
        return round(self.printed - (self.highest if self.printed > self.highest else self.lowest), DIGITS)


@dataclass(frozen=True)
class FigureComparison:
    """An experiment, printed against measured.

    Args:
        experiment: which.
        seeds: those that were trained.
        rows: every epoch of every series.
        seconds: median over the seeds.
        depth: of the first seed, mean and deviation of each hidden layer's outputs, `before` and `after` the training.
    """

    experiment: Experiment
    seeds: tuple[int, ...]
    rows: tuple[ResultRow, ...]
    seconds: float
    depth: dict[str, tuple[list[float], list[float]]] = field(default_factory=dict)

    @property
    def series(self) -> list[str]:
        """Names of the series."""
        return list(dict.fromkeys(row.series for row in self.rows))

    def of(self, series: str) -> list[ResultRow]:
        """The rows of one series."""
        return [row for row in self.rows if row.series == series]

    @property
    def finals(self) -> list[ResultRow]:
        """The row of the last printed value of each series; where none is printed, the last epoch of each."""
        found = []
        for name in self.series:
            rows = self.of(name)
            printed = [row for row in rows if row.printed is not None]
            if printed or not self.experiment.printed:
                found.append((printed or rows)[-1])
        return found

    @property
    def misses(self) -> list[ResultRow]:
        """The printed final figures that lie outside the range of the seeds."""
        return [row for row in self.finals if row.inside is False]


def chance_of_inside(seeds: int) -> float:
    """The share of cases in which one more run of the same training lies inside the range of `seeds` runs.

    `(seeds - 1) / (seeds + 1)`: each of the `seeds + 1` is the lowest, or the highest, equally often; ties add to it.

    Example:
    >>> chance_of_inside(3)
    0.5
    """
    return (seeds - 1) / (seeds + 1)


def compare(experiment: Experiment, results: Sequence[Result]) -> FigureComparison:
    """Sets the results of an experiment beside what the notes print.

    Args:
        experiment: which.
        results: of at least one seed.
    """
    rows = []
    for name in results[0].series:
        printed = experiment.printed.get(name, ())
        for place, values in enumerate(zip(*(result.series[name] for result in results), strict=True)):
            known = printed[place] if place < len(printed) else None
            rows.append(ResultRow(name, place + 1, known, tuple(round(value, DIGITS) for value in values)))
    seconds = float(np.median([result.seconds for result in results]))
    return FigureComparison(
        experiment, tuple(result.seed for result in results), tuple(rows), seconds, results[0].depth
    )
