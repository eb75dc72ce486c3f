"""A Dataset's inputs as the first layers of a model: scaling and category codes, inside the model.

Means and variances come from the training part alone, and NumPy takes them: `Normalization.adapt` would turn one
missing value into a column of NaN. A heavy tail stays a heavy tail; nothing is clipped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import keras
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from trainwell.datasets.dataset import Dataset

_MOST_ONE_HOT = 16  # a column with more codes becomes an embedding, which needs fewer weights in the layer behind it
_WIDEST_EMBEDDING = 32
_LEAST_DEVIATION = 1e-6  # Keras's Normalization divides by no less than 1e-7


def input_layers(dataset: Dataset) -> tuple[Any, Any]:
    """The model's inputs and the scaled tensor behind them.

    Returns:
        Inputs (a Keras tensor, or a dictionary of them), and a tensor `(batch, features)` for tables, or of the inputs'
        own shape for images and arrays.
    """
    if dataset.kind == "table":
        return _table(dataset)
    x = cast("np.ndarray", dataset.train.x)
    inputs = keras.Input(x.shape[1:], dtype=x.dtype.name, name=dataset.kind)
    if dataset.kind == "image":
        return inputs, _standardize_image(x)(inputs)
    return inputs, _standardize_columns(x)(inputs)


def _table(dataset: Dataset) -> tuple[Any, Any]:
    x = cast("dict[str, np.ndarray]", dataset.train.x)
    inputs: dict[str, Any] = {
        name: keras.Input(part.shape[1:], dtype=part.dtype.name, name=name) for name, part in x.items()
    }
    parts = []
    if "numeric" in x:
        parts.append(_standardize_columns(x["numeric"])(inputs["numeric"]))
    for column, size in enumerate(dataset.category_sizes):
        codes = inputs["codes"][:, column]
        if size <= _MOST_ONE_HOT:
            layer = keras.layers.CategoryEncoding(size, output_mode="one_hot", name=f"one_hot_{column}")
        else:
            width = min(_WIDEST_EMBEDDING, round(size**0.5) + 1)
            layer = keras.layers.Embedding(size, width, name=f"embedding_{column}")
        parts.append(layer(codes))
    return inputs, parts[0] if len(parts) == 1 else keras.layers.Concatenate(name="features")(parts)


def _standardize_columns(values: np.ndarray) -> Callable[[Any], Any]:
    """Each feature to mean 0 and deviation 1; a feature that does not vary in training is only centred."""
    mean = values.mean(axis=0, dtype=np.float64)
    variance = values.var(axis=0, dtype=np.float64)
    resolution = np.finfo(np.float32).eps * np.abs(mean)  # below this, a spread is rounding
    variance = np.where(variance > resolution**2, variance, 1.0)
    axis = tuple(range(1, values.ndim))
    tiny = variance < _LEAST_DEVIATION**2
    if not tiny.any():
        return _normalization(axis, mean, variance)
    factor = np.where(tiny, 1 / np.sqrt(variance), 1.0)
    enlarge = keras.layers.Rescaling(factor.tolist(), name="enlarge")
    normalize = _normalization(axis, mean * factor, variance * factor**2)
    return lambda tensor: normalize(enlarge(tensor))


def _standardize_image(pixels: np.ndarray) -> keras.layers.Layer:
    """All pixels of a channel alike: pixels near the border hardly vary, and dividing by that would blow up noise."""
    colour = pixels.ndim == 4  # noqa: PLR2004 -- (rows, height, width, channels)
    axes = (0, 1, 2)
    # Whole-number moments are exact, and need no copy of the images as floats.
    count = pixels.size // (pixels.shape[-1] if colour else 1)
    mean = pixels.sum(axis=axes, dtype=np.int64) / count
    squares = sum(np.square(part, dtype=np.int32).sum(axis=axes, dtype=np.int64) for part in np.array_split(pixels, 64))
    variance = np.asarray(squares / count - mean**2)
    variance = np.where(variance > 0, variance, 1.0)
    return _normalization(-1 if colour else None, mean, variance)


def _normalization(axis: Any, mean: np.ndarray, variance: np.ndarray) -> keras.layers.Layer:
    make: Any = keras.layers.Normalization  # declared with axis: int, documented with tuples and None too
    return make(axis=axis, mean=mean, variance=variance, name="standardize")
