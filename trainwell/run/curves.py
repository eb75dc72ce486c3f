"""A series over epochs, and what can be said of its course."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from trainwell.run.run import Run

_FEWEST = 3  # points that a slope needs


@dataclass(frozen=True)
class Curve:
    """Values over epochs, the finite ones alone.

    Args:
        name: of the signal.
        epochs: `(n,)`, from 1 (from 0 for looks in inference mode).
        values: `(n,)` float64.
    """

    name: str
    epochs: np.ndarray
    values: np.ndarray

    def __len__(self) -> int:
        return len(self.values)

    @property
    def first(self) -> float:
        """The first value."""
        return float(self.values[0])

    @property
    def last(self) -> float:
        """The last value."""
        return float(self.values[-1])

    @property
    def lowest(self) -> float:
        """The lowest value."""
        return float(self.values.min())

    @property
    def best_epoch(self) -> int:
        """The epoch of the lowest value."""
        return int(self.epochs[int(self.values.argmin())])

    def smooth(self, width: int = 3) -> np.ndarray:
        """The running median, `(n,)`; shorter at the ends."""
        half = width // 2
        return np.asarray([np.median(self.values[max(0, i - half) : i + half + 1]) for i in range(len(self.values))])

    def slope(self, share: float = 0.3) -> float:
        """Change per epoch over the last part of the curve, by least squares; 0 where there are too few points."""
        count = max(_FEWEST, round(share * len(self.values)))
        if len(self.values) < _FEWEST:
            return 0.0
        return float(np.polyfit(self.epochs[-count:], self.values[-count:], 1)[0])


def curve(run: Run, name: str) -> Curve | None:
    """The curve of a signal such as `"train/loss"`; `None` where there is none with a finite value."""
    series = run.signals.get(name)
    if series is None or np.ndim(series.values) != 1:
        return None
    values = np.asarray(series.values, np.float64)
    finite = np.isfinite(values)
    return Curve(name, np.asarray(series.at)[finite], values[finite]) if finite.any() else None
