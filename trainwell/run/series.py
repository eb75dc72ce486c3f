"""One signal of a Run: values over steps, epochs or rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

Axis = Literal["step", "epoch", "row"]


@dataclass(frozen=True)
class Series:
    """One signal as it was recorded.

    Args:
        values: array `(n, ...)`, one entry for each point.
        at: array `(n,)` of integers: the global step or the epoch of each point (both counted from 1), or its row.
        axis: what `at` counts.
        unit: the unit of the values, such as `"nats"` or `"share"`.
    """

    values: np.ndarray
    at: np.ndarray
    axis: Axis = "epoch"
    unit: str = ""

    def __post_init__(self) -> None:
        if len(self.values) != len(self.at):
            raise ValueError(
                f"A series needs one position for each value: got {len(self.values)} values at {len(self.at)}."
            )

    def evenly(self) -> np.ndarray:
        """Return as many values at evenly spaced positions, each the last one that was recorded up to there.

        Steps are read densely at the start of a training and seldom later, so that a median or a share of the recorded
        values themselves tells of the start.

        Example:
        >>> Series(np.array([4.0, 3.0, 2.0, 1.0]), np.array([1, 2, 3, 100]), "step").evenly()
        array([4., 2., 2., 1.])
        """
        if not len(self.at):
            return self.values
        wanted = np.linspace(self.at[0], self.at[-1], len(self.at))
        return self.values[np.searchsorted(self.at, wanted, side="right") - 1]

    @classmethod
    def over(cls, axis: Axis, values: Any, unit: str = "", start: int = 1) -> Series:
        """Return a series whose points follow each other, the first one at `start`."""
        array = np.asarray(values)
        return cls(array, np.arange(start, start + len(array)), axis, unit)
