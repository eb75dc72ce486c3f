"""Performance scheduling: a lower learning rate once the validation stands still, whatever the rate follows.

Keras's `ReduceLROnPlateau` sets the optimizer's rate, and raises where that follows a schedule. Here the schedule goes
on, scaled. Where the rate is a plain number, it is Keras's callback and nothing else.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

import keras
import numpy as np

from trainwell.engine import schedule_values
from trainwell.errors import InputError
from trainwell.techniques.schedules.around import Inner, ScheduleAround
from trainwell.techniques.schedules.schedule import require


@keras.saving.register_keras_serializable(package="trainwell")
class Scaled(ScheduleAround):
    """Learning rate `factor · schedule(step)`; the factor may change between epochs.

    Args:
        schedule: any Keras schedule, or a number above 0.
        factor: what its rate is multiplied by, above 0.
        name: name of the operations.

    Raises:
        ValueError: an argument is out of its range.

    Example:
    >>> import keras
    >>> schedule = Scaled(keras.optimizers.schedules.ExponentialDecay(1.0, 1, 0.5), factor=0.1)
    >>> print([round(float(rate), 3) for rate in schedule.simulate(3)])
    [0.1, 0.05, 0.025]

    Source: Géron, "Hands-On Machine Learning", chapter 11: performance scheduling divides the rate by a factor.
    """

    own: ClassVar[tuple[str, ...]] = ("factor",)

    def __init__(self, schedule: Inner, factor: float = 1.0, name: str = "Scaled") -> None:
        super().__init__(schedule, name)
        require(math.isfinite(factor) and factor > 0, name, "factor", "a finite number above 0", factor)
        self.factor = float(factor)

    def __call__(self, step: Any) -> Any:
        """Learning rate at a step counted from 0; a scalar, or an array of the shape of `step`."""
        return schedule_values.numbers_of(self)[0] * self.inner_rate(step)


class PerformanceScheduling(keras.callbacks.ReduceLROnPlateau):
    """Multiplies the learning rate by `factor` when the monitored value has stood still for `patience` epochs.

    When the optimizer follows a schedule, that is wrapped in `Scaled` as the training begins and stays so: the model
    is saved with the factor that was reached. `tw.fit` compiles nothing when the factor changes; `keras.Model.fit`
    compiles its step anew each time.

    Args:
        monitor: name of a value in the epoch's logs.
        factor: what the rate is multiplied by, in (0, 1).
        patience: epochs without improvement before it is, at least 1.
        mode: `"min"`, `"max"` or `"auto"`.
        min_delta: least change that counts as an improvement.
        cooldown: epochs to wait after a reduction before counting again.
        min_learning_rate: the rate is not reduced below it; a schedule may go below on its own.
        verbose: 1 prints each reduction.

    Raises:
        InputError: an argument is out of its range.

    Example:
    >>> import keras, numpy as np, trainwell as tw
    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    >>> model.compile(keras.optimizers.SGD(tw.techniques.PowerDecay(0.1, 100)), "mse")
    >>> plateau = tw.techniques.PerformanceScheduling("loss", factor=0.5, patience=1, min_delta=1e9)
    >>> history = tw.fit(model, np.ones((32, 1)), np.ones((32, 1)), epochs=3, callbacks=[plateau], verbose=0)
    >>> plateau.reached
    0.25

    Source: Géron, "Hands-On Machine Learning", chapter 11; Keras, `ReduceLROnPlateau`, whose counting is used.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.5,
        patience: int = 5,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_learning_rate: float = 0.0,
        verbose: int = 0,
    ) -> None:
        if not 0 < factor < 1:
            raise InputError(f"factor={factor} does not lower a rate.", "Give a factor above 0 and below 1, as 0.5.")
        if patience < 1:
            raise InputError(f"patience={patience} leaves no epoch to wait.", "Give at least 1 epoch.")
        if mode not in {"auto", "min", "max"}:
            raise InputError(f"mode={mode!r} is not known.", "Give 'min', 'max' or 'auto'.")
        super().__init__(monitor, factor, patience, verbose, mode, min_delta, cooldown, min_learning_rate)
        self.reached = 1.0

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Wraps the optimizer's schedule, where it follows one, and counts anew."""
        model: Any = self.model
        optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
        schedule = schedule_values.learning_rate_schedule(optimizer)
        if schedule is not None:
            if not isinstance(schedule, Scaled):
                optimizer.learning_rate = schedule = Scaled(schedule)
                model.make_train_function(force=True)
            self.reached = schedule.factor
        super().on_train_begin(logs)

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Has the schedule at the factor that was reached, which a resumed training restores here alone."""
        del epoch, logs
        if (scaled := self._scaled()) is not None:
            scaled.factor = self.reached

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Counts, and reduces the rate where it is time; writes `learning_rate` into the logs, as Keras does."""
        model: Any = self.model
        scaled = self._scaled()
        if scaled is None:
            super().on_epoch_end(epoch, logs)
            return
        self.set_model(_ModelOfScaledRate(model, scaled))
        try:
            super().on_epoch_end(epoch, logs)
        finally:
            self.set_model(model)
        if scaled.factor != self.reached:
            self.reached = scaled.factor
            model.make_train_function(force=True)  # Keras's own step has the factor compiled in

    def _scaled(self) -> Scaled | None:
        model: Any = self.model
        schedule = schedule_values.learning_rate_schedule(getattr(model.optimizer, "inner_optimizer", model.optimizer))
        return schedule if isinstance(schedule, Scaled) else None


class _ModelOfScaledRate:
    """The model as Keras's callback sees it: with an optimizer whose rate can be set."""

    def __init__(self, model: Any, schedule: Scaled) -> None:
        self._model = model
        self.optimizer = _OptimizerOfScaledRate(model.optimizer, schedule)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)


class _OptimizerOfScaledRate:
    """An optimizer whose rate, when it is set, scales the schedule that it follows."""

    def __init__(self, optimizer: Any, schedule: Scaled) -> None:
        self._optimizer = optimizer
        self._schedule = schedule

    @property
    def learning_rate(self) -> float:
        return np.asarray(self._optimizer.learning_rate).item()

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        self._schedule.factor *= float(rate) / self.learning_rate
