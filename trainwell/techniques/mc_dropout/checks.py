"""What MC dropout refuses: numbers out of range, models in which nothing drops, inputs that do not fit."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from trainwell.engine import compat, require_jax
from trainwell.engine.dropouts import KINDS, find_dropouts
from trainwell.errors import InputError

if TYPE_CHECKING:
    from trainwell.engine.mc_forward import MonteCarloForward


def require_dropout(model: keras.Model) -> None:
    """Checks that a model has dropout that is on.

    Raises:
        InputError: it has none, or only with rate 0.
    """
    dropouts = find_dropouts(model)
    if any(dropout.drops for dropout in dropouts):
        return
    if dropouts:
        names = ", ".join(repr(dropout.layer.name) for dropout in dropouts)
        raise InputError(
            f"Every dropout layer of model {model.name!r} has rate 0 ({names}): all samples would be the same.",
            "MC dropout needs a rate above 0, and a model that was trained with it.",
        )
    raise InputError(
        f"The model {model.name!r} has no dropout: all samples would be the same, and MC dropout is pointless.",
        f"Train a model with dropout. These layers count: {KINDS}.",
    )


def whole(name: str, value: Any, lowest: int, highest: int | None, what: str) -> int:
    """The value as an int, or an `InputError` that names it."""
    try:
        number = operator.index(value)
    except TypeError:
        number = lowest - 1
    if isinstance(value, bool) or number < lowest or (highest is not None and number > highest):
        span = f"at least {lowest}" if highest is None else f"from {lowest} to {highest}"
        raise InputError(f"{name} is {value!r}: {what}, a whole number {span}.", f"Leave {name} at its default.")
    return number


def check_model(model: Any) -> None:
    """Refuses what is no built Keras model on JAX with dropout that is on."""
    require_jax("tw.mc_predict")
    if not isinstance(model, keras.Model):
        raise InputError(f"model is a {type(model).__name__}, not a Keras model.", "Pass a keras.Model.")
    if not model.built:
        raise InputError(
            f"The model {model.name!r} has no weights yet: it was never trained, loaded or called.",
            "Train it first; an untrained net is unsure of everything.",
        )
    require_dropout(model)


def checked_inputs(model: keras.Model, x: Any) -> Any:
    """The inputs as NumPy arrays, memory maps left as they are, checked against the model's inputs."""
    leaves = keras.tree.flatten(x)
    try:
        inputs = x if leaves and all(isinstance(leaf, np.memmap) for leaf in leaves) else compat.standardize_arrays(x)
    except (TypeError, ValueError, AttributeError):
        inputs = None
    arrays = keras.tree.flatten(inputs)
    if not arrays or not all(
        isinstance(array, np.ndarray) and array.ndim and array.dtype.kind in "biuf" for array in arrays
    ):
        raise InputError(
            f"x is {type(x).__name__}, not arrays of numbers.",
            "Pass an array (rows, ...), or a list or dictionary of them, as to model.predict.",
        )
    rows = {len(array) for array in arrays}
    if len(rows) > 1:
        raise InputError(f"The arrays of x have different numbers of rows: {sorted(rows)}.", "Give each the same rows.")
    if rows == {0}:
        raise InputError("x has no rows.", "Pass at least one row.")
    _check_shapes(model, inputs)
    return inputs


def _check_shapes(model: keras.Model, x: Any) -> None:
    expected = getattr(model, "inputs", None)
    if not expected:  # a subclass of Model says nothing of its inputs
        return
    if isinstance(getattr(model, "input", None), dict):
        expected = model.input
    for tensor in keras.tree.flatten(expected):
        if tensor.shape[0] is not None:
            raise InputError(
                f"The model {model.name!r} is made for batches of {tensor.shape[0]} rows, and MC dropout sends each row"
                " through by itself.",
                "Build it with keras.Input(shape=...), without a batch size, and copy the weights.",
            )
    for name, array, tensor in _pairs(model, x, expected):
        if not _fits(array.shape[1:], tensor.shape[1:]):
            rows = ", ".join(["rows", *map(str, tensor.shape[1:])])
            raise InputError(
                f"{name} has shape {array.shape}, and the model {model.name!r} takes ({rows}).",
                "Pass rows of the shape that it was trained on.",
            )


def _pairs(model: keras.Model, x: Any, expected: Any) -> list[tuple[str, np.ndarray, Any]]:
    """Each input's name, array and tensor, where both come in the same form; Keras itself sorts out other forms."""
    if isinstance(x, dict) and isinstance(expected, dict):
        missing = [name for name in expected if name not in x]
        if missing:
            raise InputError(
                f"x has no {', '.join(map(repr, missing))}.",
                f"The model {model.name!r} takes these inputs: {', '.join(map(repr, expected))}.",
            )
        return [(f"x[{name!r}]", x[name], tensor) for name, tensor in expected.items()]
    arrays, tensors = keras.tree.flatten(x), keras.tree.flatten(expected)
    if len(arrays) != len(tensors):
        raise InputError(
            f"x has {len(arrays)} arrays, and the model {model.name!r} {len(tensors)} inputs.",
            "Pass one array for each input.",
        )
    if isinstance(x, dict) or isinstance(expected, dict):
        return []
    names = ["x"] if len(arrays) == 1 else [f"x[{place}]" for place in range(len(arrays))]
    return list(zip(names, arrays, tensors, strict=True))


def _fits(shape: tuple[int, ...], expected: tuple[int | None, ...]) -> bool:
    """Whether shapes agree; Keras itself adds or takes off a last axis of 1."""
    if len(shape) == len(expected) - 1:
        shape = (*shape, 1)
    elif len(shape) == len(expected) + 1 and shape[-1] == 1:
        shape = shape[:-1]
    return len(shape) == len(expected) and all(
        wanted in {None, size} for size, wanted in zip(shape, expected, strict=True)
    )


def check_pass(passes: MonteCarloForward, inputs: Any, x: Any) -> None:
    """Traces one row, and refuses what it shows."""
    try:
        form = passes.form_of(inputs)
    except (ValueError, TypeError) as error:
        shapes = ", ".join(str(leaf.shape) for leaf in keras.tree.flatten(inputs))
        raise InputError(
            f"One row of x, {type(x).__name__} {shapes}, does not pass through the model: {str(error).strip()}",
            "Pass rows of the shape that it was trained on. Each row goes through by itself, as a batch of one: a "
            "layer with a fixed batch size, as in noise_shape, cannot take it.",
        ) from error
    count = len(keras.tree.flatten(form.outputs))
    if count != 1:
        raise InputError(
            f"The model has {count} outputs; MC dropout takes one.",
            "Make a model of one output: keras.Model(model.inputs, model.outputs[0]).",
        )
    if not form.drops:
        raise InputError(
            f"The model never calls its dropout layers ({', '.join(map(repr, form.idle))}) when it predicts.",
            "Call them in the model's call, without an `if training`.",
        )
