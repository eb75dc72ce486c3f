"""Facts of a layer's kernels as they stand: how large, and whether its units differ.

Of a kernel with many numbers, evenly spaced inputs are looked at.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

_MOST_VALUES = 1_000_000


def describe_kernels(layer: Any) -> list[dict[str, Any]]:
    """Of each kernel of a layer: `name`, `shape`, `trainable`, `rms` and `unit_spread`.

    `rms` is the root mean square of its numbers. `unit_spread` is the root mean square deviation of the weights that
    one input has to the units, relative to `rms`: 0 where all units weigh every input alike (and where all is 0), about
    1 for a kernel drawn around 0, `None` for a kernel of one unit.

    Args:
        layer: built. Kernels of layers within one of Keras's own (`Bidirectional`, `MultiHeadAttention`) are its own
            too; layers within one of the user's tell theirs themselves.
    """
    of_keras = type(layer).__module__.split(".")[0] == "keras" and not isinstance(layer, keras.Model)
    owned = getattr(layer, "variables", ()) if of_keras else [getattr(layer, "kernel", None)]
    kernels = [each for each in owned if isinstance(each, keras.Variable) and "kernel" in each.name]
    return [
        _describe(each, transposed="Transpose" in type(layer).__name__)
        for each in kernels
        if len(each.shape) > 1 and "float" in str(each.dtype)
    ]


def _describe(variable: keras.Variable, *, transposed: bool) -> dict[str, Any]:
    values: Any = keras.ops.convert_to_numpy(variable.value)
    values = np.swapaxes(values, -1, -2) if transposed else values  # to have the units last
    values = values.reshape(-1, values.shape[-1])
    values = values[:: max(1, -(-values.size // _MOST_VALUES))].astype(np.float64)
    rms = float(np.sqrt(np.mean(values**2)))
    deviation = float(np.sqrt(np.mean((values - values.mean(axis=1, keepdims=True)) ** 2)))
    return {
        "name": variable.path.split("/", 1)[-1],
        "shape": list(variable.shape),
        "trainable": bool(variable.trainable),
        "rms": rms,
        "unit_spread": None if values.shape[1] == 1 else deviation / rms if rms > 0 else 0.0,
    }
