"""A model that is trained for a look, and is afterwards as it was.

Weights, optimizer values, learning rate, metrics, compile state, and the generators of Python, NumPy and Keras come
back, also after an exception or Ctrl-C. That the model, its metrics and its optimizer are built is the only trace.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from trainwell.engine import compat
from trainwell.engine.generators import preserve_rng
from trainwell.engine.programs import forget_programs

if TYPE_CHECKING:
    from collections.abc import Iterator

    import keras

_ABSENT = object()
_STATE = ("history", "stop_training", "stop_evaluating", "train_function", "test_function", "predict_function")


def build(model: keras.Model, x: Any, y: Any) -> None:
    """Creates the variables that a compiled model, its metrics and its optimizer lack.

    Args:
        model: a compiled model.
        x: a batch of inputs.
        y: its targets.
    """
    compat.build(model, lambda: (x, y))


@contextmanager
def preserve_state(model: keras.Model) -> Iterator[None]:
    """While it is open the model may be trained in place; afterwards it is as it was.

    Args:
        model: compiled and built, with its optimizer.
    """
    variables = _variables(model)
    values = [np.array(variable.value) for variable in variables]  # copies, beyond the reach of donated buffers
    attributes = {name: vars(model).get(name, _ABSENT) for name in _STATE}
    trainable = [layer.trainable for layer in model.layers]
    with preserve_rng():
        try:
            yield
        finally:
            for layer, flag in zip(model.layers, trainable, strict=True):
                if layer.trainable != flag:
                    layer.trainable = flag
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)
            for name, value in attributes.items():
                if value is not _ABSENT:
                    object.__setattr__(model, name, value)  # Keras's own __setattr__ would track what it is given
                elif name in vars(model):
                    object.__delattr__(model, name)
            forget_programs(model)


def _variables(model: keras.Model) -> list[keras.Variable]:
    found: dict[int, keras.Variable] = {}
    optimizer: Any = model.optimizer
    for variable in (*model.variables, *(optimizer.variables if optimizer else ()), *model.metrics_variables):
        found[id(variable)] = variable
    return list(found.values())
