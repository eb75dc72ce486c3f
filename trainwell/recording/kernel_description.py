"""Describe the kernels of a layer as they are now: how large they are, and whether their units differ.

Of a kernel with many weights, those to evenly spaced inputs are looked at.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from trainwell.run import Kernel, finite

_MOST_VALUES = 1_000_000


def describe_kernels(layer: Any) -> tuple[Kernel, ...]:
    """Return the kernels of a layer.

    `unit_spread` is the root mean square deviation of the weights that one input has to the units, relative to `rms`: 0
    if all units weigh every input alike (and if all weights are 0), about 1 for a kernel drawn around 0.

    Args:
        layer: built. Kernels of layers within one of Keras's own (`Bidirectional`, `MultiHeadAttention`) count as its
            own; layers within a layer of the user's have records of their own.
    """
    of_keras = type(layer).__module__.split(".")[0] == "keras" and not isinstance(layer, keras.Model)
    owned = getattr(layer, "variables", ()) if of_keras else [getattr(layer, "kernel", None)]
    kernels = [each for each in owned if isinstance(each, keras.Variable) and "kernel" in each.name]
    return tuple(
        _describe(each, transposed="Transpose" in type(layer).__name__)
        for each in kernels
        if len(each.shape) > 1 and "float" in str(each.dtype)
    )


def _describe(variable: keras.Variable, *, transposed: bool) -> Kernel:
    values: Any = keras.ops.convert_to_numpy(variable.value)
    values = np.swapaxes(values, -1, -2) if transposed else values  # to have the units last
    values = values.reshape(-1, values.shape[-1])
    values = values[:: max(1, -(-values.size // _MOST_VALUES))].astype(np.float64)
    rms = float(np.sqrt(np.mean(values**2)))
    deviation = float(np.sqrt(np.mean((values - values.mean(axis=1, keepdims=True)) ** 2)))
    return Kernel(
        name=variable.path.split("/", 1)[-1],
        shape=tuple(variable.shape),
        trainable=bool(variable.trainable),
        rms=finite(rms),
        unit_spread=None if values.shape[1] == 1 else finite(deviation / rms) if rms != 0 else 0.0,
    )
