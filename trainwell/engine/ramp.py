"""Train a copy of a model under a learning rate that grows from step to step, and see each batch's loss.

The copy is functional: values in, values out. Afterwards the model is as it was; that its optimizer is built is the
only trace.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from trainwell.engine import state
from trainwell.engine.feeds import make_feed
from trainwell.engine.feeds.array_feed import ArrayFeed
from trainwell.engine.program import StepProgram
from trainwell.errors import InputError

if TYPE_CHECKING:
    import keras

CALL = 16  # steps between two looks at the losses
FIRST_STEPS = 10  # their mean loss is where the test begins


def losses_under_growing_rate(
    model: keras.Model,
    x: Any,
    y: Any,
    *,
    batch_size: int,
    lowest: float,
    highest: float,
    steps: int,
    seed: int,
    stop_at: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Learning rates and the loss of each batch, from `steps` steps whose rate grows by a constant factor.

    Args:
        model: a compiled model whose optimizer has a constant learning rate.
        x: inputs `(rows, ...)`.
        y: targets `(rows, ...)`.
        batch_size: rows per step, at most the number of rows.
        lowest: learning rate of the first step.
        highest: learning rate of the last step.
        steps: number of steps.
        seed: seed of the order of the rows.
        stop_at: ends early once a loss is this many times the mean of the first ten, or no finite number.

    Returns:
        Rates and losses, both `(n,)` float64 with `n <= steps`.
    """
    feed = make_feed(x, y, None, batch_size=batch_size, shuffle=False)
    if not isinstance(feed, ArrayFeed):
        raise InputError("A range test needs arrays of dense numbers.", "Pass NumPy arrays as x and y.")
    feed.build(model)
    rate_at = state.position_of_rate(model.optimizer)
    growth = (highest / lowest) ** (1 / max(steps - 1, 1))

    def step(values: Any, batch: Any) -> tuple[Any, Any]:
        (trainable, non_trainable, optimizer, metrics), rate = values
        optimizer = [*optimizer[:rate_at], rate, *optimizer[rate_at + 1 :]]
        # Metrics begin anew at each step, so that the loss is the batch's own and no running mean.
        logs, after = model.train_step(
            (trainable, non_trainable, optimizer, [jnp.zeros_like(m) for m in metrics]), batch
        )
        return {"loss": logs["loss"]}, (after, rate * jnp.asarray(growth, rate.dtype))

    generator = np.random.default_rng(seed)
    rows, size = feed.order.rows, min(batch_size, feed.order.rows)
    epochs = [generator.permutation(rows)[: rows - rows % size] for _ in range(-(-steps // (rows // size)))]
    order = np.concatenate(epochs)[: steps * size].astype(np.int32)
    program = StepProgram(step, exact=False)
    values = (state.copy(state.train_state(model)), jnp.asarray(lowest, jnp.float32))
    losses: list[float] = []
    for part in feed.parts(order):
        for start in range(0, part.steps, CALL):
            values, logs = program(values, part.cut(start, start + CALL))
            losses.extend(logs["loss"].tolist())
            if not all(map(math.isfinite, losses)) or losses[-1] > stop_at * np.mean(losses[:FIRST_STEPS]):
                return _with_rates(lowest, growth, losses)
    return _with_rates(lowest, growth, losses)


def _with_rates(lowest: float, growth: float, losses: list[float]) -> tuple[np.ndarray, np.ndarray]:
    return lowest * growth ** np.arange(len(losses)), np.asarray(losses)
