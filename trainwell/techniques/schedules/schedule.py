"""What trainwell's schedules share: looking at one without training, and refusing arguments out of range."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import keras
import numpy as np

from trainwell.errors import InputError
from trainwell.report.figures import draw_schedule
from trainwell.report.palette import LIGHT

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from trainwell.report.palette import Style


def simulate(schedule: keras.optimizers.schedules.LearningRateSchedule, steps: int) -> np.ndarray:
    """Values of any Keras schedule at the steps 0 to `steps - 1`.

    Args:
        schedule: one of trainwell's, one of Keras's, or one's own.
        steps: how many steps to look at, at least 0.

    Returns:
        `(steps,)` float32, per step.

    Raises:
        InputError: `steps` is below 0.

    Example:
    >>> import keras
    >>> halved = keras.optimizers.schedules.PiecewiseConstantDecay([2], [0.5, 0.25])
    >>> simulate(halved, 4).tolist()
    [0.5, 0.5, 0.5, 0.25]

    Source: the idea is skorch's, whose `LRScheduler.simulate` shows a schedule without training.
    """
    if steps < 0:
        raise InputError(f"There is nothing to simulate in steps={steps}.", "Give a number of steps, as 1000.")
    # One step at a time: a schedule of Keras's, or of somebody's own, need not take an array of steps.
    return np.asarray([keras.ops.convert_to_numpy(schedule(step)) for step in range(steps)], np.float32)


class Schedule(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule that can be looked at; its formula takes a step, or an array of steps."""

    quantity: ClassVar[str] = "learning rate"  # what its values are

    def simulate(self, steps: int) -> np.ndarray:
        """Values of the first `steps` steps, `(steps,)` float32, per step.

        Raises:
            InputError: `steps` is below 0.
        """
        if steps < 0:
            raise InputError(f"There is nothing to simulate in steps={steps}.", "Give a number of steps, as 1000.")
        return np.asarray(self(np.arange(steps)), np.float32)

    def figure(self, steps: int, style: Style = LIGHT) -> Figure:
        """The values of the first `steps` steps over the step; `trainwell.report.figures.save` writes it.

        For a schedule of Keras's: `trainwell.report.figures.draw_schedule(simulate(schedule, steps))`.

        Raises:
            InputError: `steps` is below 1.
        """
        return draw_schedule(self.simulate(steps), quantity=self.quantity, style=style)


def require(holds: bool, owner: str, argument: str, expected: str, received: Any) -> None:
    """Refuses an argument in Keras's words, as Keras does when it builds a schedule from its config.

    Raises:
        ValueError: `holds` is false.
    """
    if not holds:
        raise ValueError(f"{owner} expected {argument} to be {expected}. Received: {argument}={received!r}.")
