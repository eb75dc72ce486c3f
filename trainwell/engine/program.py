"""A model's step as one compiled program of many steps.

Keras calls its compiled step once a batch, and a small network then spends most of its time between the calls. Here the
same step runs inside a compiled loop over the batches of a chunk, up to `STEPS_PER_CALL`. Where the loop begins and
ends are arguments, so a shorter call compiles nothing, and the number of rows in the data is no part of the program.
Between two calls the host shows progress, stops or steps aside.

What is not optimal: XLA's convolutions and pooling gradients are slow on a CPU, and many times slower inside a loop.
`lowering` has faster forms of most; a step in which one remains, or must remain to be exact, is called batch by batch,
on batches that are on the device already.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from trainwell.engine import compat, compile_cache

if TYPE_CHECKING:
    from trainwell.engine.feeds.part import FeedPart

STEPS_PER_CALL = 64  # measured: as fast as a whole epoch in one call
SECONDS_PER_CALL = 0.25  # a call of slow steps is cut shorter, so that progress moves and Ctrl-C answers
_SLOW_IN_CPU_LOOPS = ("conv_general_dilated", "reduce_window", "select_and_scatter")

Step = Callable[[Any, Any], tuple[Any, Any]]


class StepProgram:
    """Many steps of a stateless `step(state, batch) -> (logs, state)` in one call.

    It compiles once for each batch size and shape of the data, and for any number of steps.

    Args:
        step: `model.train_step`, `model.test_step`, or another function of that form.
        exact: keep XLA's own convolutions and poolings, bit for bit Keras's; else those of `lowering`.
    """

    def __init__(self, step: Step, *, exact: bool) -> None:
        self._alone, self._within, self._loop = _compiled_functions(step if exact else _lowered(step))
        self._loops: dict[Any, bool] = {}

    def __call__(self, state: Any, part: FeedPart) -> tuple[Any, dict[str, np.ndarray]]:
        """Runs one step for each batch of `part`.

        The state handed in is consumed: its buffers are reused for the next one.

        Args:
            state: tree of arrays, as `step` takes it.
            part: the batches.

        Returns:
            The new state, and the logs by name with one entry a step, `(steps, ...)`.
        """
        state, logs = self.start(state, part)
        return state, {name: np.asarray(values) for name, values in logs.items()}

    @compile_cache.kept()
    def start(self, state: Any, part: FeedPart) -> tuple[Any, dict[str, Any]]:
        """As a call, without waiting for what runs in one piece: its logs become arrays when NumPy asks for them."""
        if part.alone:
            state, logs = self._alone(state, part.batches)
            return state, {name: Later(value[None], 0, 1) for name, value in logs.items()}
        if self._runs_in_loop(state, part.batches):
            state, logs = self._loop(state, part.batches, np.int32(part.start), np.int32(part.stop))
            return state, {name: Later(values, part.start, part.stop) for name, values in logs.items()}
        collected = []
        for index in range(part.start, part.stop):
            state, logs = self._within(state, part.batches, np.int32(index))
            collected.append(logs)
        fetched = jax.device_get(collected)
        return state, {name: np.stack([logs[name] for logs in fetched]) for name in fetched[0]}

    @compile_cache.kept()
    def one(self, state: Any, part: FeedPart) -> tuple[Any, dict[str, Any]]:
        """Runs the first step of `part` alone, and leaves its logs, trees of any form, on the device."""
        if part.alone:
            return self._alone(state, part.batches)
        return self._within(state, part.batches, np.int32(part.start))

    def _runs_in_loop(self, state: Any, batches: Any) -> bool:
        batch = jax.tree.map(_one_batch, batches)
        form = jax.tree.structure(batch), tuple((leaf.shape, leaf.dtype) for leaf in jax.tree.leaves(batch))
        if form not in self._loops:
            self._loops[form] = _is_loop_safe(self._alone, state, batch)
        return self._loops[form]


class Later:
    """Numbers that the device may still be at; NumPy waits for them.

    Args:
        values: `(capacity, ...)`.
        start, stop: which of them count.
    """

    def __init__(self, values: Any, start: int, stop: int) -> None:
        self._values, self._start, self._stop = values, start, stop

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(np.asarray(self._values)[self._start : self._stop], dtype=dtype, copy=copy)


class Pace:
    """How many steps the next call takes: few at first, then as many as fit into `SECONDS_PER_CALL`."""

    def __init__(self) -> None:
        self._next = 1.0
        self._calls = 0

    def steps(self) -> int:
        """Steps of the next call."""
        return int(self._next)

    @property
    def is_full(self) -> bool:
        """Whether calls take as many steps as they may."""
        return self._next >= STEPS_PER_CALL

    @contextmanager
    def of(self, count: int) -> Iterator[None]:
        """Around a call of `count` steps."""
        began = time.perf_counter()
        yield
        seconds = max(time.perf_counter() - began, 1e-6)
        self._calls += 1
        if self._calls == 1:  # it may have compiled
            self._next = 2.0
            return
        fitting = count * SECONDS_PER_CALL / seconds
        self._next = max(1.0, fitting if seconds > SECONDS_PER_CALL else max(2 * self._next, fitting))
        self._next = min(STEPS_PER_CALL, self._next)


def _compiled_functions(step: Step) -> tuple[Any, Any, Any]:
    """The step on a batch, on one of the batches of a chunk, and in a loop over some of them."""

    @jax.jit  # one trace serves all that follow
    def traced(state: Any, batch: Any) -> tuple[Any, dict[str, Any]]:
        logs, new_state = step(state, batch)
        # A loop carries exactly the types it began with; a step may return weakly typed scalars.
        new_state = jax.tree.map(lambda new, old: jnp.asarray(new, old.dtype), new_state, state)
        return new_state, jax.tree.map(jnp.asarray, flat_logs(logs))

    def alone(state: Any, batch: Any) -> tuple[Any, dict[str, Any]]:
        return traced(state, batch)

    def within(state: Any, batches: Any, index: jax.Array) -> tuple[Any, dict[str, Any]]:
        return traced(state, jax.tree.map(lambda array: array[index], batches))

    def loop(state: Any, batches: Any, start: jax.Array, stop: jax.Array) -> tuple[Any, dict[str, jax.Array]]:
        capacity = jax.tree.leaves(batches)[0].shape[0]
        shapes = jax.eval_shape(traced, state, jax.tree.map(lambda array: array[0], batches))[1]
        logs = jax.tree.map(lambda leaf: jnp.zeros((capacity, *leaf.shape), leaf.dtype), shapes)

        def body(index: jax.Array, carry: tuple[Any, Any]) -> tuple[Any, Any]:
            state, logs = carry
            state, step_logs = within(state, batches, index)
            return state, jax.tree.map(lambda all_, one: all_.at[index].set(one), logs, step_logs)

        return jax.lax.fori_loop(start, stop, body, (state, logs))

    alone_, within_, loop_ = (jax.jit(function, donate_argnums=0) for function in (alone, within, loop))
    return alone_, within_, loop_


def _one_batch(array: Any) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(array.shape[1:], jax.dtypes.canonicalize_dtype(array.dtype))


def _lowered(step: Step) -> Step:
    """Return the step with trainwell's convolutions and poolings; the step itself where JAX does not allow them."""
    return compat.attempt("the fast form of convolutions and poolings", lambda: _with_lowering(step), step)


