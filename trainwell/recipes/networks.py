"""The bodies of the recipes' networks: stacks of dense layers, or of convolutions and pooling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from trainwell.activations import ACTIVATIONS

if TYPE_CHECKING:
    from trainwell.recipes.recipe import Recipe

_DENSE_AFTER_CONVOLUTIONS = 128
# The tables speak of dense nets. Behind convolutions the one wide layer memorises the training images without it.
_DROPOUT_BEFORE_DENSE = 0.5


def dense_stack(recipe: Recipe, tensor: Any, widths: list[int], *, normalize: bool, weights: dict[str, Any]) -> Any:
    """Dense hidden layers of the given widths (units), flattening the input first where it needs it.

    Args:
        recipe: gives activation, kind of normalization and dropout.
        tensor: the scaled inputs.
        widths: units of each layer.
        normalize: whether to normalize, as the recipe says how.
        weights: initialiser and regulariser arguments of each layer.
    """
    if len(tensor.shape) > 2:  # noqa: PLR2004 -- (batch, features)
        tensor = keras.layers.Flatten(name="flatten")(tensor)
    for number, units in enumerate(widths, start=1):
        layer = keras.layers.Dense(units, use_bias=_biased(recipe, normalize), name=f"dense_{number}", **weights)
        tensor = _activated(recipe, layer(tensor), number, len(widths), normalize=normalize)
    return tensor


def conv_stack(recipe: Recipe, tensor: Any, filters: list[int], *, normalize: bool, weights: dict[str, Any]) -> Any:
    """Blocks of a 3×3 convolution and a 2×2 pooling, then one dense layer; arguments as of `dense_stack`."""
    if len(tensor.shape) == 3:  # noqa: PLR2004 -- (batch, height, width): grey images get their one channel
        tensor = keras.layers.Reshape((*tensor.shape[1:], 1), name="channel")(tensor)
    within = {**weights, "kernel_constraint": recipe.limit([0, 1, 2])}
    of_convolution = within if recipe.max_norm else weights
    biased = _biased(recipe, normalize)
    last = len(filters) + 1
    for number, count in enumerate(filters, start=1):
        name = f"conv_{number}"
        layer = keras.layers.Conv2D(count, 3, padding="same", use_bias=biased, name=name, **of_convolution)
        tensor = _activated(recipe, layer(tensor), number, last, normalize=normalize)
        if min(tensor.shape[1:3]) > 1:
            tensor = keras.layers.MaxPooling2D(2, name=f"pool_{number}")(tensor)
    tensor = keras.layers.Flatten(name="flatten")(tensor)
    if not recipe.dropout:
        tensor = keras.layers.Dropout(_DROPOUT_BEFORE_DENSE, name="dropout")(tensor)
    layer = keras.layers.Dense(_DENSE_AFTER_CONVOLUTIONS, use_bias=biased, name=f"dense_{last}", **weights)
    return _activated(recipe, layer(tensor), last, last, normalize=normalize)


def _biased(recipe: Recipe, normalize: bool) -> bool:
    """Batch normalization straight behind a layer takes its bias's place; elsewhere the bias has a part of its own."""
    return not (normalize and recipe.normalization == "batch before")


def _activated(recipe: Recipe, tensor: Any, number: int, hidden_layers: int, *, normalize: bool) -> Any:
    kind = recipe.normalization if normalize else "none"
    if kind == "batch before":
        tensor = keras.layers.BatchNormalization(name=f"batch_normalization_{number}")(tensor)
    elif kind == "layer":
        tensor = keras.layers.LayerNormalization(name=f"layer_normalization_{number}")(tensor)
    tensor = _activation(recipe.activation, tensor, f"{recipe.activation}_{number}")
    if kind == "batch after":
        tensor = keras.layers.BatchNormalization(name=f"batch_normalization_{number}")(tensor)
    if recipe.dropout:
        tensor = recipe.dropout_layer(f"dropout_{number}", hidden_layers)(tensor)
    return tensor


def _activation(name: str, tensor: Any, layer_name: str) -> Any:
    entry = ACTIVATIONS[name]
    if entry.by_name:
        return keras.layers.Activation(name, name=layer_name)(tensor)
    places = list(range(1, len(tensor.shape) - 1))  # of a picture, all share the slope of their channel
    settings = {"shared_axes": places} if name == "prelu" and places else {}
    return getattr(keras.layers, entry.layer)(**settings, name=layer_name)(tensor)
