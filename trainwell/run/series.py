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

    @classmethod
    def over(cls, axis: Axis, values: Any, unit: str = "", start: int = 1) -> Series:
        """Return a series whose points follow each other, the first one at `start`."""
        array = np.asarray(values)
        return cls(array, np.arange(start, start + len(array)), axis, unit)
