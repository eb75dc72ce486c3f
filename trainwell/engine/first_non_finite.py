"""Find the operation of a traced program that gives the first value which is not finite.

The program is run once more, each operation with a flag that says whether its output is finite. From an output that is
not finite, the flags are followed backwards, through inputs that are not finite either, to the operations where all
inputs still are. Calls of jitted functions, checkpoints and scans are opened.

Not good at: what happens within a `while` loop or a `cond`, which count as one operation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp

from trainwell.engine import compat

if TYPE_CHECKING:
    from collections.abc import Callable

_INNER = ("jaxpr", "call_jaxpr", "fun_jaxpr")  # parameters that hold the program of a call
_CALLS = ("jit", "pjit", "checkpoint", "remat", "closed_call", "core_call", "custom_jvp_call", "custom_vjp_call")
_HARMLESS = {"broadcast_in_dim", "select_n", "copy", "reshape", "concatenate", "pad", "iota", "squeeze", "transpose"}
"""They move values, and a constant of -inf comes through them: a mask, or the beginning of a maximum."""
Frame = tuple[str, int, str]


@dataclass
class Operation:
    """One operation of a traced program.

    Args:
        name: of the primitive, such as `"sqrt"`.
        dtype: of its first output.
        frames: file, line and function of the Python calls that led to it, the innermost first.
        scopes: names of the scopes that it stands in.
        parents: numbers of the operations that give its inputs.
    """

    name: str
    dtype: str
    frames: tuple[Frame, ...]
    scopes: str
    parents: tuple[int, ...]


@dataclass
class _Trace:
    operations: list[Operation] = field(default_factory=list)
    flags: dict[int, Any] = field(default_factory=dict)


def first_non_finite(function: Callable[..., Any], *arguments: Any) -> tuple[Operation, list[Operation]] | None:
    """Return the operation that gives the first value which is not finite, and those before it.

    Args:
        function: of trees of arrays; outputs that come first are followed first.
        *arguments: trees of arrays.

    Returns:
        The operation, and all operations of the program up to it. `None` if all outputs are finite, or if the inputs
        are not.
    """
    traced = jax.make_jaxpr(function)(*arguments)
    leaves = jax.tree.leaves(arguments)
    trace, ends = _Trace(), []

    def run(constants: list[Any], leaves: list[Any]) -> Any:
        trace.operations.clear()
        trace.flags.clear()
        program = compat.open_jaxpr(traced)
        outputs, producers = _run(trace, program, [*constants, *leaves], [None] * (len(constants) + len(leaves)), None)
        ends[:] = producers
        return [trace.flags[number] for number in range(len(trace.operations))], [_is_finite(each) for each in outputs]

    constants = _constants(traced)
    flags, finite = jax.device_get(jax.jit(run)(constants, leaves))
    bad = [not flag for flag in flags]
    end = next(
        (producer for producer, good in zip(ends, finite, strict=True) if not good and producer is not None), None
    )
    if end is None or not bad[end]:
        return None
    way = _bad_ancestors(trace.operations, bad, end)
    roots = [each for each in way if not any(bad[parent] for parent in trace.operations[each].parents)]
    chosen = [each for each in roots if trace.operations[each].name not in _HARMLESS] or [
        each for each in way if trace.operations[each].name not in _HARMLESS
    ]
    number = min(chosen or roots or [end])
    return trace.operations[number], trace.operations[:number]


def _bad_ancestors(operations: list[Operation], bad: list[bool], end: int) -> set[int]:
    found, waiting = set(), [end]
    while waiting:
        number = waiting.pop()
        if number not in found and bad[number]:
            found.add(number)
            waiting += operations[number].parents
    return found


def _run(
    trace: _Trace, program: Any, values: list[Any], producers: list[int | None], caller: Operation | None
) -> tuple[list[Any], list[int | None]]:
    """Run a program, and return its outputs and the numbers of the operations that gave them."""
    known: dict[Any, tuple[Any, int | None]] = dict(
        zip(_variables(program), zip(values, producers, strict=True), strict=True)
    )

    def read(atom: Any) -> tuple[Any, int | None]:
        return known[atom] if compat.is_variable(atom) else (atom.val, None)

    for equation in program.eqns:
        inputs = [read(atom) for atom in equation.invars]
        outputs = _step(trace, equation, [value for value, _ in inputs], [origin for _, origin in inputs], caller)
        known.update(zip(equation.outvars, outputs, strict=True))
    ends = [read(atom) for atom in program.outvars]
    return [value for value, _ in ends], [origin for _, origin in ends]


def _step(
    trace: _Trace, equation: Any, values: list[Any], producers: list[int | None], caller: Operation | None
) -> list[tuple[Any, int | None]]:
    """Run one operation, and return its outputs, each with the number of the operation that gave it."""
    here = _operation(equation, producers, caller)
    inner = next((equation.params[key] for key in _INNER if hasattr(equation.params.get(key), "eqns")), None)
    inner = inner or next((equation.params[key] for key in _INNER if hasattr(equation.params.get(key), "jaxpr")), None)
    name = equation.primitive.name
    if inner is not None and name.startswith(_CALLS):
        constants = _constants(inner)
        program = compat.open_jaxpr(inner)
        if len(_variables(program)) == len(constants) + len(values):
            origins = [*([None] * len(constants)), *producers]
            return _pairs(_run(trace, program, [*constants, *values], origins, here))
    if inner is not None and name == "scan" and not _constants(inner):
        return _scan(trace, equation.params, compat.open_jaxpr(inner), values, producers, here)
    outputs = compat.evaluate(equation, values)
    trace.operations.append(here)
    number = len(trace.operations) - 1
    trace.flags[number] = jnp.all(jnp.stack([_is_finite(each) for each in outputs])) if outputs else jnp.asarray(True)
    return [(each, number) for each in outputs]


def _scan(
    trace: _Trace,
    options: dict[str, Any],
    program: Any,
    values: list[Any],
    producers: list[int | None],
    here: Operation,
) -> list[tuple[Any, int | None]]:
    """Run a scan; the flags of its operations are those of the first pass in which one is not finite."""
    fixed, carried = options["num_consts"], options["num_carry"]
    constants, carry, xs = values[:fixed], values[fixed : fixed + carried], values[fixed + carried :]
    first = len(trace.operations)
    ends: list[int | None] = []

    def body(carry: list[Any], x: list[Any]) -> Any:
        del trace.operations[first:]
        outputs, origins = _run(trace, program, [*constants, *carry, *x], producers, here)
        ends[:] = origins
        flags = [trace.flags.pop(number) for number in range(first, len(trace.operations))]
        return outputs[:carried], (outputs[carried:], jnp.stack(flags) if flags else jnp.ones((0,), bool))

    carry, (ys, flags) = jax.lax.scan(body, carry, xs, length=options["length"], reverse=options["reverse"])
    flags = jnp.flip(flags, 0) if options["reverse"] else flags
    if flags.shape[1]:
        chosen = flags[jnp.argmax(~jnp.all(flags, axis=1))]
        trace.flags.update({first + number: chosen[number] for number in range(flags.shape[1])})
    return list(zip([*carry, *ys], ends, strict=True))


def _variables(program: Any) -> list[Any]:
    """Return the variables of a program that it is given: its constants and its arguments."""
    return [*getattr(program, "constvars", ()), *program.invars]


def _constants(traced: Any) -> list[Any]:
    return list(getattr(traced, "consts", ()))


def _pairs(found: tuple[list[Any], list[int | None]]) -> list[tuple[Any, int | None]]:
    return list(zip(*found, strict=True))


def _operation(equation: Any, producers: list[int | None], caller: Operation | None) -> Operation:
    scopes = compat.scope_names(equation)
    frames = tuple(compat.source_frames(equation))
    if caller is not None:
        scopes = f"{caller.scopes}/{scopes}"
        # The inside of a jitted function is traced once, and may tell of the place that called it first.
        frames = frames if caller.name == "scan" and frames else caller.frames or frames
    dtypes = [str(getattr(each.aval, "dtype", "")) for each in equation.outvars]
    parents = tuple(dict.fromkeys(each for each in producers if each is not None))
    return Operation(equation.primitive.name, dtypes[0] if dtypes else "", frames, scopes, parents)


def _is_finite(value: Any) -> Any:
    dtype = getattr(value, "dtype", None)
    if dtype is None:  # a number, or a token of an effect
        return jnp.asarray(not isinstance(value, float) or math.isfinite(value))
    if not jnp.issubdtype(dtype, jnp.inexact):
        return jnp.asarray(True)
    return jnp.all(jnp.isfinite(value))
