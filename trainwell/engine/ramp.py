"""Train a copy of a model under a learning rate that grows from step to step, and see each batch's loss.

The copy is functional: values in, values out. Afterwards the model is as it was; that its optimizer is built is the
only trace.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from trainwell.engine import keras_internals, state
from trainwell.engine.arrays import DeviceArrays
from trainwell.engine.program import StepProgram
from trainwell.errors import InputError

if TYPE_CHECKING:
    import keras

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
    adapter = keras_internals.make_adapter(x, y, None, batch_size=batch_size, shuffle=False)
    data = DeviceArrays.from_adapter(adapter, shuffle=False)
    if data is None:
        raise InputError("A range test needs arrays of dense numbers.", "Pass NumPy arrays as x and y.")
    if keras_internals.is_unbuilt(model):
        keras_internals.build_from_batch(model, data.first_batch())
    elif not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    rate_at = _position_of_rate(model.optimizer)
    growth = (highest / lowest) ** (1 / max(steps - 1, 1))

    def step(values: Any, batch: Any) -> tuple[Any, Any]:
        (trainable, non_trainable, optimizer, metrics), rate = values
        optimizer = [*optimizer[:rate_at], rate, *optimizer[rate_at + 1 :]]
        # Metrics begin anew at each step, so that the loss is the batch's own and no running mean.
        logs, after = model.train_step(
            (trainable, non_trainable, optimizer, [jnp.zeros_like(m) for m in metrics]), batch
        )
        return {"loss": logs["loss"]}, (after, rate * jnp.asarray(growth, rate.dtype))

    rows = min(batch_size, data.rows)
    generator = np.random.default_rng(seed)
    epochs = [
        generator.permutation(data.rows)[: data.rows - data.rows % rows]
        for _ in range(-(-steps // (data.rows // rows)))
    ]
    order = np.concatenate(epochs)[: steps * rows].astype(np.int32)
    program = StepProgram(step, exact=False)
    values = (state.copy(state.train_state(model)), jnp.asarray(lowest, jnp.float32))
    losses: list[float] = []
    for _, logs in program.run(values, data.device, order, rows):
        losses.extend(logs["loss"].tolist())
        if not all(map(math.isfinite, losses)) or losses[-1] > stop_at * np.mean(losses[:FIRST_STEPS]):
            break
    return lowest * growth ** np.arange(len(losses)), np.asarray(losses)


def _position_of_rate(optimizer: keras.optimizers.Optimizer) -> int:
    """Where the learning rate stands among the optimizer's variables."""
    for position, variable in enumerate(optimizer.variables):
        if variable is optimizer.learning_rate:
            return position
    raise InputError(
        f"The optimizer {optimizer.name!r} follows a learning rate schedule, and a range test sets the rate itself.",
        "Compile the model with a number as learning_rate, find the rate, then compile it with the schedule.",
    )
