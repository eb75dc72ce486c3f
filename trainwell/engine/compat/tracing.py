"""JAX's traces: their programs' variables, and whether a value belongs to the trace at hand."""

from __future__ import annotations

from typing import Any

from trainwell.engine.compat.private import imported


def trace_level() -> Any:
    """Return what identifies the trace at hand; equal values mean that values can be handed out of it."""
    return imported("jax.extend.core", "get_opaque_trace_state")()


def is_variable(atom: Any) -> bool:
    """Return True for a variable of a traced program, False for a literal."""
    return isinstance(atom, imported("jax.extend.core", "Var"))


def open_jaxpr(traced: Any) -> Any:
    """Return the program with `eqns` and `invars` of what JAX traced; before JAX 0.12 a closed one holds it."""
    return traced if hasattr(traced, "eqns") and hasattr(traced, "invars") else traced.jaxpr
