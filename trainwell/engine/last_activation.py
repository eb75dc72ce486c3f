"""The activation that a model's output has just passed, as far as its graph tells: what its numbers are.

A subclass of `keras.Model` has no graph, and gives no answer.
"""

from __future__ import annotations

from typing import Any

import keras

from trainwell.engine import compat

_OPERATIONS = {"Softmax": "softmax", "Sigmoid": "sigmoid"}  # layers, and `keras.ops` in a Functional model


def last_activation(model: keras.Model) -> str | None:
    """`"softmax"` over the last axis, `"sigmoid"`, or `"linear"` for anything else; `None` where it is not known."""
    if not compat.is_plain_graph(model):
        return None
    nodes, outputs = compat.graph(model)
    made_by = {id(output): node for node in nodes for output in node.outputs}
    tensor: Any = outputs[0]
    while id(tensor) in made_by:
        node = made_by[id(tensor)]
        operation = node.operation
        while isinstance(operation, keras.layers.TimeDistributed):
            operation = operation.layer
        if isinstance(operation, keras.Model):
            return last_activation(operation)
        name = _OPERATIONS.get(type(operation).__name__) or _name(getattr(operation, "activation", None))
        if name == "softmax" and getattr(operation, "axis", -1) not in (-1, len(tensor.shape) - 1):
            return "linear"  # classes stand on another axis
        if name in {"softmax", "sigmoid"}:
            return name
        if name != "linear" or type(operation).__name__ != "Activation":
            return "linear"
        tensor = node.only_input  # Activation("linear", dtype="float32") only casts
    return "linear"


def _name(function: Any) -> str:
    return str(getattr(function, "__name__", ""))
