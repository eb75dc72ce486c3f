"""Copies of layers with their weights: nothing that is trained here belongs to a model of someone else.

Layers are made anew from their configuration and given the same weights. A layer that keeps what it learned neither in
its weights nor in its configuration cannot be copied so.
"""

from __future__ import annotations

from typing import Any

import keras

from trainwell.engine import compat
from trainwell.errors import InputError


def copied_model(model: keras.Model, name: str | None = None) -> keras.Model:
    """A Functional copy of a Sequential or Functional model, with its weights, not compiled.

    Raises:
        InputError: a layer cannot be made from its configuration.
    """
    copy = _rebuilt(model, name or model.name)
    weights = model.get_weights()
    if [weight.shape for weight in weights] != [weight.shape for weight in copy.weights]:
        raise InputError(
            f"The layers of {model.name!r} share weights in a way that a copy would not keep.",
            "Pass a Functional model in which each shared layer is one object, used several times.",
        )
    copy.set_weights(weights)
    for layer in all_layers(copy):
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()  # it computes with values taken from its weights when these were set
    return copy


def copied_layer(layer: keras.layers.Layer, name: str | None = None) -> keras.layers.Layer:
    """The same layer without weights, under another name if one is given.

    A Sequential or Functional model is copied with its weights.

    Raises:
        InputError: the layer cannot be made from its configuration.
    """
    if isinstance(layer, keras.Model) and compat.is_plain_graph(layer):
        return copied_model(layer, name)
    try:
        config = {**layer.get_config(), "name": name or layer.name}
        if isinstance(layer, keras.layers.Lambda):
            # Of a model in memory, so that its code is the user's own.
            copy = keras.layers.Lambda.from_config(config, safe_mode=False)
            copy.function = layer.function  # itself, with the names that it sees
            return copy
        return type(layer).from_config(config)
    except Exception as error:
        raise InputError(
            f"The layer {layer.name!r} of class {type(layer).__name__} cannot be copied: {error}",
            "Give its class a get_config() that returns the arguments of its __init__.",
        ) from error


def all_layers(layer: Any) -> list[Any]:
    """A layer and all those within it."""
    return [layer, *(inner for below in compat.sublayers(layer) for inner in all_layers(below))]


def _rebuilt(model: keras.Model, name: str) -> keras.Model:
    # A model around the same tensors is not compiled, and Keras would compile the copy of one that is.
    bare = keras.Model(model_inputs(model), model_outputs(model), name=name)
    return keras.models.clone_model(bare, clone_function=copied_layer)


def model_inputs(model: keras.Model) -> Any:
    """The input tensors in the structure in which the model takes them."""
    return model.inputs[0] if isinstance(model, keras.Sequential) else model.input


def model_outputs(model: keras.Model) -> Any:
    """The output tensors in the structure in which the model gives them."""
    return model.outputs[0] if isinstance(model, keras.Sequential) else model.output
