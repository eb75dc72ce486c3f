"""JAX's traces: variables and sources of their programs, and whether a value belongs to the trace at hand."""

from __future__ import annotations

from typing import Any

from trainwell.engine.compat.private import attribute, imported


def trace_level() -> Any:
    """Return what identifies the trace at hand; equal values mean that values can be handed out of it."""
    return imported("jax.extend.core", "get_opaque_trace_state")()


def is_variable(atom: Any) -> bool:
    """Return True for a variable of a traced program, False for a literal."""
    return isinstance(atom, imported("jax.extend.core", "Var"))


def open_jaxpr(traced: Any) -> Any:
    """Return the program with `eqns` and `invars` of what JAX traced; before JAX 0.12 a closed one holds it."""
    return traced if hasattr(traced, "eqns") and hasattr(traced, "invars") else traced.jaxpr


def scope_names(equation: Any) -> str:
    """Return the names of the `jax.named_scope` contexts that an operation of a traced program stood in."""
    return str(attribute(attribute(equation, "source_info"), "name_stack"))


def source_frames(equation: Any) -> list[tuple[str, int, str]]:
    """Return file, line and function of the calls that led to an operation, the innermost first; without JAX's own."""
    traceback = attribute(attribute(equation, "source_info"), "traceback")
    frames = imported("jax._src.source_info_util", "user_frames")
    if traceback is None:
        return []
    return [(frame.file_name, frame.start_line, frame.function_name) for frame in frames(traceback)]


def evaluate(equation: Any, values: list[Any]) -> list[Any]:
    """Return the outputs of one operation of a traced program."""
    options = attribute(equation.primitive, "get_bind_params")(equation.params)
    functions, options = options if isinstance(options, tuple) else ((), options)  # a pair before JAX 0.10.2
    outputs = attribute(equation.primitive, "bind")(*functions, *values, **options)
    return list(outputs) if equation.primitive.multiple_results else [outputs]
