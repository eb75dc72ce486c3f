"""Puts the fast forms in the place of JAX's functions while a program is traced.

The functions in `jax.lax` are exchanged for the whole process, but take the fast form only in the thread that opened
`lowered`: any other one gets JAX's own. No lock is held while anything is traced, so that threads cannot block each
other. Not seen: code that calls JAX's private modules, such as `jax.lax.conv` and `jax.scipy.signal.convolve`.
"""

from __future__ import annotations

import functools
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import jax

from trainwell.engine.compat import attribute
from trainwell.engine.compat.patching import patched_lax
from trainwell.engine.lowering import budget
from trainwell.engine.lowering.convolution import convolution
from trainwell.engine.lowering.pooling import pooling
from trainwell.engine.lowering.transposed import transposed_convolution

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Of each thread, and part of the key of JAX's caches: a function that was jitted and traced in the one way is traced
# anew in the other.
_in_force = attribute(jax, "make_user_context")(default_value=False)
FAST = {
    "conv_general_dilated": convolution,
    "conv_transpose": transposed_convolution,
    "reduce_window": pooling,
}


def _either(fast: Callable[..., Any], own: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(own)
    def chosen(*arguments: Any, **named: Any) -> Any:
        return (fast if _in_force.value else own)(*arguments, **named)

    return chosen


@contextmanager
def lowered() -> Iterator[None]:
    """While it is open, what this thread traces takes the fast form of convolution and pooling, where that form wins.

    Only where JAX's device is a CPU; elsewhere nothing changes.
    """
    if jax.default_backend() != "cpu":
        yield
        return
    with ExitStack() as stack:
        for name, fast in FAST.items():
            stack.enter_context(patched_lax(name, functools.partial(_either, fast)))
        stack.enter_context(_in_force(True))
        stack.enter_context(budget.program())
        yield
