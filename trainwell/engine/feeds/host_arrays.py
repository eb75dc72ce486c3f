"""Arrays that stay where they are, in memory or in a mapped file; their rows travel in chunks of many batches.

A chunk is gathered and sent by a thread while the device works on the one before. On a CPU that costs no more than
gathering within the compiled program does, takes no second copy of the data, and the program does not depend on the
number of rows. Rows of a memory-mapped file are read in the order of the file, chunk by chunk, and never as a whole.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from trainwell.engine import compat
from trainwell.engine.feeds.array_feed import ArrayFeed, chunks_of_rows
from trainwell.engine.feeds.chunks import empty, steps_in_chunk
from trainwell.engine.feeds.part import FeedPart
from trainwell.engine.feeds.prefetch import prefetched

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trainwell.engine.feeds.row_order import RowOrder

_ROWS_AT_ONCE = 256  # read or converted in one go: little beside a chunk


class HostArrays(ArrayFeed):
    """Inputs, targets and weights that stay on the host.

    Args:
        inputs: `(x,)`, `(x, y)` or `(x, y, sample_weight)`, each a tree of NumPy arrays or memory maps.
        order: which rows form which batch.
        memory_limit: bytes that the chunks may take together.
    """

    def __init__(self, inputs: tuple[Any, ...], order: RowOrder, memory_limit: int) -> None:
        super().__init__(inputs, order)
        first = jax.tree.map(lambda array: np.asarray(array[:1]), inputs)
        self._types = jax.tree.map(lambda array: array.dtype, compat.standardize_arrays(first))
        self._bytes_of_row = sum(leaf.nbytes for leaf in jax.tree.leaves(first))
        self._memory_limit = memory_limit
        self._free: dict[int, list[Any]] = defaultdict(list)  # buffers of earlier epochs, by rows; shared by copies

    def parts(self, rows: np.ndarray, batch_size: int | None = None) -> Iterator[FeedPart]:
        """Yield the batches that some rows form, gathered on a thread; a part is there until the next one is taken.

        Chunks are gathered into two buffers by turns: while one is in use, the next is made in the other. The buffers
        serve the next epoch too: touching new memory costs more than gathering rows into it does.
        """
        size = batch_size or self.order.batch_size
        capacity = steps_in_chunk(self._bytes_of_row * size, self._memory_limit)
        chunks = chunks_of_rows(rows, size, capacity)
        buffers = [self._buffer(capacity * size) for _ in range(2)]
        by_turns = itertools.cycle(buffers)
        yield from prefetched(self._part(chunk, capacity, each) for chunk, each in zip(chunks, by_turns, strict=False))
        # Only here is it certain that nothing computes with them any more: not where the consumer stopped early.
        self._free[capacity * size] += buffers

    def _part(self, rows: np.ndarray, capacity: int, buffer: Any) -> FeedPart:
        self._gather(rows.ravel(), buffer)
        if rows.ndim == 1:
            return FeedPart(jax.tree.map(lambda array: array[: len(rows)].copy(), buffer), alone=True)
        steps, size = rows.shape
        return FeedPart(
            jax.device_put(jax.tree.map(lambda array: array.reshape(capacity, size, *array.shape[1:]), buffer)),
            stop=steps,
        )

    def _buffer(self, rows: int) -> Any:
        """Return arrays with room for so many rows; a shorter chunk would compile a program anew."""
        with suppress(IndexError):  # none is free
            return self._free[rows].pop()
        return jax.tree.map(lambda array, dtype: empty((rows, *array.shape[1:]), dtype), self.inputs, self._types)

    def _gather(self, rows: np.ndarray, buffer: Any) -> None:
        def gather(array: np.ndarray, result: np.ndarray) -> None:
            if result.dtype == array.dtype and not isinstance(array, np.memmap):
                np.take(array, rows, axis=0, out=result[: len(rows)], mode="clip")  # "raise" would copy once more
                return
            places = np.argsort(rows)
            for start in range(0, len(rows), _ROWS_AT_ONCE):
                block = places[start : start + _ROWS_AT_ONCE]
                result[block] = array[rows[block]]

        jax.tree.map(gather, self.inputs, buffer)
