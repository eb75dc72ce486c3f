"""Warmup: a linear climb before any schedule, while the first gradients are wild.

The inner schedule begins where the climb ends, so the whole is longer by the steps of the climb.
"""

from __future__ import annotations

from typing import Any, ClassVar

import keras

from trainwell.engine import schedule_values
from trainwell.techniques.schedules.around import Inner, ScheduleAround
from trainwell.techniques.schedules.schedule import require


@keras.saving.register_keras_serializable(package="trainwell")
class Warmup(ScheduleAround):
    """Learning rate that climbs in a line to where another schedule begins, then follows that schedule.

    With η the inner schedule, w the steps of the climb and a its initial share:
    `η(0)·(a + (1 - a)·t/w)` for steps t < w, then `η(t - w)`.

    Args:
        schedule: any Keras schedule, or a number above 0 for a constant rate after the climb.
        steps: steps of the climb, at least 1.
        initial_share: rate at step 0 as a share of the inner schedule's first rate, in [0, 1].
        name: name of the operations.

    Raises:
        ValueError: an argument is out of its range.

    Example:
    >>> schedule = Warmup(0.5, steps=4, initial_share=0.2)
    >>> print([round(float(rate), 2) for rate in schedule.simulate(6)])
    [0.1, 0.2, 0.3, 0.4, 0.5, 0.5]

    Source: Goyal et al., "Accurate, large minibatch SGD", arXiv 1706.02677 (2017), section 2.2.
    """

    own: ClassVar[tuple[str, ...]] = ("steps", "initial_share")

    def __init__(self, schedule: Inner, steps: int, initial_share: float = 0.0, name: str = "Warmup") -> None:
        super().__init__(schedule, name)
        require(steps >= 1, name, "steps", "at least 1", steps)
        require(0 <= initial_share <= 1, name, "initial_share", "in [0, 1]", initial_share)
        self.steps = int(steps)
        self.initial_share = float(initial_share)

    def __call__(self, step: Any) -> Any:
        """Learning rate at a step counted from 0; a scalar, or an array of the shape of `step`."""
        ops = keras.ops
        at = ops.cast(step, "float32")
        numbers = schedule_values.numbers_of(self)
        steps, initial_share = numbers[0], numbers[1]
        share = initial_share + (1.0 - initial_share) * ops.clip(at / steps, 0.0, 1.0)
        return share * self.inner_rate(ops.maximum(at - steps, 0.0))
