"""What both feeds of arrays share: the order of the rows, and a model built from one batch."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Self

import jax
import numpy as np

from trainwell.engine import compat

if TYPE_CHECKING:
    from collections.abc import Iterator

    import keras

    from trainwell.engine.feeds.part import FeedPart
    from trainwell.engine.feeds.row_order import RowOrder


class ArrayFeed(ABC):
    """Inputs, targets and weights in arrays.

    Args:
        inputs: `(x,)`, `(x, y)` or `(x, y, sample_weight)`, each a tree of arrays with the same number of rows.
        order: which rows form which batch.
    """

    def __init__(self, inputs: tuple[Any, ...], order: RowOrder) -> None:
        self.inputs = inputs
        self.order = order

    @property
    def steps(self) -> int:
        """Steps per epoch, a partial last batch included."""
        return self.order.steps

    def build(self, model: keras.Model) -> None:
        """Creates the variables that are still missing."""
        compat.build(model, self._one_batch)

    def reset(self) -> None:
        """Begins with the first batch again."""
        self.order.reset()

    def epoch(self) -> Iterator[FeedPart]:
        """The full batches in chunks, then the partial one."""
        return self.parts(self.order.epoch())

    def facts(self) -> dict[str, Any]:
        """Rows, batch size and steps."""
        return {"rows": self.order.rows, "batch_size": self.order.batch_size, "steps": self.order.steps}

    def position(self) -> dict[str, Any] | None:
        """The pass over the data that an epoch of some steps may have left unfinished."""
        return self.order.position()

    def restore(self, position: dict[str, Any] | None) -> None:
        """Goes on within that pass."""
        self.order.restore(position or {})

    def drawing_from(self, generator: np.random.RandomState) -> Self:
        """The same arrays in an order of their own.

        Args:
            generator: what that order is drawn from, in the place of NumPy's global generator.
        """
        other = copy.copy(self)
        other.order = self.order.drawing_from(generator)
        return other

    @abstractmethod
    def parts(self, rows: np.ndarray, batch_size: int | None = None) -> Iterator[FeedPart]:
        """The batches that some rows form: the full ones in chunks, then the partial one.

        Args:
            rows: `(n,)` int32.
            batch_size: rows per step; that of the order where not given.
        """

    def _one_batch(self) -> Any:
        rows = self.order.peek()
        return compat.standardize_arrays(jax.tree.map(lambda array: np.asarray(array[rows]), self.inputs))


def chunks_of_rows(rows: np.ndarray, batch_size: int, capacity: int) -> Iterator[np.ndarray]:
    """The rows of chunks of up to `capacity` full batches, `(steps, batch_size)`, and of the partial batch, `(n,)`."""
    full = len(rows) // batch_size
    batches = rows[: full * batch_size].reshape(full, batch_size)
    for start in range(0, full, capacity):
        yield batches[start : start + capacity]
    if full * batch_size < len(rows):
        yield rows[full * batch_size :]
