"""Batches laid together in chunks: many steps then run in one call, whatever the batches come from."""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
from jax.experimental.sparse import JAXSparse

from trainwell.engine.feeds.part import FeedPart
from trainwell.engine.program import STEPS_PER_CALL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_CHUNKS_AT_ONCE = 4  # one in use, one being made, its copy on the way to the device, and room for one to be freed


def steps_in_chunk(bytes_of_batch: int, memory_limit: int) -> int:
    """Batches in one chunk, so that all chunks alive at once stay below the limit; at least one.

    Args:
        bytes_of_batch: of one batch.
        memory_limit: bytes of all chunks together.
    """
    return int(np.clip(memory_limit // (_CHUNKS_AT_ONCE * max(1, bytes_of_batch)), 1, STEPS_PER_CALL))


def empty(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """An array in pages of its own.

    Its memory goes back to the system with it, where an allocator would keep it; and it begins at a page, so that a CPU
    device takes it without a copy.
    """
    count = int(np.prod(shape))
    pages = mmap.mmap(-1, max(1, count * np.dtype(dtype).itemsize))
    return np.frombuffer(pages, dtype, count).reshape(shape)


def chunked(batches: Iterable[Any], memory_limit: int) -> Iterator[FeedPart]:
    """The batches as parts with many steps, already on their way to the device.

    Batches of the same size and form are laid together; a smaller last one joins them. A batch that is no tree of dense
    numeric arrays travels alone, as it is.

    Args:
        batches: trees of arrays `(batch, ...)`.
        memory_limit: bytes that chunks may take together.
    """
    chunk: _Chunk | None = None
    source = _UntilFailure(batches)
    for batch in source:
        form = _form(batch)
        if chunk is not None and not chunk.takes(form):
            yield from chunk.parts()
            chunk = None
        if form is None:
            yield FeedPart(batch, alone=True)
            continue
        chunk = chunk or _Chunk(batch, form, memory_limit)
        chunk.add(batch)
        if chunk.full:
            yield from chunk.parts()
            chunk = None
    if chunk is not None:
        yield from chunk.parts()
    if source.failure is not None:
        raise source.failure


class _UntilFailure:
    """Items up to the one that fails; those before it are still to be used."""

    def __init__(self, items: Iterable[Any]) -> None:
        self._items = items
        self.failure: BaseException | None = None

    def __iter__(self) -> Iterator[Any]:
        try:
            yield from self._items
        except Exception as error:  # noqa: BLE001 -- raised again once the items before it were used
            self.failure = error


_Form = tuple[Any, int, list[tuple[tuple[int, ...], Any]]]


def _form(batch: Any) -> _Form | None:
    """Structure, rows, and each array's shape without the rows and type; `None` where that is not all of it."""
    leaves = jax.tree.leaves(batch, is_leaf=lambda leaf: isinstance(leaf, JAXSparse))
    if not leaves or not all(hasattr(leaf, "shape") and leaf.shape for leaf in leaves):
        return None
    if any(isinstance(leaf, JAXSparse) or np.dtype(leaf.dtype).kind not in "biuf" for leaf in leaves):
        return None
    if len({leaf.shape[0] for leaf in leaves}) != 1:
        return None
    return jax.tree.structure(batch), leaves[0].shape[0], [(leaf.shape[1:], leaf.dtype) for leaf in leaves]


class _Chunk:
    def __init__(self, batch: Any, form: _Form, memory_limit: int) -> None:
        self._form = form
        self._rows = form[1]
        one_batch = sum(leaf.nbytes for leaf in jax.tree.leaves(batch))
        self._capacity = steps_in_chunk(one_batch, memory_limit) * self._rows
        self._arrays = jax.tree.map(lambda leaf: empty((self._capacity, *leaf.shape[1:]), leaf.dtype), batch)
        self._filled = 0
        self._partial = 0

    @property
    def full(self) -> bool:
        return self._partial > 0 or self._filled == self._capacity

    def takes(self, form: _Form | None) -> bool:
        return form is not None and (form[0], form[2]) == (self._form[0], self._form[2]) and form[1] <= self._rows

    def add(self, batch: Any) -> None:
        rows = jax.tree.leaves(batch)[0].shape[0]
        place = slice(self._filled, self._filled + rows)
        for array, leaf in zip(jax.tree.leaves(self._arrays), jax.tree.leaves(batch), strict=True):
            array[place] = leaf
        self._filled += rows
        self._partial = rows % self._rows

    def parts(self) -> Iterator[FeedPart]:
        full = self._filled - self._partial
        if full:
            shape = (self._capacity // self._rows, self._rows)
            batches = jax.tree.map(lambda array: array.reshape(*shape, *array.shape[1:]), self._arrays)
            yield FeedPart(jax.device_put(batches), stop=full // self._rows)
        if self._partial:
            yield FeedPart(jax.tree.map(lambda array: array[full : self._filled], self._arrays), alone=True)
