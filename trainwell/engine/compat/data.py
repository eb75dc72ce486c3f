"""Keras's own adapters: the batches, arrays and rows that `keras.Model.fit` would see."""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from trainwell.engine.compat.private import MissingNameError, attribute, imported

if TYPE_CHECKING:
    from collections.abc import Iterator

_ADAPTERS = "keras.src.trainers.data_adapters"


@functools.cache
def _epoch_iterator_class(base: type) -> type:
    class JaxEpochIterator(base):
        """Keras's iterator over epochs, with single batches as its JAX trainer sees them, none sent ahead."""

        def __next__(self) -> Any:
            return next(self._epoch_iterator)  # the generator that the base class's `__iter__` made

        def _get_iterator(self) -> Any:
            return self.data_adapter.get_jax_iterator()

    return JaxEpochIterator


def epoch_iterator(
    x: Any,
    y: Any,
    sample_weight: Any,
    *,
    batch_size: int | None,
    steps_per_epoch: int | None,
    shuffle: bool | str,
    class_weight: dict[int, float] | None = None,
) -> Any:
    """Return Keras's own iterator and adapter for this data.

    Raises:
        ValueError: with Keras's own message, for data that Keras rejects.
    """
    made = _epoch_iterator_class(imported("keras.src.trainers.epoch_iterator", "EpochIterator"))
    return made(
        x=x,
        y=y,
        sample_weight=sample_weight,
        batch_size=batch_size,
        steps_per_epoch=steps_per_epoch,
        shuffle=shuffle,
        class_weight=class_weight,
    )


def batches_of_epoch(iterator: Any) -> Iterator[Any]:
    """Yield the batches of the next epoch; where the source runs out, Keras's own warning says so."""
    with iterator.catch_stop_iteration():
        for _, _, batches in iterator:
            yield next(batches)


def next_execution(iterator: Iterator[Any], steps: int) -> tuple[list[Any], Iterator[Any]]:
    """Take from Keras's iterator what its next call of `train_function` will take.

    Args:
        iterator: the one that Keras hands to `train_function`.
        steps: the model's `steps_per_execution`.

    Returns:
        The batches one by one, fewer at the end of the data, and an iterator to hand on in the place of Keras's.

    Raises:
        StopIteration: there are no more.
    """
    first = next(iterator)
    if steps == 1:
        return [first], iter([first])
    try:
        partial = imported(f"{_ADAPTERS}.data_adapter_utils", "PartialBatchList")
    except MissingNameError:
        # Before Keras 3.16, `train_function` takes the batches one by one, and ends early where they do.
        batches = [first, *itertools.islice(iterator, steps - 1)]
        return batches, iter(batches)
    if isinstance(first, partial):
        return list(first), iter([first])
    together = len(keras.tree.flatten(first)[0])
    return [keras.tree.map_structure(lambda leaf, at=at: leaf[at], first) for at in range(together)], iter([first])


def adapter_arrays(adapter: Any) -> tuple[Any, ...] | None:
    """Return an adapter's `(x,)`, `(x, y)` or `(x, y, sample_weight)` as NumPy arrays; a memory map stays one.

    Returns `None` where the data is not dense numeric arrays.
    """
    if not isinstance(adapter, imported(f"{_ADAPTERS}.array_data_adapter", "ArrayDataAdapter")):
        return None
    given = attribute(adapter, "_inputs")
    leaves = [leaf for leaf in keras.tree.flatten(given) if leaf is not None]
    if not all(isinstance(leaf, np.ndarray) for leaf in leaves):
        given = standardize_arrays(given)
        leaves = [leaf for leaf in keras.tree.flatten(given) if leaf is not None]
    dense = all(isinstance(leaf, np.ndarray) and leaf.dtype.kind in "biuf" for leaf in leaves)
    return given if dense else None


def standardize_arrays(arrays: Any) -> Any:
    """Return arrays as Keras's adapter feeds them to JAX: NumPy, floats in `keras.config.floatx()`."""
    convert = imported(f"{_ADAPTERS}.array_slicing", "convert_to_sliceable")
    sliceables = convert(arrays, target_backend="jax")

    def whole(sliceable: Any) -> Any:
        return None if sliceable is None else sliceable.convert_to_jax_compatible(sliceable[:])

    return keras.tree.map_structure(whole, sliceables)


def validation_split(x: Any, y: Any, sample_weight: Any, share: float) -> tuple[Any, Any]:
    """Split off the last rows as Keras's `validation_split` does, before any shuffling.

    Memory maps are cut without being read.

    Args:
        x: inputs.
        y: targets.
        sample_weight: weight of each row.
        share: share of the rows in (0, 1).

    Returns:
        `(x, y, sample_weight)` for training, and for validation.
    """
    split = imported(f"{_ADAPTERS}.array_slicing", "train_validation_split")
    arrays = (x, y, sample_weight)
    leaves = [leaf for leaf in keras.tree.flatten(arrays) if leaf is not None]
    if not any(isinstance(leaf, np.memmap) for leaf in leaves) or not all(isinstance(e, np.ndarray) for e in leaves):
        return split(arrays, validation_split=share)
    (training,), (validation,) = split((np.arange(len(leaves[0])),), validation_split=share)

    def rows(indices: np.ndarray) -> Any:
        cut = slice(int(indices[0]), int(indices[-1]) + 1)
        return keras.tree.map_structure(lambda leaf: None if leaf is None else leaf[cut], arrays)

    return rows(training), rows(validation)


def unpack(data: Any) -> tuple[Any, Any, Any]:
    """Return `(x, y, sample_weight)` of a tuple with one to three members."""
    return keras.utils.unpack_x_y_sample_weight(data)
