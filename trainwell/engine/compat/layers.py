"""Private state of Keras's layers: layers inside others, masks, random generators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainwell.engine.compat.private import MissingNameError, attribute, imported

if TYPE_CHECKING:
    import keras


def flatten_layers(model: keras.Model) -> list[Any]:
    """Return a model and all layers in it, nested ones too."""
    return list(attribute(model, "_flatten_layers")())


def sublayers(layer: keras.Operation) -> list[keras.Operation]:
    """Return the layers directly below one, and in a Functional model its other operations too."""
    below: list[keras.Operation] = list(attribute(layer, "_layers", ()))
    known = set(map(id, below))
    return below + [operation for operation in getattr(layer, "operations", ()) if id(operation) not in known]


def seed_states(model: keras.Model) -> list[keras.Variable]:
    """Return the states of all seed generators in a model, each among its non-trainable variables."""
    return [generator.state for layer in flatten_layers(model) for generator in attribute(layer, "_seed_generators")]


def in_symbolic_scope() -> bool:
    """Return True while Keras calls layers only to learn the shapes of their outputs."""
    try:
        return imported("keras.src.backend.common.symbolic_scope", "in_symbolic_scope")()
    except MissingNameError:  # such calls then count as real ones, and are seen once more
        return False


def is_masked(tensor: Any) -> bool:
    """Return True where Keras has attached a mask to a tensor, symbolic or not."""
    return imported("keras.src.backend.common.masking", "get_keras_mask")(tensor) is not None


def mask_of(tensor: Any) -> Any:
    """Return the mask that Keras has attached to a tensor, or `None`."""
    return imported("keras.src.backend.common.masking", "get_keras_mask")(tensor)


def is_quantized_or_rematerialized(layer: keras.layers.Layer) -> bool:
    """Return True where Keras calls the layer in another way than through its `call`."""
    return layer.quantization_mode is not None or vars(layer).get("_remat_mode") is not None


def own_methods(instance: Any) -> list[str]:
    """Return the methods of the class for which the instance has its own; Keras wraps two of each layer itself."""
    wrapped = {"build", "quantize"}
    return [
        name
        for name, value in vars(instance).items()
        if name not in wrapped and callable(value) and callable(getattr(type(instance), name, None))
    ]
