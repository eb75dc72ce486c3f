"""How a pretraining trains: its arguments, checked, and what each phase makes of them."""

from __future__ import annotations

import difflib
import math
import numbers
from dataclasses import dataclass
from typing import Any, Literal, get_args

import keras

from trainwell.errors import InputError

Method = Literal["autoencoder", "denoising", "greedy", "gan"]
METHODS: tuple[Method, ...] = get_args(Method)
_NOISE = 0.3
"""Share of the inputs that "denoising" drops where nobody says otherwise."""


@dataclass(frozen=True)
class Settings:
    """The arguments of `pretrain` that say how to train.

    Raises:
        InputError: an argument is out of its range.
    """

    method: Method
    epochs: int
    learning_rate: float | None
    optimizer: Any
    batch_size: int
    noise: Any
    seed: int
    validation_split: float

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            close = difflib.get_close_matches(str(self.method), METHODS, n=1, cutoff=0.4)
            hint = f"Did you mean {close[0]!r}? " if close else ""
            raise InputError(
                f"method={self.method!r} is not known.", f"{hint}There are {', '.join(map(repr, METHODS))}."
            )
        for name in ("epochs", "batch_size"):
            value = getattr(self, name)
            if not isinstance(value, numbers.Integral) or value < 1:
                raise InputError(f"{name}={value!r} is not a whole number from 1.", f"Give {name}=10 or so.")
        if not isinstance(self.seed, numbers.Integral) or not 0 <= self.seed < 2**32:
            raise InputError(f"seed={self.seed!r} is not a whole number from 0 to 4294967295.", "Give seed=0.")
        rate = self.learning_rate
        if rate is not None and not _lies_between(0, rate, math.inf):
            raise InputError(f"learning_rate={rate!r} is not a finite number above 0.", "Leave it out for the default.")
        if not isinstance(self.validation_split, numbers.Real) or not 0 <= self.validation_split < 1:
            raise InputError(
                f"validation_split={self.validation_split!r} is not a share in [0, 1).", "Give 0.1, or leave it out."
            )
        self._check_noise()
        self.new_optimizer()

    def _check_noise(self) -> None:
        noise = self.noise
        if noise is None:
            if self.method == "denoising":
                object.__setattr__(self, "noise", _NOISE)
            return
        if self.method not in {"denoising", "greedy"}:
            raise InputError(
                f"noise={noise!r} was given, and method={self.method!r} has none.",
                'Leave it out, or take method="denoising" (or "greedy", which takes noise too).',
            )
        if isinstance(noise, keras.layers.Layer):
            return
        if not _lies_between(0, noise, 1):
            raise InputError(
                f"noise={noise!r} is not a share above 0 and below 1, nor a Keras layer.",
                "Give noise=0.3 to drop that share of the inputs, or a layer such as keras.layers.GaussianNoise(0.3).",
            )

    def noise_layer(self) -> keras.layers.Layer:
        """A layer that disturbs the inputs while training."""
        if isinstance(self.noise, keras.layers.Layer):
            return type(self.noise).from_config(self.noise.get_config() | {"name": "noise"})
        return keras.layers.Dropout(float(self.noise), name="noise")

    def new_optimizer(self) -> keras.optimizers.Optimizer:
        """An optimizer for one phase, of the kind and rate that were asked for."""
        if self.optimizer is None:
            if self.method == "gan":
                return keras.optimizers.Adam(self.learning_rate or 2e-4, beta_1=0.5)
            return keras.optimizers.Nadam(self.learning_rate or 1e-3)
        try:
            optimizer: Any = keras.optimizers.get(self.optimizer)
        except (ValueError, TypeError) as error:
            raise InputError(
                f"optimizer={self.optimizer!r} is none that Keras knows.",
                'Give a name such as "nadam", or an optimizer.',
            ) from error
        config = optimizer.get_config()
        if self.learning_rate is not None:
            config["learning_rate"] = float(self.learning_rate)
        return type(optimizer).from_config(config)

    def fit_arguments(self) -> dict[str, Any]:
        """Arguments of `tw.fit` for one phase."""
        return {
            "batch_size": int(self.batch_size),
            "epochs": int(self.epochs),
            "verbose": 0,
            "validation_split": float(self.validation_split),
        }


def _lies_between(low: float, value: Any, high: float) -> bool:
    return isinstance(value, numbers.Real) and low < float(value) < high
