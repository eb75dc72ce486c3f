"""Which rows of an array form which batch: Keras's own orders, drawn from the generator that Keras uses.

The draws come from NumPy's global generator by the very calls that Keras makes, so that the same seed gives the same
batches.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

RAN_OUT = (
    "Your input ran out of data; the epoch ends early. Make sure that the data gives at least "
    "`steps_per_epoch * epochs` batches, or leave steps_per_epoch out."
)


class RowOrder:
    """The rows of each epoch in the order of training.

    Args:
        rows: number of rows.
        batch_size: rows per step.
        shuffle: `True` (rows), `"batch"` (rows within each batch) or `False`, as in `keras.Model.fit`.
        steps_per_epoch: steps of an epoch; a pass over the data then goes on in the next epoch. `None`: all.
    """

    def __init__(self, rows: int, batch_size: int, shuffle: bool | str, steps_per_epoch: int | None = None) -> None:
        self.rows = rows
        self.batch_size = batch_size
        self._shuffle = shuffle
        self._steps_per_epoch = steps_per_epoch
        self._generator: Any = np.random  # the global one, which Keras uses
        self._pass: np.ndarray | None = None
        self._step = 0

    @property
    def steps(self) -> int:
        """Steps per epoch, a partial last batch included."""
        return self._steps_per_epoch or self._steps_in_pass

    @property
    def _steps_in_pass(self) -> int:
        return -(-self.rows // self.batch_size)

    def peek(self) -> np.ndarray:
        """The rows of one batch, to build a model from; draws as Keras does when it builds a model."""
        if self._shuffle == "batch":
            return self._generator.permutation(min(self.batch_size, self.rows))
        return self._draw()[: self.batch_size]

    def drawing_from(self, generator: np.random.RandomState) -> RowOrder:
        """The same order of batches, with rows drawn from a generator of its own."""
        other = RowOrder(self.rows, self.batch_size, self._shuffle, self._steps_per_epoch)
        other._generator = generator
        return other

    def reset(self) -> None:
        """The next epoch begins a new pass over the data."""
        self._pass = None

    def position(self) -> dict[str, Any]:
        """The pass that is not finished, and its next step; empty between two passes."""
        return {} if self._pass is None else {"rows": self._pass, "step": self._step}

    def restore(self, position: dict[str, Any]) -> None:
        """Goes on from what `position` gave."""
        self._pass, self._step = position.get("rows"), position.get("step", 0)

    def epoch(self) -> np.ndarray:
        """The rows of the next epoch, `(n,)` int32; the last batch may be partial."""
        if self._steps_per_epoch is None:
            return self._draw()
        if self._pass is None:
            self._pass, self._step = self._draw(), 0
        stop = min(self._step + self._steps_per_epoch, self._steps_in_pass)
        if stop - self._step < self._steps_per_epoch:
            warnings.warn(RAN_OUT, stacklevel=2)
        rows = self._pass[self._step * self.batch_size : stop * self.batch_size]
        self._step = stop
        if stop == self._steps_in_pass:
            self._pass = None
        return rows

    def _draw(self) -> np.ndarray:
        if self._shuffle == "batch":
            starts = range(0, self.rows, self.batch_size)
            parts = [self._generator.permutation(min(self.batch_size, self.rows - s)) + s for s in starts]
            return np.concatenate(parts).astype(np.int32)
        if self._shuffle:
            return self._generator.permutation(self.rows).astype(np.int32)
        return np.arange(self.rows, dtype=np.int32)
