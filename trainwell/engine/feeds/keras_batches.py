"""Batches from whatever Keras takes beside arrays: PyDataset, generators, tf.data, a torch DataLoader, sparse matrices.

Keras's own adapters make the batches, on a thread, while the device works on those before. A generator is therefore
read ahead by a chunk or two within an epoch, and what it draws from global generators is drawn on that thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainwell.engine import compat
from trainwell.engine.feeds.chunks import chunked
from trainwell.engine.feeds.prefetch import prefetched

if TYPE_CHECKING:
    from collections.abc import Iterator

    import keras

    from trainwell.engine.feeds.part import FeedPart


class KerasBatches:
    """The batches of Keras's iterator over epochs.

    Args:
        iterator: of `compat.epoch_iterator`.
        memory_limit: bytes that batches may take together while they wait.
    """

    def __init__(self, iterator: Any, memory_limit: int) -> None:
        self._iterator = iterator
        self._memory_limit = memory_limit

    @property
    def steps(self) -> int | None:
        """Steps per epoch; `None` until a source of unknown length was read once."""
        return self._iterator.num_batches

    def build(self, model: keras.Model) -> None:
        """Creates the variables that are still missing, from one batch where they need one."""
        compat.build_from_iterator(model, self._iterator)

    def reset(self) -> None:
        """Begins with the first batch again, where the source can."""
        self._iterator.reset()

    def facts(self) -> dict[str, Any]:
        """Steps, as far as they are known."""
        return {"steps": self._iterator.num_batches}

    def position(self) -> None:
        """Nothing: a generator cannot be put back, and what another source gives next is its own affair."""

    def restore(self, position: dict[str, Any] | None) -> None:
        """Leaves the source as it is."""

    def epoch(self) -> Iterator[FeedPart]:
        """The epoch's batches in chunks."""
        return prefetched(chunked(compat.batches_of_epoch(self._iterator), self._memory_limit))
