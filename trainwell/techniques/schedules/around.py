"""A schedule around another one: what it needs to hand the inner one its numbers and to save it.

The inner schedule may be one of trainwell's, whose numbers then stay arguments of the compiled step, one of Keras's,
or a plain number.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, ClassVar

import keras
import numpy as np

from trainwell.engine import schedule_values
from trainwell.engine.schedule_values import ScheduleOfNumbers
from trainwell.techniques.schedules.schedule import Schedule, require

if TYPE_CHECKING:
    from collections.abc import Hashable

Inner = keras.optimizers.schedules.LearningRateSchedule | float


class ScheduleAround(Schedule):
    """A schedule whose value follows from another schedule's.

    Args:
        schedule: the inner schedule, or a number above 0 for a constant rate.
        name: name of the operations.
    """

    own: ClassVar[tuple[str, ...]]  # names of the outer formula's numbers

    def __init__(self, schedule: Inner, name: str) -> None:
        super().__init__()
        if not isinstance(schedule, keras.optimizers.schedules.LearningRateSchedule):
            number = isinstance(schedule, int | float) and not isinstance(schedule, bool)
            holds = number and math.isfinite(schedule) and schedule > 0
            require(holds, name, "schedule", "a LearningRateSchedule or a finite number above 0", schedule)
            schedule = float(schedule)
        self.schedule: Any = schedule
        self.name = name

    def inner_rate(self, step: Any) -> Any:
        """The inner schedule's rate at `step`, from the numbers that this schedule was handed."""
        numbers = schedule_values.numbers_of(self)[len(self.own) :]
        inner: Any = self.schedule
        if isinstance(inner, float):
            return numbers[0] * keras.ops.ones_like(step, "float32")
        if isinstance(self.schedule, ScheduleOfNumbers):
            with schedule_values.lent(self.schedule, numbers):
                return inner(step)
        return inner(step)

    def numbers(self) -> np.ndarray:
        """The outer formula's numbers, then those of the inner schedule where it has some, `(n,)` float32."""
        inner: Any = ()
        if isinstance(self.schedule, float):
            inner = (self.schedule,)
        elif isinstance(self.schedule, ScheduleOfNumbers):
            inner = self.schedule.numbers()
        return np.asarray([*(getattr(self, name) for name in self.own), *inner], np.float32)

    def form(self) -> Hashable:
        """The inner schedule's kind; all of it where its numbers are compiled in."""
        if isinstance(self.schedule, float):
            return "number"
        if isinstance(self.schedule, ScheduleOfNumbers):
            return type(self.schedule), self.schedule.form()
        return type(self.schedule), json.dumps(self.schedule.get_config(), sort_keys=True, default=repr)

    def get_config(self) -> dict[str, Any]:
        """The arguments, as Keras saves them."""
        inner = (
            self.schedule if isinstance(self.schedule, float) else keras.saving.serialize_keras_object(self.schedule)
        )
        return {"schedule": inner, **{name: getattr(self, name) for name in self.own}, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> ScheduleAround:
        """The schedule that `get_config` described."""
        inner = config["schedule"]
        if isinstance(inner, dict):
            inner = keras.saving.deserialize_keras_object(inner)
        return cls(**{**config, "schedule": inner})
