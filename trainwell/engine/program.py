"""A model's step as one compiled program of many steps.

Keras calls its compiled step once a batch, and a small network then spends most of its time between the calls. Here the
same step runs inside a compiled loop over up to `STEPS_PER_CALL` batches that are gathered on the device. The number of
steps is an argument of the loop, so a shorter call compiles nothing. Between two calls the host shows progress, stops
or steps aside.

What is not optimal: XLA's convolutions and pooling gradients are slow on a CPU, and many times slower inside a loop.
`lowering` has faster forms of most; a step in which one remains, or must remain to be exact, is called batch by batch,
on data that stays on the device.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from trainwell.engine import lowering

STEPS_PER_CALL = 64  # measured: as fast as a whole epoch in one call
SECONDS_PER_CALL = 0.25  # a call of slow steps is cut shorter, so that progress moves and Ctrl-C answers
_SLOW_IN_CPU_LOOPS = ("conv_general_dilated", "reduce_window", "select_and_scatter")

Step = Callable[[Any, Any], tuple[Any, Any]]


class StepProgram:
    """Many steps of a stateless `step(state, batch) -> (logs, state)` in few calls.

    It compiles once for each batch size and shape of the data, and for all lengths of the order.

    Args:
        step: `model.train_step`, `model.test_step`, or another function of that form.
        exact: keep XLA's own convolutions and poolings, bit for bit Keras's; else those of `lowering`.
    """

    def __init__(self, step: Step, *, exact: bool) -> None:
        self._compiled = _compiled_functions(step if exact else _lowered(step))

    def run(
        self, state: Any, inputs: Any, order: np.ndarray, batch_size: int
    ) -> Iterator[tuple[Any, dict[str, np.ndarray]]]:
        """Runs one step for each batch of `order` and gives, after each call, the state and the logs of its steps.

        The state handed in is consumed: its buffers are reused for the next one.

        Args:
            state: tree of arrays, as `step` takes it.
            inputs: the tree of device arrays `(rows, ...)` that batches are gathered from.
            order: `(n,)` int32, row numbers; the last batch may be partial.
            batch_size: rows per full step.

        Yields:
            The new state, and the logs by name with one entry a step.
        """
        single, loop = self._compiled
        full = len(order) // batch_size
        batches = order[: full * batch_size].reshape(full, batch_size)
        looped = full > 0 and _is_loop_safe(single, state, inputs, jnp.asarray(batches[0]))
        pace = _Pace()
        done = 0
        while done < full:
            count = min(pace.steps(), full - done)
            chunk = batches[done : done + count]
            if looped:
                padded = np.zeros((STEPS_PER_CALL, batch_size), np.int32)
                padded[:count] = chunk
                state, logs = loop(state, inputs, padded, np.int32(count))
            else:
                collected = []
                for rows in chunk:
                    state, step_logs = single(state, inputs, rows)
                    collected.append(step_logs)
                logs = jax.tree.map(lambda *values: jnp.stack(values), *collected)
            fetched = {name: np.asarray(values)[:count] for name, values in logs.items()}
            pace.took(count)
            done += count
            yield state, fetched
        if len(order) % batch_size:
            state, logs = single(state, inputs, order[full * batch_size :])
            yield state, {name: np.asarray(value)[None] for name, value in logs.items()}


class _Pace:
    """How many steps the next call takes: few at first, then as many as fit into `SECONDS_PER_CALL`."""

    def __init__(self) -> None:
        self._next = 1.0
        self._since = time.perf_counter()
        self._calls = 0

    def steps(self) -> int:
        return int(self._next)

    def took(self, count: int) -> None:
        now = time.perf_counter()
        seconds, self._since = now - self._since, now
        self._calls += 1
        if self._calls == 1:  # the first call may have compiled
            self._next = 2.0
            return
        self._next = min(STEPS_PER_CALL, max(1.0, 2 * self._next, count * SECONDS_PER_CALL / max(seconds, 1e-6)))
        if seconds > SECONDS_PER_CALL:
            self._next = max(1.0, count * SECONDS_PER_CALL / seconds)


def _compiled_functions(step: Step) -> tuple[Any, Any]:
    """The step on gathered rows, compiled alone and in a loop."""

    def step_on_rows(state: Any, inputs: Any, rows: jax.Array) -> tuple[Any, dict[str, Any]]:
        batch = jax.tree.map(lambda array: array.at[rows].get(mode="promise_in_bounds"), inputs)
        logs, new_state = step(state, batch)
        # A loop carries exactly the types it began with; a step may return weakly typed scalars.
        new_state = jax.tree.map(lambda new, old: jnp.asarray(new, old.dtype), new_state, state)
        return new_state, jax.tree.map(jnp.asarray, _flatten_logs(logs))

    single = jax.jit(step_on_rows, donate_argnums=0)
    inlined = jax.jit(step_on_rows)

    def loop(state: Any, inputs: Any, batches: jax.Array, count: jax.Array) -> tuple[Any, dict[str, jax.Array]]:
        shapes = jax.eval_shape(inlined, state, inputs, batches[0])[1]
        logs = jax.tree.map(lambda leaf: jnp.zeros((STEPS_PER_CALL, *leaf.shape), leaf.dtype), shapes)

        def body(index: jax.Array, carry: tuple[Any, Any]) -> tuple[Any, Any]:
            state, logs = carry
            state, step_logs = inlined(state, inputs, batches[index])
            return state, jax.tree.map(lambda all_, one: all_.at[index].set(one), logs, step_logs)

        return jax.lax.fori_loop(0, count, body, (state, logs))

    return single, jax.jit(loop, donate_argnums=0)


def _lowered(step: Step) -> Step:
    def traced(state: Any, batch: Any) -> tuple[Any, Any]:
        with lowering.lowered():
            return step(state, batch)

    return traced


def _flatten_logs(logs: dict[str, Any]) -> dict[str, Any]:
    """A metric may report a dictionary of values; Keras lifts those to the top level."""
    flat: dict[str, Any] = {}
    for name, value in logs.items():
        flat.update(_flatten_logs(value) if isinstance(value, dict) else {name: value})
    return flat


def _is_loop_safe(single: Any, *arguments: Any) -> bool:
    """Whether the traced step holds nothing that XLA runs much slower inside a loop on this device."""
    if jax.default_backend() != "cpu":
        return True
    names = _primitives(single.trace(*arguments).jaxpr.jaxpr)
    return not any(name.startswith(_SLOW_IN_CPU_LOOPS) for name in names)


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
