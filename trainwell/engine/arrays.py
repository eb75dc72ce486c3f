"""Arrays on the device, and the order in which their rows form batches.

The whole data set is copied to the device once; a batch is then 4 bytes a row from the host. Not for data larger than
the device's memory.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from trainwell.engine import keras_internals


class DeviceArrays:
    """Inputs, targets and weights on the device.

    Args:
        inputs: `(x,)`, `(x, y)` or `(x, y, sample_weight)`, each a tree of arrays with the same number of rows.
        batch_size: rows per step.
        shuffle: `True` (rows), `"batch"` (rows within each batch) or `False`, as in `keras.Model.fit`.
    """

    def __init__(self, inputs: tuple[Any, ...], batch_size: int, shuffle: bool | str) -> None:
        self.host = inputs
        self.device = jax.tree.map(jnp.asarray, inputs)
        self.rows = len(jax.tree.leaves(inputs)[0])
        self.batch_size = batch_size
        self.shuffle = shuffle

    @classmethod
    def from_adapter(cls, adapter: Any, *, shuffle: bool | str) -> DeviceArrays | None:
        """The arrays behind Keras's adapter, or `None` where they are not dense arrays in memory."""
        inputs = keras_internals.as_arrays(adapter)
        return None if inputs is None else cls(inputs, adapter.batch_size, shuffle)

    @property
    def full_steps(self) -> int:
        """Steps with a full batch."""
        return self.rows // self.batch_size

    @property
    def steps(self) -> int:
        """Steps per epoch, a partial last batch included."""
        return -(-self.rows // self.batch_size)

    def order(self) -> np.ndarray:
        """The rows of one epoch in the order of training, `(rows,)` int32.

        Shuffled orders come from NumPy's global generator by the very calls that Keras makes, so that the same seed
        gives the same batches.
        """
        if self.shuffle == "batch":
            starts = range(0, self.rows, self.batch_size)
            parts = [np.random.permutation(min(self.batch_size, self.rows - s)) + s for s in starts]  # noqa: NPY002
            return np.concatenate(parts).astype(np.int32)
        if self.shuffle:
            return np.random.permutation(self.rows).astype(np.int32)  # noqa: NPY002 -- the generator Keras uses
        return np.arange(self.rows, dtype=np.int32)

    def first_batch(self) -> Any:
        """One batch, to build a model from; draws from the generator as Keras does when it builds a model."""
        if self.shuffle == "batch":
            rows = np.random.permutation(min(self.batch_size, self.rows))  # noqa: NPY002 -- the generator Keras uses
        else:
            rows = self.order()[: self.batch_size]
        return jax.tree.map(lambda array: array[rows], self.host)
