"""The order of rows in batches, as Keras's own `fit` would draw it from the same seed."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from trainwell.engine import compat

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
        self._draws = compat.make_draws(rows, batch_size, shuffle=shuffle) if shuffle else None
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
        """Return the rows of one batch, to build a model from; draws as Keras does when it builds a model."""
        rows = self._draw() if self._draws is None else self._draws.peek()
        return rows[: self.batch_size]

    def drawing_from(self, generator: np.random.RandomState) -> RowOrder:
        """Return an order for a training of its own, with rows drawn from `generator` for NumPy's global one."""
        other = RowOrder(self.rows, self.batch_size, self._shuffle, self._steps_per_epoch)
        if other._draws is not None:
            other._draws = other._draws.drawing_from(generator)
        other.reset()
        return other

    def reset(self) -> None:
        """Begin a new pass over the data with the next epoch, as Keras does before a training."""
        self._pass = None
        self._epoch_ended()

    def position(self) -> dict[str, Any]:
        """Return where the next epoch begins: the pass that is not finished, its next step, the epochs counted."""
        unfinished = {} if self._pass is None else {"rows": self._pass, "step": self._step}
        return unfinished if self._draws is None else {**unfinished, "epoch": self._draws.epoch}

    def restore(self, position: dict[str, Any]) -> None:
        """Go on from what `position` returned."""
        self._pass, self._step = position.get("rows"), position.get("step", 0)
        if self._draws is not None and "epoch" in position:
            self._draws.epoch = int(position["epoch"])

    def epoch(self) -> np.ndarray:
        """Return the rows of the next epoch, `(n,)` int32; the last batch may be partial."""
        rows = self._draw() if self._steps_per_epoch is None else self._next_steps(self._steps_per_epoch)
        self._epoch_ended()
        return rows

    def _next_steps(self, steps: int) -> np.ndarray:
        if self._pass is None:
            self._pass, self._step = self._draw(), 0
        stop = min(self._step + steps, self._steps_in_pass)
        if stop - self._step < steps:
            warnings.warn(RAN_OUT, stacklevel=2)
        rows = self._pass[self._step * self.batch_size : stop * self.batch_size]
        self._step = stop
        if stop == self._steps_in_pass:
            self._pass = None
        return rows

    def _draw(self) -> np.ndarray:
        return np.arange(self.rows, dtype=np.int32) if self._draws is None else self._draws.draw()

    def _epoch_ended(self) -> None:
        if self._draws is not None:
            self._draws.epoch_ended()
