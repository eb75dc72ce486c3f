"""Unlabelled inputs: checked, led to the first layer that learns, and standardised as targets.

Everything is held in memory as float32, twice: as inputs and as targets.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from trainwell.errors import InputError

_ROWS = 1024  # led through the layers at once
_LARGE = 30.0  # root mean square of inputs above which a network with usual initial weights trains badly
_logger = logging.getLogger("trainwell")


def checked(x: Any, name: str = "x_unlabelled") -> np.ndarray:
    """The rows as one array of finite numbers.

    Raises:
        InputError: they are not; the message names the argument.
    """
    if isinstance(x, dict) or (isinstance(x, (list, tuple)) and any(np.ndim(each) > 1 for each in x)):
        raise InputError(f"{name} is {type(x).__name__} of arrays.", "Give one array (rows, ...).")
    try:
        x = np.asarray(x)
    except ValueError as error:
        raise InputError(f"{name} is no array: {error}.", "Give one array (rows, ...).") from error
    if x.dtype.kind not in "biuf":
        raise InputError(f"{name} holds {x.dtype} and not numbers.", "Give one array (rows, ...) of numbers.")
    if x.ndim < 2:  # noqa: PLR2004 -- rows and something in them
        raise InputError(f"{name} has the shape {x.shape}.", "Give an array (rows, ...), one row an example.")
    if not x.size:
        raise InputError(f"{name} is empty: its shape is {x.shape}.", "Give at least one row.")
    return x


def require_finite(x: np.ndarray, name: str = "x_unlabelled") -> None:
    """Refuses missing and infinite values, and names the first row that has one."""
    if x.dtype.kind == "f":
        bad = ~np.isfinite(x.reshape(len(x), -1)).all(axis=1)
        if bad.any():
            raise InputError(
                f"{name} has NaN or infinite values in {int(bad.sum()):,} of {len(x):,} rows, first in row"
                f" {int(bad.argmax())} (counted from 0).",
                "Fill or drop them.",
            )


def require_shape(model: keras.Model, x: np.ndarray, name: str = "x_unlabelled") -> None:
    """Refuses rows of another shape than the model's one input."""
    wanted = tuple(model.inputs[0].shape[1:])
    given = x.shape[1:]
    if len(wanted) != len(given) or any(w not in {None, g} for w, g in zip(wanted, given, strict=True)):
        raise InputError(
            f"{name} has rows of the shape {given}, and {model.name!r} takes {wanted}.",
            "Give inputs of the shape that the model is trained on.",
        )


def led_through(layers: list[Any], x: np.ndarray) -> np.ndarray:
    """What some layers make of the rows, in inference mode; float32.

    Args:
        layers: built, one after the other.
        x: `(rows, ...)`.
    """
    if not layers:
        return np.asarray(x, "float32")

    def through(rows: Any) -> np.ndarray:
        tensor = keras.ops.convert_to_tensor(rows)
        for layer in layers:
            tensor = layer(tensor, training=False)
        return np.asarray(keras.ops.convert_to_numpy(tensor), "float32")

    return np.concatenate([through(x[start : start + _ROWS]) for start in range(0, len(x), _ROWS)])


def warn_of_scale(z: np.ndarray) -> None:
    """Says on the logger `trainwell` when the first layer that learns sees numbers far from those it is made for."""
    scale = float(np.sqrt(np.mean(np.square(z[:_ROWS], dtype=np.float64))))
    if scale > _LARGE:
        _logger.warning(
            "trainwell: the first layer that learns sees inputs of about %.0f; the training that follows goes better "
            "where the model begins with a Rescaling or Normalization layer.",
            scale,
        )


@dataclass(frozen=True)
class Standard:
    """Values around their own mean, in units of one deviation for all features: `(z - mean) / deviation`.

    One deviation, so that features that hardly vary do not weigh as much as the others; and a mean squared error in
    these units is the share of the variance that is not explained: 1 for the mean itself, 0 for the truth.

    Args:
        mean: of each feature.
        deviation: root of the mean variance of the features; 1 where nothing varies.
    """

    mean: np.ndarray
    deviation: float

    @classmethod
    def of(cls, z: np.ndarray) -> Standard:
        """That of some rows."""
        mean = z.mean(axis=0, dtype=np.float64).astype("float32")
        total = sum(
            float(np.square(z[at : at + _ROWS] - mean, dtype=np.float64).sum()) for at in range(0, len(z), _ROWS)
        )
        return cls(mean, float(np.sqrt(total / z.size)) or 1.0)

    def of_values(self, z: np.ndarray) -> np.ndarray:
        """Values in standard units."""
        return (z - self.mean) / np.float32(self.deviation)

    def values(self, standardised: np.ndarray) -> np.ndarray:
        """Values in their own units."""
        return standardised * np.float32(self.deviation) + self.mean
