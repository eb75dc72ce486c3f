"""The pooling that stands in for `jax.lax.reduce_window`: a running maximum or sum over slices, one axis at a time.

Values are XLA's, ties and NaN included: of equal values the first gets the gradient. Only in a window with a NaN, whose
maximum is NaN, the gradient may go to another entry than XLA's. Floating-point maxima and sums are taken; windows of
more than `LARGEST_WINDOW` entries along an axis, dilated images and other reductions stay with XLA.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp

from trainwell.engine.lowering import windows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LARGEST_WINDOW = 32  # along an axis; each entry is an operation to be compiled
_own = jax.lax.reduce_window


def pooling(
    operand: Any,
    init_value: Any,
    computation: Callable[..., Any],
    window_dimensions: Sequence[int],
    window_strides: Sequence[int] | None = None,
    padding: Any = "VALID",
    base_dilation: Sequence[int] | None = None,
    window_dilation: Sequence[int] | None = None,
) -> Any:
    """`jax.lax.reduce_window` in the form that is fastest on a CPU.

    Args:
        operand: one array of floating-point numbers in the form that is taken.
        init_value: minus infinity for a maximum, 0 for a sum.
        computation: `jax.lax.max` or `jax.lax.add`.
        window_dimensions: entries of the window along each axis.
        window_strides: for each axis; ones where not given.
        padding: for each axis, or `"SAME"`, `"SAME_LOWER"` or `"VALID"`.
        base_dilation: none, or ones, in the form that is taken.
        window_dilation: steps between the window's entries, for each axis.
    """
    ones = (1,) * len(window_dimensions)
    form = _FORMS.get(computation)
    around: list[windows.Side] = []
    if (
        form is not None
        and isinstance(operand, jax.Array)  # which a traced value is, too
        and jnp.issubdtype(operand.dtype, jnp.floating)
        and isinstance(init_value, int | float)
        and init_value == form[0]
        and operand.ndim == len(window_dimensions)
        and all(isinstance(length, int) for length in operand.shape)
        and set(base_dilation or ones) == {1}
        and max(window_dimensions) <= LARGEST_WINDOW
    ):
        strides, dilations = window_strides or ones, window_dilation or ones
        axes = range(operand.ndim)
        around = windows.sides(axes, operand.shape, window_dimensions, strides, dilations, padding)
    if form is None or not around or min(side.places for side in around) < 1:
        return _own(
            operand, init_value, computation, window_dimensions, window_strides, padding, base_dilation, window_dilation
        )
    fill, along = form
    pooled = windows.padded(operand, around, fill)
    # The last axis first: of equal values, the leftmost of the topmost row then is the first in the window's order.
    for side in reversed(around):
        if side.size > 1 or side.stride > 1:
            pooled = along(pooled, side)
    return pooled


def _maximum(array: Any, side: windows.Side) -> Any:
    return functools.reduce(_larger, side.seen(array))


def _larger(one: Any, other: Any) -> Any:
    """The larger; of equals the first, which then gets the whole gradient, as in XLA. NaN stays NaN."""
    return jnp.where((other > one) | (other != other), other, one)  # noqa: PLR0124 -- NaN differs from itself


def _sum(array: Any, side: windows.Side) -> Any:
    if side.size == array.shape[side.axis] and side.dilation == 1:
        return array.sum(side.axis, keepdims=True)
    return functools.reduce(jnp.add, side.seen(array))


_FORMS: dict[Any, tuple[float, Callable[..., Any]]] = {
    jax.lax.max: (float("-inf"), _maximum),
    jax.lax.add: (0.0, _sum),
}
