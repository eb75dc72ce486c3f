"""The outputs of all layers of a model for some rows, as arrays, from one call in inference mode.

Not good at: what runs inside a loop that JAX traces, such as the layers within a recurrent layer, which is left out.
"""

from __future__ import annotations

import inspect
from collections import Counter
from typing import TYPE_CHECKING, Any

import jax
import keras
import numpy as np
from jax.core import Tracer

from trainwell.engine import compat
from trainwell.engine.compat.patching import patched_layer_calls
from trainwell.engine.layer_paths import LayerPaths

if TYPE_CHECKING:
    from collections.abc import Callable


def outputs_by_layer(model: keras.Model, x: Any) -> dict[str, np.ndarray]:
    """Call the model and return each layer's first output, in the order of the calls.

    Args:
        model: a built model.
        x: inputs, a few rows.

    Returns:
        By place: `"dense"`, `"encoder/dense"`, `"dense:2"` for a second call.
    """
    paths = LayerPaths(model)
    found: dict[str, np.ndarray] = {}
    calls: Counter[str] = Counter()

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(layer: keras.Operation, *args: Any, **kwargs: Any) -> Any:
            outputs = original(layer, *args, **kwargs)
            leaves = keras.tree.flatten(outputs)
            if compat.in_symbolic_scope() or layer is model or not leaves:
                return outputs
            if isinstance(leaves[0], jax.Array) and not isinstance(leaves[0], Tracer):
                where = paths.of_layer(layer) or layer.name
                calls[where] += 1
                found[where if calls[where] == 1 else f"{where}:{calls[where]}"] = np.asarray(leaves[0])
            return outputs

        return call

    options = {"training": False} if "training" in inspect.signature(model.call).parameters else {}
    with patched_layer_calls(make):
        model(x, **options)
    return found