def _with_lowering(step: Step) -> Step:
    from trainwell.engine.lowering import FAST, lowered  # noqa: PLC0415 -- optional: must not break the engine

    compat.require_lax(FAST)

    def traced(state: Any, batch: Any) -> tuple[Any, Any]:
        with lowered():
            return step(state, batch)

    return traced


def flat_logs(logs: dict[str, Any]) -> dict[str, Any]:
    """A metric may report a dictionary of values; Keras lifts those to the top level."""
    flat: dict[str, Any] = {}
    for name, value in logs.items():
        flat.update(flat_logs(value) if isinstance(value, dict) else {name: value})
    return flat


def _is_loop_safe(single: Any, *arguments: Any) -> bool:
    """Whether the traced step holds nothing that XLA runs much slower inside a loop on this device."""
    if jax.default_backend() != "cpu":
        return True
    traced = single.trace(*arguments).jaxpr
    names = compat.attempt("the loop over training steps", lambda: _primitives(compat.open_jaxpr(traced)), None)
    return names is not None and not any(name.startswith(_SLOW_IN_CPU_LOOPS) for name in names)


def _primitives(jaxpr: Any) -> set[str]:
    """The names of all operations in a traced program, nested programs included."""
    names: set[str] = set()
    for equation in jaxpr.eqns:
        names.add(equation.primitive.name)
        for value in jax.tree.leaves(
            equation.params, is_leaf=lambda leaf: hasattr(leaf, "eqns") or hasattr(leaf, "jaxpr")
        ):
            inner = getattr(value, "jaxpr", value)
            if hasattr(inner, "eqns"):
                names |= _primitives(inner)
    return names
