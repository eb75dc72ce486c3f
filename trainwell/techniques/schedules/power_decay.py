"""Power scheduling: the learning rate falls fast at first, then ever more slowly, and never ends.

For trainings of unknown length. Where the length is known, 1cycle usually gets further in it.
"""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np

from trainwell.engine import schedule_values
from trainwell.techniques.schedules.schedule import Schedule, require


@keras.saving.register_keras_serializable(package="trainwell")
class PowerDecay(Schedule):
    """Learning rate `initial_learning_rate / (1 + step / decay_steps) ** power`.

    With power 1 it is Keras's `InverseTimeDecay` of decay rate 1: halved after `decay_steps`, a third after twice as
    many. The decay is smooth; there is no staircase.

    Args:
        initial_learning_rate: learning rate at step 0, above 0.
        decay_steps: steps after which the rate is divided by `2 ** power`, above 0.
        power: exponent, at least 0; at 0 the rate is constant.
        name: name of the operations.

    Raises:
        ValueError: an argument is out of its range.

    Example:
    >>> schedule = PowerDecay(initial_learning_rate=1.0, decay_steps=2, power=2.0)
    >>> print([round(float(rate), 3) for rate in schedule.simulate(5)])
    [1.0, 0.444, 0.25, 0.16, 0.111]

    Source: Géron, "Hands-On Machine Learning", chapter 11; Robbins and Monro, "A stochastic approximation method",
    Annals of Mathematical Statistics 22 (1951), for the powers in (0.5, 1] under which the steps add up to convergence.
    """

    def __init__(
        self, initial_learning_rate: float, decay_steps: float, power: float = 1.0, name: str = "PowerDecay"
    ) -> None:
        super().__init__()
        rate = initial_learning_rate
        require(math.isfinite(rate) and rate > 0, name, "initial_learning_rate", "a finite number above 0", rate)
        require(math.isfinite(decay_steps) and decay_steps > 0, name, "decay_steps", "above 0", decay_steps)
        require(math.isfinite(power) and power >= 0, name, "power", "a finite number, at least 0", power)
        self.initial_learning_rate = float(rate)
        self.decay_steps = decay_steps
        self.power = float(power)
        self.name = name

    def __call__(self, step: Any) -> Any:
        """Learning rate at a step counted from 0; a scalar, or an array of the shape of `step`."""
        rate, decay_steps, power = (schedule_values.numbers_of(self)[index] for index in range(3))
        return rate * (1.0 + keras.ops.cast(step, "float32") / decay_steps) ** -power

    def numbers(self) -> np.ndarray:
        """What the formula is computed from, `(3,)` float32: rate, decay steps and power."""
        return np.asarray([self.initial_learning_rate, self.decay_steps, self.power], np.float32)

    def form(self) -> None:
        """Nothing beside its numbers."""
        return

    def get_config(self) -> dict[str, Any]:
        """The arguments, as Keras saves them."""
        return {name: getattr(self, name) for name in ("initial_learning_rate", "decay_steps", "power", "name")}
