"""A model's state as values: taken from its variables, and given back.

Training from values never touches the model until they are given back; a copy trains without `clone_model`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import keras

from trainwell.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

TrainState = tuple[list[Any], list[Any], list[Any], list[Any]]
TestState = tuple[list[Any], list[Any], list[Any]]


def train_state(model: keras.Model) -> TrainState:
    """Trainable, non-trainable, optimizer and metric values, in the order of `model.train_step`."""
    return _values(_train_variables(model))  # type: ignore[return-value]


def test_state(model: keras.Model) -> TestState:
    """Trainable, non-trainable and metric values, in the order of `model.test_step`."""
    return _values(_test_variables(model))  # type: ignore[return-value]


def copy(state: Any) -> Any:
    """The same values in buffers of their own, which a program may consume."""
    return jax.device_put(state, may_alias=False)


def give_back_train(model: keras.Model, state: TrainState) -> None:
    """Assigns the values to the model's, optimizer's and metrics' variables."""
    _assign(_train_variables(model), state)


def give_back_test(model: keras.Model, state: TestState) -> None:
    """Assigns the values to the model's and metrics' variables."""
    _assign(_test_variables(model), state)


def position_of_rate(optimizer: keras.optimizers.Optimizer) -> int:
    """Where the learning rate stands among the optimizer's variables.

    Raises:
        InputError: it follows a schedule, and is no value, or there are several.
    """
    if isinstance(optimizer, keras.optimizers.MultiOptimizer):
        raise InputError(
            f"The optimizer {optimizer.name!r} has several learning rates, one for each of its optimizers.",
            "Compile the model with a single optimizer.",
        )
    for position, variable in enumerate(optimizer.variables):
        if variable is optimizer.learning_rate:
            return position
    raise InputError(
        f"The optimizer {optimizer.name!r} follows a learning rate schedule, so that its rate cannot be set.",
        "Compile the model with a number as learning_rate.",
    )


def with_learning_rate(optimizer: keras.optimizers.Optimizer, state: TrainState, rate: float) -> TrainState:
    """The same state with another learning rate.

    Raises:
        InputError: the optimizer follows a schedule.
    """
    trainable, other, values, metrics = state
    at = position_of_rate(optimizer)
    return trainable, other, [*values[:at], jnp.asarray(rate, values[at].dtype), *values[at + 1 :]], metrics


def epoch_from(
    state: TrainState,
    fresh_metrics: list[Any],
    train: Callable[[TrainState], tuple[TrainState, dict[str, Any]]],
    test: Callable[[TestState], tuple[TestState, dict[str, Any]]] | None,
) -> tuple[TrainState, dict[str, Any]]:
    """The state after one epoch and its validation, and the logs of both; metrics begin anew for each.

    Args:
        state: where the epoch begins; consumed.
        fresh_metrics: the metrics' values before any step, on the host.
        train: one pass over the training data.
        test: one over the validation data; `None` without.
    """

    def fresh() -> list[Any]:
        return jax.device_put(fresh_metrics, may_alias=False)

    trainable, other, optimizer, _ = state
    state, logs = train((trainable, other, optimizer, fresh()))
    if test is not None:
        trainable, other, optimizer, _ = state
        (trainable, other, metrics), held_out = test((trainable, other, fresh()))
        state = (trainable, other, optimizer, metrics)
        logs = {**logs, **{f"val_{name}": value for name, value in held_out.items()}}
    return state, logs


def _train_variables(model: keras.Model) -> tuple[list[Any], ...]:
    return model.trainable_variables, model.non_trainable_variables, model.optimizer.variables, model.metrics_variables


def _test_variables(model: keras.Model) -> tuple[list[Any], ...]:
    return model.trainable_variables, model.non_trainable_variables, model.metrics_variables


def _values(groups: tuple[list[Any], ...]) -> tuple[list[Any], ...]:
    """Each variable's value in a buffer that no other one has.

    After a training with EMA, Keras leaves weights and their averages on the same buffers, and a program that consumes
    its state cannot be given one buffer twice.
    """
    seen: set[int] = set()

    def own(value: Any) -> Any:
        if id(value) in seen:
            return jnp.copy(value)
        seen.add(id(value))
        return value

    return tuple([own(variable.value) for variable in variables] for variables in groups)


def _assign(groups: tuple[list[Any], ...], state: tuple[list[Any], ...]) -> None:
    for variables, values in zip(groups, state, strict=True):
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
