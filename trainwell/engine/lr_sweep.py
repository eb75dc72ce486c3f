"""Train copies of a model under a learning rate that grows from step to step, or stays, and see each batch's loss.

The copies are functional: values in, values out. Afterwards the model is as it was; that its optimizer is built is the
only trace. One program serves all rates and all rows. An optimizer that follows a schedule has its rate taken over.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from trainwell import progress
from trainwell.engine import compat, state
from trainwell.engine.feeds import make_feed
from trainwell.engine.feeds.array_feed import ArrayFeed
from trainwell.engine.program import StepProgram
from trainwell.engine.schedule_values import learning_rate_schedule
from trainwell.errors import InputError, OutOfTimeError

if TYPE_CHECKING:
    import keras

CALL = 16  # steps between two looks at the losses
SHORT_CALL = 0.5  # seconds: where a deadline is set, calls that take longer are cut shorter
FIRST_STEPS = 10  # their mean loss is where the test begins


class LearningRateSweep:
    """Short trainings of copies of one model on one set of rows, each from the model's own weights.

    Args:
        model: a compiled model whose optimizer has one learning rate.
        x: inputs `(rows, ...)`.
        y: targets `(rows, ...)`.
        batch_size: rows per step, at most the number of rows.
        sample_weight: weight of each row, `(rows,)`.
        class_weight: weight by class number.
        schedules: whether an optimizer that follows a schedule is taken, with the rate in the schedule's place.
        deadline: on `time.monotonic`, after which a training ends with its call.

    Raises:
        InputError: the data is no dense arrays, or the optimizer has no one rate to set.
    """

    def __init__(
        self,
        model: keras.Model,
        x: Any,
        y: Any,
        *,
        batch_size: int,
        sample_weight: Any = None,
        class_weight: dict[int, float] | None = None,
        schedules: bool = False,
        deadline: float = math.inf,
    ) -> None:
        feed = make_feed(x, y, sample_weight, batch_size=batch_size, shuffle=False, class_weight=class_weight)
        if not isinstance(feed, ArrayFeed):
            raise InputError("A range test needs arrays of dense numbers.", "Pass NumPy arrays as x and y.")
        feed.build(model)
        follows = schedules and learning_rate_schedule(model.optimizer) is not None
        rate_at = None if follows else state.position_of_rate(model.optimizer)

        def step(values: Any, batch: Any) -> tuple[Any, Any]:
            (trainable, non_trainable, optimizer, metrics), rate, growth = values
            if rate_at is not None:
                optimizer = [*optimizer[:rate_at], rate, *optimizer[rate_at + 1 :]]
            # Metrics begin anew at each step, so that the loss is the batch's own and no running mean.
            metrics = [jnp.zeros_like(each) for each in metrics]
            with compat.override_learning_rate(model.optimizer, rate if follows else None):
                logs, after = model.train_step((trainable, non_trainable, optimizer, metrics), batch)
            return {"loss": logs["loss"]}, (after, rate * growth, growth)

        self._model = model
        self._feed = feed
        self.batch_size = min(batch_size, feed.order.rows)
        self._program = StepProgram(step, exact=False)
        self._deadline = deadline
        self._call = 1  # steps of the next call: few until a call is known to be short

    def losses(
        self,
        *,
        lowest: float,
        highest: float,
        steps: int,
        seed: int,
        stop_at: float = math.inf,
        batch: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Learning rates and the loss of each batch, from `steps` steps whose rate grows by a constant factor.

        Args:
            lowest: learning rate of the first step.
            highest: learning rate of the last step; `lowest` for a rate that stays.
            steps: number of steps.
            seed: seed of the order of the rows.
            stop_at: ends early once a loss is this many times the mean of the first ten, or no finite number. A loss
                that may fall below 0, such as a log-likelihood, is compared with the largest of them, without its sign.
            batch: numbers of the rows that every step takes, `(batch_size,)`; all rows in their turn where not given.

        Returns:
            Rates and losses, both `(n,)` float64 with `n <= steps`.

        Raises:
            OutOfTimeError: the deadline has passed.
        """
        growth = (highest / lowest) ** (1 / max(steps - 1, 1))
        start = state.copy(state.train_state(self._model))
        values = (start, jnp.asarray(lowest, jnp.float32), jnp.asarray(growth, jnp.float32))
        losses: list[float] = []
        order = self._order(steps, seed) if batch is None else np.tile(batch, steps).astype(np.int32)
        with progress.stage("", steps) as stage:
            for part in self._feed.parts(order):
                first = 0
                while first < part.steps:
                    call = part.cut(first, first + self._steps_of_call())
                    began = time.monotonic()
                    values, logs = self._program(values, call)
                    self._call = CALL if time.monotonic() - began < SHORT_CALL else max(1, self._call // 2)
                    first += call.steps
                    losses.extend(logs["loss"].tolist())
                    stage.reach(len(losses))
                    if not all(map(math.isfinite, losses)) or losses[-1] > stop_at * _size(losses[:FIRST_STEPS]):
                        return _with_rates(lowest, growth, losses)
        return _with_rates(lowest, growth, losses)

    def _steps_of_call(self) -> int:
        if time.monotonic() > self._deadline:
            raise OutOfTimeError
        return CALL if math.isinf(self._deadline) else self._call

    def _order(self, steps: int, seed: int) -> np.ndarray:
        """As many whole batches as there are steps, in passes over the rows, `(steps * batch,)` int32."""
        generator = np.random.default_rng(seed)
        rows, size = self._feed.order.rows, self.batch_size
        epochs = [generator.permutation(rows)[: rows - rows % size] for _ in range(-(-steps // (rows // size)))]
        return np.concatenate(epochs)[: steps * size].astype(np.int32)


def _size(first: list[float]) -> float:
    mean = float(np.mean(first))
    return mean if mean > 0 and min(first) > 0 else max(map(abs, first))


def _with_rates(lowest: float, growth: float, losses: list[float]) -> tuple[np.ndarray, np.ndarray]:
    return lowest * growth ** np.arange(len(losses)), np.asarray(losses)
