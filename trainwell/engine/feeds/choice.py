"""Which feed fits the data."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from trainwell.datasets.memory import MEBIBYTE, free_memory
from trainwell.engine import compat
from trainwell.engine.feeds.device_arrays import DeviceArrays
from trainwell.engine.feeds.host_arrays import HostArrays
from trainwell.engine.feeds.keras_batches import KerasBatches
from trainwell.engine.feeds.row_order import RowOrder
from trainwell.errors import InputError

if TYPE_CHECKING:
    from trainwell.engine.feeds.part import Feed

SHARE_OF_FREE_MEMORY = 0.5
"""Share of the device's free memory that data may take where no limit is given."""
_WITHOUT_KNOWLEDGE = 2 << 30  # bytes, where the machine does not say what is free
_logger = logging.getLogger("trainwell")


def make_feed(
    x: Any,
    y: Any,
    sample_weight: Any,
    *,
    batch_size: int | None,
    shuffle: bool | str,
    class_weight: dict[int, float] | None = None,
    steps_per_epoch: int | None = None,
    memory_limit: int | None = None,
) -> Feed:
    """The feed for this data; raises Keras's own messages for data that Keras rejects.

    Arrays lie on an accelerator where they fit. On a CPU, and above the limit, they travel in chunks, as does
    everything that comes in batches.

    Args:
        x: inputs, as `keras.Model.fit` takes them.
        y: targets.
        sample_weight: weight of each row.
        batch_size: rows per step; Keras's default where not given.
        shuffle: `True`, `False` or `"batch"`.
        class_weight: weight by class number.
        steps_per_epoch: steps of an epoch; all of the data where not given.
        memory_limit: bytes of the device's memory that data may take; half of what is free where not given.
    """
    if memory_limit is not None and memory_limit <= 0:
        raise InputError(f"memory_limit is {memory_limit}.", "Give the number of bytes that data may take, above 0.")
    iterator = compat.epoch_iterator(
        x,
        y,
        sample_weight,
        batch_size=batch_size,
        steps_per_epoch=steps_per_epoch,
        shuffle=shuffle,
        class_weight=class_weight,
    )
    limit = memory_limit or _default_limit()
    adapter = iterator.data_adapter
    inputs = compat.adapter_arrays(adapter)
    if inputs is None:
        return KerasBatches(iterator, limit)
    leaves = jax.tree.leaves(inputs)
    order = RowOrder(len(leaves[0]), adapter.batch_size, shuffle, steps_per_epoch)
    needed = sum(leaf.nbytes for leaf in leaves)
    # In memory as Keras converts them, once and for all; what is mapped from a file is converted chunk by chunk.
    inputs = jax.tree.map(lambda leaf: leaf if isinstance(leaf, np.memmap) else compat.standardize_arrays(leaf), inputs)
    if needed > limit or not _device_has_its_own_memory():
        return HostArrays(inputs, order, limit)
    try:
        return DeviceArrays(compat.standardize_arrays(inputs), order)
    except jax.errors.JaxRuntimeError as error:
        if "RESOURCE_EXHAUSTED" not in str(error):
            raise
        _logger.warning(
            "trainwell: the data (%.0f MiB) does not fit into the device's memory; it is sent in chunks instead.",
            needed / MEBIBYTE,
        )
        return HostArrays(inputs, order, limit // 4)


def _device_has_its_own_memory() -> bool:
    return jax.default_backend() != "cpu"


def _default_limit() -> int:
    device = jax.local_devices()[0]
    statistics = None if device.platform == "cpu" else device.memory_stats()
    if statistics and "bytes_limit" in statistics:
        free = statistics["bytes_limit"] - statistics.get("bytes_in_use", 0)
    else:
        free = free_memory() or _WITHOUT_KNOWLEDGE / SHARE_OF_FREE_MEMORY
    return max(1, int(free * SHARE_OF_FREE_MEMORY))
