"""The head: new layers on the reused ones.

The layers that are passed are copied, so that one head serves several calls and each begins with new weights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from trainwell.engine import compat
from trainwell.errors import InputError
from trainwell.techniques.transfer.copying import all_layers, copied_layer, model_inputs

if TYPE_CHECKING:
    from collections.abc import Sequence


def with_head(part: keras.Model, head: Any) -> tuple[keras.Model, list[keras.layers.Layer]]:
    """The whole network, and the head's layers in it.

    Args:
        part: the reused part.
        head: a layer, or a list of layers, bottom first.

    Raises:
        InputError: `head` is something else, or a layer does not take what it is given.
    """
    taken = {each.name for each in all_layers(part)}
    layers = [_copied_as_itself_or_renamed(layer, taken) for layer in _layers(head)]
    outputs = part.outputs[0]
    for layer in layers:
        try:
            outputs = layer(outputs)
        except Exception as error:
            raise InputError(
                f"head: the layer {layer.name!r} does not take what comes before it, of shape "
                f"{tuple(outputs.shape[1:])} a row. Keras says: {str(error).strip().splitlines()[0]}",
                "Bring it into shape first, for example with Flatten() or GlobalAveragePooling2D() before the layer.",
            ) from error
        if not hasattr(outputs, "shape"):
            raise InputError(f"head: the layer {layer.name!r} gives several outputs.", "End in a layer that gives one.")
    return keras.Model(model_inputs(part), outputs, name=f"{part.name}_transferred"), layers


def _layers(head: Any) -> Sequence[keras.layers.Layer]:
    layers = list(head) if isinstance(head, list | tuple) else [head]
    if not layers or not all(isinstance(layer, keras.layers.Layer) for layer in layers):
        raise InputError(
            f"head must be a Keras layer or a list of layers, not {head!r}.",
            'For three classes: head=keras.layers.Dense(3, "softmax").',
        )
    if len(set(map(id, layers))) < len(layers):
        raise InputError("head lists one layer twice.", "Make a layer for each place.")
    for layer in layers:
        if layer.weights and not (isinstance(layer, keras.Model) and compat.is_plain_graph(layer)):
            raise InputError(
                f"head: the layer {layer.name!r} already has weights, which belong to another model.",
                "Make a new layer; to begin with trained weights, pass a Sequential or Functional model as the head.",
            )
    return layers


def _copied_as_itself_or_renamed(layer: keras.layers.Layer, taken: set[str]) -> keras.layers.Layer:
    """A copy under a name that is not among those taken, since a model's names must differ; it then is."""
    name, number = layer.name, 1
    while name in taken:
        name = f"{layer.name}_head_{number}" if number > 1 else f"{layer.name}_head"
        number += 1
    taken.add(name)
    return copied_layer(layer, name)
