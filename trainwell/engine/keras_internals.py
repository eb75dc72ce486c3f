"""Every private name of Keras that the engine leans on, in one place.

`tests/engine/test_keras_internals.py` holds each against its public behaviour and fails loudly when Keras moves it.
Nothing else in trainwell may import `keras.src` or touch an underscore of Keras.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras.src.trainers import data_adapters
from keras.src.trainers.data_adapters import array_slicing, data_adapter_utils
from keras.src.trainers.data_adapters.array_data_adapter import ArrayDataAdapter
from keras.src.utils.python_utils import is_default, pythonify_logs

__all__ = [
    "as_arrays",
    "build_from_batch",
    "epoch_logs",
    "initial_epoch",
    "is_default_method",
    "is_unbuilt",
    "make_adapter",
    "pythonify_logs",
    "split_validation",
    "unpack",
]


def make_adapter(
    x: Any,
    y: Any,
    sample_weight: Any,
    *,
    batch_size: int | None,
    shuffle: bool | str,
    class_weight: dict[int, float] | None = None,
) -> Any:
    """Keras's own adapter for this data; raises Keras's own messages for data that Keras rejects."""
    return data_adapters.get_data_adapter(
        x=x,
        y=y,
        sample_weight=sample_weight,
        batch_size=batch_size,
        shuffle=shuffle,  # pyright: ignore[reportArgumentType] -- Keras takes "batch" too, undeclared
        class_weight=class_weight,
    )


def as_arrays(adapter: Any) -> tuple[Any, ...] | None:
    """The adapter's `(x,)`, `(x, y)` or `(x, y, sample_weight)` as NumPy arrays, as Keras feeds them to JAX.

    Returns `None` where the data is not dense numeric arrays.
    """
    if not isinstance(adapter, ArrayDataAdapter):
        return None
    sliceables = array_slicing.convert_to_sliceable(adapter._inputs, target_backend="jax")  # noqa: SLF001

    def whole(sliceable: Any) -> Any:
        return None if sliceable is None else sliceable.convert_to_jax_compatible(sliceable[:])

    arrays = keras.tree.map_structure(whole, sliceables)
    leaves = [leaf for leaf in keras.tree.flatten(arrays) if leaf is not None]
    dense = all(isinstance(leaf, np.ndarray) and leaf.dtype.kind in "biuf" for leaf in leaves)
    return arrays if dense else None


def split_validation(x: Any, y: Any, sample_weight: Any, share: float) -> tuple[Any, Any]:
    """Keras's `validation_split`: the last rows, before any shuffling."""
    return array_slicing.train_validation_split((x, y, sample_weight), validation_split=share)


def unpack(data: Any) -> tuple[Any, Any, Any]:
    """`(x, y, sample_weight)` of a tuple with one to three members."""
    return data_adapter_utils.unpack_x_y_sample_weight(data)


def is_unbuilt(model: keras.Model) -> bool:
    """Whether Keras would draw one batch of the data to build model, metrics or loss."""
    parts = (model._compile_metrics, model._compile_loss)  # noqa: SLF001
    layers = model._flatten_layers()  # noqa: SLF001
    return not all(layer.built for layer in layers) or any(part is not None and not part.built for part in parts)


def build_from_batch(model: keras.Model, batch: Any) -> None:
    """Creates the variables of model, metrics, loss and optimizer from one batch, without computing."""
    model._symbolic_build(data_batch=batch)  # noqa: SLF001


def epoch_logs(model: keras.Model, logs: dict[str, Any]) -> dict[str, Any]:
    """What Keras reports at the end of an epoch: the metrics' results, or the last step's logs of a custom step."""
    return dict(model._get_metrics_result_or_logs(logs))  # noqa: SLF001


def initial_epoch(model: keras.Model, given: int) -> int:
    """The first epoch; a callback such as BackupAndRestore may have moved it in `on_train_begin`."""
    return model._initial_epoch or given  # noqa: SLF001


def is_default_method(method: Any) -> bool:
    """Whether a callback's hook is the empty one of `keras.callbacks.Callback`."""
    return is_default(method)
