"""The order in which Keras shuffles the rows of arrays, drawn by Keras itself.

Keras 3.15 draws it from NumPy's global generator, 3.16 from a generator that the number of the epoch seeds. Here
Keras's own adapter shuffles the numbers of the rows, so that any version gives the order that its `fit` would use.
"""

from __future__ import annotations

import threading
from typing import Any

import keras
import numpy as np

from trainwell.engine.compat.private import attribute, imported

_global_generator = threading.Lock()


class Draws:
    """Shuffled rows, pass by pass over the data.

    Args:
        rows: number of rows.
        batch_size: rows per step.
        shuffle: `True`, or `"batch"` to shuffle within each batch.
    """

    def __init__(self, rows: int, batch_size: int, *, shuffle: bool | str) -> None:
        adapter = imported("keras.src.trainers.data_adapters.array_data_adapter", "ArrayDataAdapter")
        # The order of whole rows does not depend on the size of the batches, so one batch holds them all.
        size = batch_size if shuffle == "batch" else rows
        self._arguments = (rows, batch_size, shuffle)
        self._adapter = adapter(np.arange(rows), batch_size=size, shuffle=shuffle)
        self._generator: np.random.RandomState | None = None

    def draw(self) -> np.ndarray:
        """Return the rows of one pass, `(rows,)` int32."""
        return np.concatenate(self._batches(whole=True)).astype(np.int32)

    def peek(self) -> np.ndarray:
        """Return at least the rows of the first batch; draws as Keras does when it builds a model."""
        (first,) = self._batches(whole=False)
        return first.astype(np.int32)

    def epoch_ended(self) -> None:
        """Count an epoch, as Keras does at its end and before a training."""
        self._adapter.on_epoch_end()

    def drawing_from(self, generator: np.random.RandomState) -> Draws:
        """Return draws of their own that take `generator` for NumPy's global generator."""
        rows, batch_size, shuffle = self._arguments
        other = Draws(rows, batch_size, shuffle=shuffle)
        other._generator = generator
        return other

    @property
    def epoch(self) -> int:
        """The number of the epoch that seeds the order; 0 throughout where this Keras counts none."""
        return int(attribute(self._adapter, "_epoch", 0))

    @epoch.setter
    def epoch(self, number: int) -> None:
        if attribute(self._adapter, "_epoch", None) is not None:
            self._adapter._epoch = number  # noqa: SLF001 -- read through `attribute` above

    def _batches(self, *, whole: bool) -> list[np.ndarray]:
        def drawn() -> list[Any]:
            batches = self._adapter.get_numpy_iterator()
            return list(batches) if whole else [next(iter(batches))]

        if self._generator is None:
            return _row_numbers(drawn())
        with _global_generator:
            before = np.random.get_state()  # noqa: NPY002 -- the generator Keras uses
            np.random.set_state(self._generator.get_state())  # noqa: NPY002
            try:
                found = drawn()
                self._generator.set_state(np.random.get_state())  # noqa: NPY002
            finally:
                np.random.set_state(before)  # noqa: NPY002
        return _row_numbers(found)


def make_draws(rows: int, batch_size: int, *, shuffle: bool | str) -> Draws:
    """Return the draws of the installed Keras.

    Args:
        rows: number of rows.
        batch_size: rows per step.
        shuffle: `True` or `"batch"`, as in `keras.Model.fit`.
    """
    return Draws(rows, batch_size, shuffle=shuffle)


def _row_numbers(batches: list[Any]) -> list[np.ndarray]:
    return [np.asarray(keras.tree.flatten(batch)[0]) for batch in batches]
