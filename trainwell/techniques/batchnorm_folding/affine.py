"""What batch normalisation is outside of training: a scale and a shift of each channel, fixed numbers.

Numbers are kept in float64 until a layer's weights take them in, so that folding rounds once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import keras

_MOST_DEVIATIONS = 30.0
"""How far from 0, in units of the output's scale, a channel's mean may lie. float32 rounds by 6e-8 of a number; a few
such roundings of numbers 30 times the output's are half of the 1e-5 that folding promises (at 80 it was broken)."""


class Refusal(Exception):  # noqa: N818 -- an outcome that the search expects, not an error
    """Why one way of folding is impossible, as the end of a sentence."""


@dataclass(frozen=True)
class Affine:
    """`scale * x + shift`, with arrays that fit `x` without its batch axis.

    Args:
        scale: float64, of the rank of `x` without the batch axis; of size 1 along the axes on which it does not depend.
        shift: float64, of the same shape.
    """

    scale: np.ndarray
    shift: np.ndarray

    @classmethod
    def of_batchnorm(cls, layer: keras.layers.BatchNormalization, rank: int) -> Affine:
        """`gamma·(x - mean)/√(variance + epsilon) + beta`, with the moving statistics.

        Args:
            layer: built.
            rank: of its input, with the batch axis.

        Raises:
            Refusal: it normalises the batch axis, or loses digits by what is being subtracted.
        """
        axis = layer.axis % rank
        if axis == 0:
            raise Refusal("it normalises along the batch axis")
        mean, variance = _numbers(layer.moving_mean), _numbers(layer.moving_variance)
        gamma = _numbers(layer.gamma) if layer.scale else np.ones_like(mean)
        beta = _numbers(layer.beta) if layer.center else np.zeros_like(mean)
        scale = gamma / np.sqrt(variance + layer.epsilon)
        if not (np.isfinite(scale).all() and np.isfinite(mean).all() and np.isfinite(beta).all()):
            raise Refusal("its weights are not all finite numbers")
        output_scale = np.maximum(np.abs(gamma), np.abs(beta)).max(initial=0.0)
        if np.any(np.abs(scale * mean) > _MOST_DEVIATIONS * output_scale):
            raise Refusal(
                f"a mean of what it takes lies more than {_MOST_DEVIATIONS:g} standard deviations from 0, so that "
                "float32 would lose digits that the layer keeps"
            )
        shape = [1] * (rank - 1)
        shape[axis - 1] = -1
        return cls(scale.reshape(shape), (beta - mean * scale).reshape(shape))

    def along(self, axis: int, size: int) -> tuple[np.ndarray, np.ndarray]:
        """Scale and shift as vectors `(size,)` along one axis.

        Args:
            axis: without the batch axis, from 0 or from the end.
            size: of the tensor along that axis.

        Raises:
            Refusal: they differ along another axis.
        """
        return _vector(self.scale, axis, size), _vector(self.shift, axis, size)

    def map(self, function: Callable[[np.ndarray], np.ndarray]) -> Affine:
        """Both arrays put into another form."""
        return Affine(function(self.scale), function(self.shift))


def _vector(values: np.ndarray, axis: int, size: int) -> np.ndarray:
    rows = np.moveaxis(values, axis, -1).reshape(-1, values.shape[axis])
    if np.any(rows != rows[0]):
        raise Refusal("scale and shift differ along an axis other than the channels")
    return np.broadcast_to(rows[0], (size,))


def _numbers(variable: keras.Variable) -> np.ndarray:
    return np.asarray(variable.numpy(), "float64")
