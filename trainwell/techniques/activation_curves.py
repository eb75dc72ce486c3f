"""Activations as figures: the function and its slope as Keras computes them, with the stretches where it is flat.

For activations that work on each number alone; softmax and its kin, which look at a whole row, have no such curve.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from trainwell.activations import ACTIVATIONS, SATURATION_SLOPE, find_activation
from trainwell.engine.slopes import values_and_slopes
from trainwell.errors import InputError
from trainwell.report.figures.activations import ActivationCurve, draw_activations
from trainwell.report.palette import LIGHT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from trainwell.report.palette import Style

CHAPTER = (
    "relu",
    "leaky_relu",
    "prelu",
    "elu",
    "selu",
    "gelu",
    "silu",
    "mish",
    "tanh",
    "sigmoid",
    "hard_sigmoid",
    "softplus",
)
_PRELU_SLOPE = 0.25  # where He et al. let the learnt slope begin; Keras begins at 0
_POINTS_A_UNIT = 100


def activation_curve(activation: Any, low: float = -5.0, high: float = 5.0) -> ActivationCurve:
    """An activation and its slope over the inputs from `low` to `high`, with `.figure()`.

    Flat is each stretch on which `|slope| < trainwell.activations.SATURATION_SLOPE` that reaches an end of the inputs,
    or on which the slope is exactly 0.

    Args:
        activation: a name that Keras knows, `"prelu"`, a function of your own in `keras.ops`, or a layer.
        low: first input.
        high: last input, above `low`.

    Raises:
        InputError: an unknown activation, one that does not work on each number alone, or no range.

    Example:
    >>> curve = activation_curve("relu")
    >>> curve.title, curve.outputs[[0, -1]], curve.slopes[[0, -1]], curve.flat
    ('ReLU', array([0., 5.]), array([0., 1.]), ((-5.0, 0.0),))

    Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks" (2010), for
    what saturation does.
    """
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise InputError(f"low={low} and high={high} are no range of inputs.", "Give low below high, such as -5 and 5.")
    entry = find_activation(activation)
    if entry is None and not callable(activation):
        raise InputError(f"activation={activation!r} is not known.", f"Name one of {', '.join(ACTIVATIONS)}.")
    if entry is not None and not entry.elementwise:
        raise InputError(f"activation={activation!r} looks at a whole row, so that it has no curve.", "Name another.")
    inputs = np.linspace(low, high, round((high - low) * _POINTS_A_UNIT) + 1)
    try:
        outputs, slopes = values_and_slopes(_function(activation), inputs)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"activation={activation!r} does not take one number and give one: {error}",
            "Give a function that works on each number alone.",
        ) from error
    title = entry.title if entry else getattr(activation, "name", None) or getattr(activation, "__name__", "activation")
    if activation == "prelu":
        title = f"{title}, slope {_PRELU_SLOPE}"
    return ActivationCurve(title, inputs, outputs, slopes, _flat(inputs, slopes))


def activations_figure(activations: Sequence[Any] = CHAPTER, style: Style = LIGHT) -> Figure:
    """Many activations with their slopes in one grid.

    Args:
        activations: as `activation_curve` takes them; the chapter's where not given.
        style: light or dark.

    Raises:
        InputError: there are none, or one of them has no curve.

    Example:
    >>> len(activations_figure(["tanh", "elu"]).axes)
    2
    """
    return draw_activations([activation_curve(activation) for activation in activations], style)


def _function(activation: Any) -> Any:
    if isinstance(activation, str) and activation == "prelu":
        activation = keras.layers.PReLU(alpha_initializer=keras.initializers.Constant(_PRELU_SLOPE))  # pyright: ignore[reportArgumentType] -- as documented
    if isinstance(activation, keras.layers.Layer):
        activation(np.zeros((1, 1), "float32"))  # builds it, before its slope is traced
        return lambda point: activation(keras.ops.reshape(point, (1, 1)))
    return keras.activations.get(activation)


def _flat(inputs: np.ndarray, slopes: np.ndarray) -> tuple[tuple[float, float], ...]:
    """The stretches that are nearly flat up to an end of the inputs, or exactly flat."""
    found = []
    for small, within in ((np.abs(slopes) < SATURATION_SLOPE, False), (slopes == 0, True)):
        edges = np.flatnonzero(np.diff(np.concatenate([[False], small, [False]]).astype(int)))
        for first, after in zip(edges[::2], edges[1::2], strict=True):
            reaches_an_end = first == 0 or after == len(inputs)
            if reaches_an_end != within and after - first > 1:
                found.append((float(inputs[first]), float(inputs[after - 1])))
    return tuple(sorted(found))
