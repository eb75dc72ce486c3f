"""Some consecutive batches of an epoch, on the device or on their way there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import jax

if TYPE_CHECKING:
    from collections.abc import Iterator

    import keras


@dataclass(frozen=True)
class FeedPart:
    """Batches `start` up to, not including, `stop` of a chunk; or one batch alone.

    Args:
        batches: tree of arrays `(capacity, batch, ...)`, the same capacity throughout an epoch; or one batch as it is.
        start: number of the first batch within the chunk.
        stop: number after the last one.
        alone: whether `batches` is one batch: a smaller last one, or one that is no tree of dense arrays.
    """

    batches: Any
    start: int = 0
    stop: int = 1
    alone: bool = False

    @property
    def steps(self) -> int:
        """Number of batches."""
        return self.stop - self.start

    @property
    def rows(self) -> int:
        """Rows of each batch, as its last array has them: the targets or their weights where there are any."""
        leaves = jax.tree.leaves(self.batches)
        shape = getattr(leaves[-1], "shape", ()) if leaves else ()
        return next(iter(shape[0 if self.alone else 1 :]), 0)

    def cut(self, first: int, after: int) -> FeedPart:
        """The batches from `first` up to `after`, counted within this part; fewer where it ends."""
        return replace(self, start=self.start + first, stop=min(self.start + after, self.stop))


class Feed(Protocol):
    """Gives the batches of each epoch."""

    @property
    def steps(self) -> int | None:
        """Steps per epoch, a partial last batch included; `None` where it is not known yet."""
        ...

    def build(self, model: keras.Model) -> None:
        """Creates the variables that the model, its metrics, loss and optimizer still lack, as Keras would."""
        ...

    def reset(self) -> None:
        """Begins with the first batch again, as Keras does before a training and before each validation."""
        ...

    def epoch(self) -> Iterator[FeedPart]:
        """The parts of the next epoch, in order; each is there until the next one is taken."""
        ...

    def facts(self) -> dict[str, Any]:
        """What tells this data from other data, as far as it is known without reading it."""
        ...

    def position(self) -> dict[str, Any] | None:
        """Where the next epoch begins, as plain data; `None` where the source cannot be put there again."""
        ...

    def restore(self, position: dict[str, Any] | None) -> None:
        """Puts the feed where `position` was taken."""
        ...
