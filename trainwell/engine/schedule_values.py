"""A learning rate schedule's numbers as arguments of the compiled step, so that new ones compile nothing.

Keras asks the schedule for the rate while the step is traced, so a schedule that answers with its own numbers has them
compiled in. One that reads them through `numbers_of` is handed traced values instead, and a program compiled for one
peak and length then serves every other, from the disk of an earlier process too. Keras's own schedules stay constants
of the program; under `keras.Model.fit`, so does every schedule.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, Protocol, runtime_checkable

import jax
import keras
import numpy as np

from trainwell.engine import compat

Step = Callable[[Any, Any], tuple[Any, Any]]
_lifted: ContextVar[Mapping[int, Any]] = ContextVar("lifted", default=MappingProxyType({}))  # by the schedule's id


@runtime_checkable
class ScheduleOfNumbers(Protocol):
    """A schedule whose rate is a fixed formula over a few numbers, which it reads through `numbers_of(self)`."""

    def numbers(self) -> np.ndarray:
        """The formula's numbers, `(n,)` float32; whatever the schedule computes from its arguments."""
        ...

    def form(self) -> Hashable:
        """What the formula itself depends on; schedules of one class and form share one program."""
        ...


def numbers_of(schedule: ScheduleOfNumbers) -> Any:
    """What `schedule` computes its rate from: traced values while the engine compiles its step, else its own numbers.

    Returns:
        `(n,)` float32, a NumPy array or a traced one.
    """
    values = _lifted.get().get(id(schedule))
    return schedule.numbers() if values is None else values


@jax.tree_util.register_pytree_node_class
class ScheduleValues:
    """The numbers of the schedules that an optimizer follows, as an argument of a compiled program.

    A program is compiled anew for another form of schedule, and serves all numbers of one form.

    Args:
        arrays: the numbers of each schedule; none where the optimizer follows no such schedule.
        form: class and form of each schedule; `None` without one.
    """

    def __init__(self, arrays: tuple[Any, ...] = (), form: Hashable = None) -> None:
        self.arrays = arrays
        self.form = form

    @classmethod
    def of(cls, optimizer: keras.optimizers.Optimizer) -> ScheduleValues:
        """The numbers as they are now; changing a schedule's arguments between two calls is seen by the second."""
        schedules = schedules_of(optimizer)
        if not schedules:
            return cls()
        return cls(
            tuple(np.asarray(schedule.numbers(), np.float32) for schedule in schedules),
            tuple((type(schedule), schedule.form()) for schedule in schedules),
        )

    def tree_flatten(self) -> tuple[tuple[Any, ...], Hashable]:
        """As JAX asks: the values, and what must be equal for two of these to be alike."""
        return self.arrays, self.form

    @classmethod
    def tree_unflatten(cls, form: Hashable, arrays: tuple[Any, ...]) -> ScheduleValues:
        """As JAX asks: the inverse of `tree_flatten`."""
        return cls(tuple(arrays), form)


def learning_rate_schedule(optimizer: keras.optimizers.Optimizer) -> Any:
    """The schedule that the optimizer's learning rate follows, Keras's own too; `None` where it is a number."""
    source = compat.learning_rate_source(optimizer)
    return source if isinstance(source, keras.optimizers.schedules.LearningRateSchedule) else None


def rates_of(schedule: Any, steps: np.ndarray) -> np.ndarray:
    """The schedule's rate at each of these steps, `(n,)`; one program, where a call for each is slow."""
    return np.asarray(jax.jit(jax.vmap(schedule))(np.asarray(steps, np.int32)), np.float64)


def schedules_of(optimizer: keras.optimizers.Optimizer) -> list[ScheduleOfNumbers]:
    """The schedules of numbers that the optimizer follows, each once: of its rate, of its momentum.

    Also behind loss scaling, and those of a `MultiOptimizer`'s optimizers.
    """
    inner: Any = getattr(optimizer, "inner_optimizer", optimizer)
    followed: dict[int, Any] = {}
    for each in getattr(inner, "optimizers", [inner]):
        for source in (compat.learning_rate_source(each), getattr(each, "momentum_schedule", None)):
            followed[id(source)] = source
    return [schedule for schedule in followed.values() if isinstance(schedule, ScheduleOfNumbers)]


@contextmanager
def lifted(optimizer: keras.optimizers.Optimizer, values: ScheduleValues) -> Iterator[None]:
    """While it is open, in this thread, the optimizer's schedules read `values` for their own numbers."""
    owners = schedules_of(optimizer) if values.arrays else []
    with _reading({id(owner): array for owner, array in zip(owners, values.arrays, strict=True)}):
        yield


@contextmanager
def lent(schedule: ScheduleOfNumbers, numbers: Any) -> Iterator[None]:
    """While it is open, in this thread, `schedule` reads `numbers`: for a schedule that stands around another one."""
    with _reading({**_lifted.get(), id(schedule): numbers}):
        yield


@contextmanager
def _reading(values: Mapping[int, Any]) -> Iterator[None]:
    token = _lifted.set(values)
    try:
        yield
    finally:
        _lifted.reset(token)


def with_schedule_values(model: keras.Model, step: Step) -> Step:
    """`step(state, batch)` as a step over `(state, ScheduleValues)`, which it hands on unchanged.

    Args:
        model: the compiled model whose step it is.
        step: `model.train_step`, or another function of that form that updates `model.optimizer`.
    """

    def lifted_step(state: tuple[Any, ScheduleValues], batch: Any) -> tuple[Any, tuple[Any, ScheduleValues]]:
        inner, values = state
        with lifted(model.optimizer, values):
            logs, inner = step(inner, batch)
        return logs, (inner, values)

    return lifted_step
