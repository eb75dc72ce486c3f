"""Where a base is cut: how many of its layers are reused.

Its output layers are those that turn features into answers. That a layer is one of them is a rule here, not knowledge:
it is said at `output_of_reused`, and `reuse=` overrules it.
"""

from __future__ import annotations

import difflib
from typing import Any

import keras

from trainwell.engine import compat
from trainwell.errors import InputError

_ANSWERS = ("softmax", "sigmoid")


def output_of_reused(model: keras.Model, reuse: int | str | None) -> Any:
    """The tensor in the model's graph that the reused layers give.

    Args:
        model: a Sequential or Functional model.
        reuse: the first so many layers, or the name of the last one. `None`: all but the output layer, which is the
            last layer with weights where that is a Dense layer or where the model ends in a softmax or sigmoid, and
            what follows it. A model that ends otherwise, as those of `include_top=False` do, is reused whole.

    Raises:
        InputError: there is no such layer, or the rule does not tell.
    """
    nodes, outputs = compat.graph(model)
    if reuse is None:
        return _features(nodes, outputs)
    layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    layer = _by_name(layers, reuse) if isinstance(reuse, str) else _by_number(layers, reuse)
    given = [node.outputs for node in nodes if node.operation is layer][-1]
    if len(given) != 1:
        raise InputError(
            f"reuse ends at the layer {layer.name!r}, which gives {len(given)} outputs; a head takes one.",
            "End at a later layer that takes them together.",
        )
    return given[0]


def _by_name(layers: list[keras.layers.Layer], name: str) -> keras.layers.Layer:
    names = [layer.name for layer in layers]
    if name in names:
        return layers[names.index(name)]
    close = difflib.get_close_matches(name, names, n=3) or names[-5:]
    raise InputError(
        f"reuse={name!r} names no layer of the base.", f"Layers of such names: {', '.join(map(repr, close))}."
    )


def _by_number(layers: list[keras.layers.Layer], number: Any) -> keras.layers.Layer:
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= len(layers):
        raise InputError(
            f"reuse must be from 1 to {len(layers)}, the number of the base's layers without its inputs, or a layer's "
            f"name, not {number!r}.",
            "Leave it out to reuse all but the output layer.",
        )
    return layers[number - 1]


def _features(nodes: list[Any], outputs: list[Any]) -> Any:
    if len(outputs) != 1:
        raise InputError(
            f"base has {len(outputs)} outputs, so that its output layers are not simply its last.",
            "Say with reuse= up to which layer it is reused.",
        )
    last = _last_with_weights(nodes, outputs[0])
    if last is None:
        return outputs[0]
    if isinstance(last.operation, keras.Model):
        inside = last.operation
        if compat.is_plain_graph(inside) and _features(*compat.graph(inside)) is inside.outputs[0]:
            return outputs[0]
        raise InputError(
            f"base ends in the model {inside.name!r}, which seems to hold output layers of its own.",
            "Say with reuse= up to which layer it is reused, by number or name; or pass the inner model as the base.",
        )
    if isinstance(last.operation, keras.layers.Dense) or last_activation(nodes, outputs[0]) in _ANSWERS:
        return last.inputs[0]
    return outputs[0]


def _last_with_weights(nodes: list[Any], tensor: Any) -> Any:
    """The last call of a layer with weights, where a single chain leads from it to `tensor`."""
    node = _giver(nodes, tensor)
    while node is not None and not getattr(node.operation, "weights", None):
        node = _giver(nodes, node.inputs[0]) if len(node.inputs) == 1 else None
    return node


def last_activation(nodes: list[Any], tensor: Any) -> str:
    """The name of the activation that gave `tensor`, `"linear"` where there is none; shape changes are looked past."""
    node = _giver(nodes, tensor)
    while node is not None and isinstance(node.operation, keras.layers.Reshape | keras.layers.Flatten):
        node = _giver(nodes, node.inputs[0])
    if node is None:
        return "linear"
    if isinstance(node.operation, keras.Model) and compat.is_plain_graph(node.operation):
        inner, outputs = compat.graph(node.operation)
        return last_activation(inner, outputs[0])
    if isinstance(node.operation, keras.layers.Softmax):
        return "softmax"
    activation = getattr(node.operation, "activation", None)
    return getattr(activation, "__name__", type(activation).__name__) if activation is not None else "linear"


def _giver(nodes: list[Any], tensor: Any) -> Any:
    return next((node for node in nodes if any(each is tensor for each in node.outputs)), None)
