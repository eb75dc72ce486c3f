"""The reused part of a base: a copy of its lower layers, as a model of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from trainwell.errors import InputError
from trainwell.techniques.transfer.base import base_model
from trainwell.techniques.transfer.copying import copied_model, model_inputs
from trainwell.techniques.transfer.cutting import output_of_reused

if TYPE_CHECKING:
    from pathlib import Path


def reuse_layers(base: keras.Model | str | Path, reuse: int | str | None = None) -> keras.Model:
    """A copy of the base's lower layers with their weights; the base stays as it is, bit for bit.

    Args:
        base: a trained Sequential or Functional model, or the path of one: `.keras` or `.h5`.
        reuse: how many layers from the bottom, inputs not counted, or the name of the last one; what these need is
            reused with them. `None`: all but the output layer. That is the last layer with weights and what follows it,
            where it is a Dense layer or the model ends in a softmax or sigmoid; other models are reused whole.

    Returns:
        A Functional model, not compiled, that takes what the base takes.

    Raises:
        InputError: the base cannot be read, cut or copied, there is no such layer, or none that has weights.

    Example:
        >>> layers = keras.layers
        >>> base = keras.Sequential([keras.Input((4,)), layers.Dense(3, name="low"), layers.Dense(2, "softmax")])
        >>> reused = reuse_layers(base)
        >>> [layer.name for layer in reused.layers[1:]], reused.output_shape
        (['low'], (None, 3))

    Source: Géron, "Hands-On Machine Learning", chapter 11, "Reusing pretrained layers", which clones so that training
    one does not change the other.
    """
    model = base_model(base)
    part = keras.Model(model_inputs(model), output_of_reused(model, reuse), name=model.name)
    if not part.weights:
        raise InputError(
            f"The reused layers of the base {model.name!r} have no weights, so that nothing would be transferred.",
            "Reuse more layers: reuse= is a number of layers or the name of the last one.",
        )
    return copied_model(part)


def reused_names(part: keras.Model) -> tuple[str, ...]:
    """The names of the reused layers, inputs left out."""
    return tuple(layer.name for layer in part.layers if not isinstance(layer, keras.layers.InputLayer))


def check_inputs(part: keras.Model, x: Any, name: str) -> None:
    """Whether the rows of `x` have the shape that the base takes.

    Args:
        part: the reused part.
        x: an array, or a list or dictionary of arrays.
        name: of the argument, for messages.

    Raises:
        InputError: they have not.
    """
    named = part.input if isinstance(part.input, dict) else {tensor.name: tensor for tensor in part.inputs}
    wanted = {key: tuple(tensor.shape) for key, tensor in named.items()}
    if isinstance(x, dict):
        missing = [key for key in wanted if key not in x]
        if missing:
            raise InputError(
                f"{name} has no entry {missing[0]!r}, an input of the base.", f"Its inputs are {', '.join(wanted)}."
            )
        arrays = [x[key] for key in wanted]
    else:
        arrays = list(x) if isinstance(x, list | tuple) and len(wanted) > 1 else [x]
    if len(arrays) != len(wanted):
        raise InputError(f"The base takes {len(wanted)} inputs, and {name} is {len(arrays)}.", "Pass a list of them.")
    for (key, shape), array in zip(wanted.items(), arrays, strict=True):
        found = _shape(array, name)
        if not any(_fits(form, shape) for form in (found, (*found, 1), _without_last(found))):
            which = f"its input {key!r}" if len(wanted) > 1 else "it"
            raise InputError(
                f"{name} has rows of shape {found[1:]}, and the base was made for rows of shape "
                f"{shape[1:]}: {which} does not fit.",
                "Bring the rows into the base's shape, or use a base made for theirs.",
            )


def _shape(array: Any, name: str) -> tuple[int, ...]:
    shape = getattr(array, "shape", None)
    if shape is None:
        raise InputError(
            f"{name} must be an array, or a list or dictionary of arrays as the base's inputs are, not "
            f"{type(array).__name__}.",
            "Collect the rows in a NumPy array.",
        )
    return tuple(int(size) for size in shape)


def _fits(found: tuple[int, ...], shape: tuple[int | None, ...]) -> bool:
    return len(found) == len(shape) and all(b in {None, a} for a, b in zip(found[1:], shape[1:], strict=True))


def _without_last(shape: tuple[int, ...]) -> tuple[int, ...]:
    """As Keras does, a last axis of length 1 may be left out or be too many."""
    return shape[:-1] if shape[-1:] == (1,) else shape
