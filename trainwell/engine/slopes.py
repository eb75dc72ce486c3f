"""A function of one number and its slope, both as the backend computes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable


def values_and_slopes(function: Callable[[Any], Any], at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The function and its derivative at each of many points.

    Args:
        function: takes and gives an array of any shape, element by element.
        at: `(points,)`.

    Returns:
        Values and slopes, each `(points,)` float64.
    """
    slope_and_value = jax.vmap(jax.value_and_grad(lambda point: jnp.reshape(function(point), ())))
    values, slopes = jax.device_get(slope_and_value(jnp.asarray(at, jnp.float32)))
    return np.asarray(values, np.float64), np.asarray(slopes, np.float64)
