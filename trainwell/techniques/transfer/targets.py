"""The loss that fits head and targets, and targets that the head cannot answer.

Only what is wrong for certain is refused: a loss that is not one of the usual ones is trusted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from trainwell.errors import InputError

_KINDS = {
    "sparse_categorical_crossentropy": "sparse",
    "SparseCategoricalCrossentropy": "sparse",
    "categorical_crossentropy": "one-hot",
    "CategoricalCrossentropy": "one-hot",
    "binary_crossentropy": "binary",
    "BinaryCrossentropy": "binary",
    "mean_squared_error": "number",
    "MeanSquaredError": "number",
    "mean_absolute_error": "number",
    "MeanAbsoluteError": "number",
    "huber": "number",
    "Huber": "number",
}
_DEFAULTS = {
    "sparse": "sparse_categorical_crossentropy",
    "one-hot": "categorical_crossentropy",
    "binary": "binary_crossentropy",
    "number": "mean_squared_error",
}


@dataclass(frozen=True)
class Aim:
    """What the whole network is trained to give.

    Args:
        output_shape: of the network, the rows first.
        activation: the name of its last one.
        features: shape of a row that the head is given.
        loss: as the caller passed it; `None` for the default.
    """

    output_shape: tuple[int | None, ...]
    activation: str
    features: tuple[int | None, ...]
    loss: Any = None

    @property
    def units(self) -> int:
        """Length of the output's last axis."""
        return int(self.output_shape[-1] or 0)

    def settled(self, y: Any) -> Aim:
        """The same with a loss, chosen from head and targets where none was passed.

        Raises:
            InputError: head and targets tell no loss.
        """
        if self.loss is not None:
            return self
        return Aim(self.output_shape, self.activation, self.features, _DEFAULTS[self._default_kind(_numbers(y, "y"))])

    @property
    def kind(self) -> str:
        """`"sparse"`, `"one-hot"`, `"binary"`, `"number"`, or `""` for a loss that is not known here."""
        loss = keras.losses.get(self.loss) if isinstance(self.loss, str) else self.loss
        return _KINDS.get(getattr(loss, "__name__", type(loss).__name__), "")

    def metrics(self) -> list[str]:
        """What to measure where the caller does not say."""
        return {"": [], "number": ["mae"]}.get(self.kind, ["accuracy"])

    def check(self, y: Any, name: str) -> None:
        """Whether the head can answer these targets.

        Args:
            y: targets.
            name: of the argument, for messages.

        Raises:
            InputError: it cannot.
        """
        kind = self.kind
        if not kind:
            return
        y = _numbers(y, name)
        if not y.size:
            raise InputError(f"{name} has no rows.", "Pass at least one.")
        self._check_shape(y, name, sparse=kind == "sparse")
        if kind == "sparse":
            self._check_labels(y, name)
        if kind == "binary" and not (y.min() >= 0 and y.max() <= 1):
            raise InputError(
                f"{name} must be from 0 to 1 for a sigmoid head with binary crossentropy, and has values from "
                f"{y.min():g} to {y.max():g}.",
                "Number the two classes 0 and 1: y == 9 is such a target for the classes 8 and 9.",
            )

    def _default_kind(self, y: np.ndarray) -> str:
        labels = y.ndim == len(self.output_shape) - 1 or (y.ndim == len(self.output_shape) and y.shape[-1] == 1)
        if self.activation == "softmax":
            if self.units == 1:
                raise InputError(
                    "head: a softmax over one unit always gives 1.", 'For two classes: Dense(1, "sigmoid").'
                )
            return "sparse" if labels else "one-hot"
        if self.activation == "sigmoid":
            if labels and self.units > 1:
                raise InputError(
                    f"head has {self.units} sigmoid units, and y has one number a row.",
                    "For one class of several take a softmax; for labels that may hold together, y of shape "
                    "(rows, units); else pass loss=.",
                )
            return "binary"
        if self.activation != "linear":
            raise InputError(
                f"head ends in the activation {self.activation!r}, which tells no loss.", "Pass loss= as well."
            )
        if labels and self.units > 1:
            raise InputError(
                f"head has {self.units} linear units, and y has one number a row: a mean squared error of the two says "
                "nothing.",
                "For classes end the head in a softmax, or pass "
                "loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True).",
            )
        return "number"

    def _check_shape(self, y: np.ndarray, name: str, *, sparse: bool) -> None:
        shape = self.output_shape
        wanted = len(shape) - 1 if sparse or self.units == 1 else len(shape)
        if y.ndim == len(shape) and not sparse and y.shape[-1] != self.units:
            raise InputError(
                f"{name} has {y.shape[-1]} numbers a row, and the head has {self.units} units.",
                f"End the head in {y.shape[-1]} units"
                + (", or pass loss='sparse_categorical_crossentropy'." if y.shape[-1] == 1 else "."),
            )
        if y.ndim == wanted or (y.ndim == len(shape) and y.shape[-1] in {1, self.units if not sparse else 1}):
            return
        at_places = len(self.features) > 1 and len(shape) > 2  # noqa: PLR2004 -- rows and units
        if at_places and len(shape) > y.ndim + (1 if sparse else 0):
            pooling = f"GlobalAveragePooling{len(self.features) - 1}D"
            raise InputError(
                f"The network's output has shape {shape[1:]} a row, since the reused layers give {self.features} and "
                f"the head works at each of these places; {name} has shape {y.shape[1:]} a row.",
                f"Begin the head with keras.layers.{pooling}() or keras.layers.Flatten(): "
                f"head=[keras.layers.{pooling}(), ...].",
            )
        hint = (
            "Pass class numbers, or end with loss='categorical_crossentropy' for one-hot rows."
            if sparse
            else "Pass targets of the output's shape, or another loss."
        )
        raise InputError(
            f"{name} has shape {y.shape[1:]} a row, which does not fit the output's {shape[1:]} under this loss.", hint
        )

    def _check_labels(self, y: np.ndarray, name: str) -> None:
        configuration = self.loss.get_config() if isinstance(self.loss, keras.losses.Loss) else {}
        ignored = configuration.get("ignore_class")
        labels = y if ignored is None else y[y != ignored]
        if not labels.size:
            return
        if not np.array_equal(labels, np.floor(labels)):
            raise InputError(
                f"{name} must be whole class numbers, and has {labels[labels != np.floor(labels)][0]:g}.",
                "For numbers rather than classes, end the head in linear units.",
            )
        low, high = labels.min(), labels.max()
        if low < 0 or high >= self.units:
            raise InputError(
                f"{name} has labels from {low:g} to {high:g}, and the head has {self.units} units, for the labels 0 to "
                f"{self.units - 1}.",
                "Give the head a unit for each class, and number the classes from 0.",
            )


def _numbers(y: Any, name: str) -> np.ndarray:
    if isinstance(y, dict) or y is None:
        raise InputError(
            f"{name} must be an array of targets, not {type(y).__name__}.",
            "A transferred network has one output; pass the targets as one array.",
        )
    array = np.asarray(y)
    if array.dtype.kind not in "biuf" or array.ndim == 0:
        raise InputError(
            f"{name} must be an array of numbers, not of {array.dtype}.", "Number the classes: 0, 1, 2, ..."
        )
    return array
