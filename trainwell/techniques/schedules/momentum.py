"""A momentum that follows a schedule: read from the optimizer's step count inside each update.

Keras compiles an optimizer's momentum into the training step, so changing the attribute later does nothing. These
optimizers read it anew at each step. Their bias correction takes the step's own β1 for all earlier steps, as PyTorch's
1cycle does; the difference is gone after some dozens of steps.
"""

from __future__ import annotations

from typing import Any

import keras

from trainwell.engine import compat
from trainwell.errors import InputError

LearningRateSchedule = keras.optimizers.schedules.LearningRateSchedule


class _OfMomentumSchedule:
    """What the optimizers below share: the schedule, kept and saved.

    Args:
        momentum_schedule: momentum, or β1, by step.
        **settings: the optimizer's own arguments.
    """

    iterations: Any

    def __init__(self, *, momentum_schedule: LearningRateSchedule, **settings: Any) -> None:
        super().__init__(**settings)
        self.momentum_schedule = momentum_schedule

    def get_config(self) -> dict[str, Any]:
        """The optimizer's own arguments, and the schedule."""
        config = super().get_config()  # type: ignore[misc] -- the optimizer's
        return {**config, "momentum_schedule": keras.saving.serialize_keras_object(self.momentum_schedule)}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
        """The optimizer that `get_config` described."""
        schedule = config["momentum_schedule"]
        if isinstance(schedule, dict):
            schedule = keras.saving.deserialize_keras_object(schedule, custom_objects=custom_objects)
        rest = {name: value for name, value in config.items() if name != "momentum_schedule"}
        if isinstance(rate := rest.get("learning_rate"), dict):
            rest["learning_rate"] = keras.saving.deserialize_keras_object(rate, custom_objects=custom_objects)
        return cls(momentum_schedule=schedule, **rest)


@keras.saving.register_keras_serializable(package="trainwell")
class ScheduledSGD(_OfMomentumSchedule, keras.optimizers.SGD):
    """SGD with μ(t) from a schedule: `m ← μ(t)·m - η·g`, then `w ← w + m`, or with Nesterov `w ← w + μ(t)·m - η·g`.

    Args:
        momentum_schedule: μ by step, in [0, 1).
        **settings: the arguments of `keras.optimizers.SGD`.

    Example:
    >>> ScheduledSGD(momentum_schedule=keras.optimizers.schedules.PolynomialDecay(0.9, 10, 0.5)).nesterov
    False
    """

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """As Keras's, with the momentum of this step."""
        ops: Any = keras.ops
        rate, gradient = ops.cast(learning_rate, variable.dtype), ops.cast(gradient, variable.dtype)
        momentum = ops.cast(self.momentum_schedule(self.iterations), variable.dtype)
        velocity = self.momentums[compat.variable_index(self, variable)]
        self.assign(velocity, velocity * momentum - gradient * rate)
        self.assign_add(variable, velocity * momentum - gradient * rate if self.nesterov else velocity)


class _OfBeta1Schedule(_OfMomentumSchedule):
    """β1 of the step, in place of the constant, for as long as an update runs."""

    beta_1: Any

    def apply(self, grads: Any, trainable_variables: Any = None) -> None:
        """As Keras's, with β1 of this step."""
        constant = self.beta_1
        self.beta_1 = self.momentum_schedule(self.iterations)
        try:
            super().apply(grads, trainable_variables)  # type: ignore[misc] -- the optimizer's
        finally:
            self.beta_1 = constant


def _of_beta_1(base: type[keras.optimizers.Optimizer]) -> type[keras.optimizers.Optimizer]:
    text = f"`keras.optimizers.{base.__name__}` whose β1 follows `momentum_schedule`, step by step."
    made = type(f"Scheduled{base.__name__}", (_OfBeta1Schedule, base), {"__doc__": text, "__module__": __name__})
    return keras.saving.register_keras_serializable(package="trainwell")(made)


ScheduledAdam = _of_beta_1(keras.optimizers.Adam)
ScheduledAdamW = _of_beta_1(keras.optimizers.AdamW)
ScheduledAdamax = _of_beta_1(keras.optimizers.Adamax)
ScheduledNadam = _of_beta_1(keras.optimizers.Nadam)
ScheduledLamb = _of_beta_1(keras.optimizers.Lamb)
_SCHEDULED: dict[type, Any] = {
    keras.optimizers.SGD: ScheduledSGD,
    keras.optimizers.Adam: ScheduledAdam,
    keras.optimizers.AdamW: ScheduledAdamW,
    keras.optimizers.Adamax: ScheduledAdamax,
    keras.optimizers.Nadam: ScheduledNadam,
    keras.optimizers.Lamb: ScheduledLamb,
}


def with_momentum_schedule(
    optimizer: keras.optimizers.Optimizer, schedule: LearningRateSchedule, *, learning_rate: Any = None
) -> keras.optimizers.Optimizer:
    """A new optimizer like `optimizer` whose momentum (SGD) or β1 (Adam family) follows `schedule`.

    Args:
        optimizer: an SGD, Adam, AdamW, Adamax, Nadam or Lamb; it stays as it is, and its state is not taken over.
        schedule: a Keras schedule whose values are momenta, in [0, 1).
        learning_rate: number or schedule; the optimizer's own where not given.

    Returns:
        An optimizer of a class below the given one's.

    Raises:
        InputError: the optimizer is of another class, or `schedule` is no schedule.

    Example:
    >>> falling = keras.optimizers.schedules.PolynomialDecay(0.95, 100, 0.85)
    >>> type(with_momentum_schedule(keras.optimizers.Nadam(), falling)).__name__
    'ScheduledNadam'

    Source: Smith, "A disciplined approach to neural network hyper-parameters", arXiv 1803.09820 (2018), section 4.3.
    """
    if not isinstance(schedule, LearningRateSchedule):
        raise InputError(
            f"The momentum's schedule must be a Keras LearningRateSchedule, not {schedule!r}.",
            "Pass OneCycleMomentum(steps), or one of keras.optimizers.schedules.",
        )
    made = next((ours for base, ours in _SCHEDULED.items() if type(optimizer) in {base, ours}), None)
    if made is None:
        names = ", ".join(base.__name__ for base in _SCHEDULED)
        raise InputError(
            f"The momentum of {type(optimizer).__name__} cannot follow a schedule.", f"Use one of {names}."
        )
    config = optimizer.get_config()
    if made is ScheduledSGD:
        config["momentum"] = config["momentum"] or 0.9  # the velocities exist only where it is not 0
    if learning_rate is not None:
        config["learning_rate"] = learning_rate
    return made.from_config({**config, "momentum_schedule": schedule})
