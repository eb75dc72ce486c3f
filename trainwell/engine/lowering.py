"""Convolutions and poolings written so that XLA runs them fast on a CPU, also inside a loop.

XLA's own convolutions and pooling gradients are slow there, and many times slower still in a loop (jax issue 12868). A
convolution becomes shifted slices of its input, laid side by side, and one matrix product; a pooling becomes a running
maximum or sum over slices. Both stand in for JAX's functions only while a program is traced, and only on a CPU. Results
differ from XLA's in the order of summation: equal to float tolerance, not bit for bit.

Two-dimensional, channels-last convolutions without groups, and two-dimensional max and average poolings, are taken; the
rest stays with XLA, as does a convolution whose slices would need more than `LARGEST_BYTES`.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

LARGEST_BYTES = 512 * 2**20  # of one convolution's slices laid side by side
_IMAGE_RANK = 4
_tracing = threading.RLock()
_conv = jax.lax.conv_general_dilated
_reduce_window = jax.lax.reduce_window


@contextmanager
def lowered() -> Iterator[None]:
    """While it is open, traced convolutions and poolings take the fast form where it fits; only on a CPU."""
    if jax.default_backend() != "cpu":
        yield
        return
    with _tracing:
        before = jax.lax.conv_general_dilated, jax.lax.reduce_window
        jax.lax.conv_general_dilated, jax.lax.reduce_window = convolution, pooling
        try:
            yield
        finally:
            jax.lax.conv_general_dilated, jax.lax.reduce_window = before


def convolution(
    lhs: Any,
    rhs: Any,
    window_strides: Sequence[int],
    padding: Any,
    lhs_dilation: Any = None,
    rhs_dilation: Any = None,
    dimension_numbers: Any = None,
    feature_group_count: int = 1,
    batch_group_count: int = 1,
    **others: Any,
) -> Any:
    """`jax.lax.conv_general_dilated`, as one matrix product where that form is taken.

    Args:
        lhs: images `(batch, height, width, channels)`.
        rhs: kernel `(height, width, channels, filters)`.
        window_strides: as JAX takes it, like all that follow.
        padding: for each side, or `"SAME"` or `"VALID"`.
        lhs_dilation: none, or ones, in the form that is taken.
        rhs_dilation: steps between the kernel's entries.
        dimension_numbers: the order of the axes.
        feature_group_count: 1 in the form that is taken.
        batch_group_count: 1 in the form that is taken.
        **others: all `None` in the form that is taken.
    """
    numbers = jax.lax.conv_dimension_numbers(lhs.shape, rhs.shape, dimension_numbers)
    channels_last = numbers.lhs_spec == (0, 3, 1, 2) and numbers.rhs_spec == (3, 2, 0, 1)
    dilation = tuple(rhs_dilation or (1, 1))
    plain = lhs_dilation is None or set(lhs_dilation) == {1}
    taken = (
        len(lhs.shape) == _IMAGE_RANK
        and channels_last
        and numbers.out_spec == numbers.lhs_spec
        and plain
        and feature_group_count == batch_group_count == 1
        and all(value is None for value in others.values())
        and lhs.dtype == rhs.dtype
    )
    if taken:
        height, width, channels, filters = rhs.shape
        spread = tuple((size - 1) * step + 1 for size, step in zip((height, width), dilation, strict=True))
        pads = _pads(padding, lhs.shape[1:3], spread, window_strides)
        starts = [(y * dilation[0], x * dilation[1]) for y in range(height) for x in range(width)]
        rows, columns = _sizes(lhs.shape[1:3], spread, window_strides, pads)
        needed = lhs.shape[0] * rows * columns * len(starts) * channels * lhs.dtype.itemsize
        if needed <= LARGEST_BYTES and min(rows, columns) > 0:
            padded = jnp.pad(lhs, ((0, 0), *pads, (0, 0)))
            slices = [_shifted(padded, start, (rows, columns), window_strides) for start in starts]
            side_by_side = slices[0] if len(slices) == 1 else jnp.concatenate(slices, axis=-1)
            product = side_by_side.reshape(-1, len(starts) * channels) @ rhs.reshape(-1, filters)
            return product.reshape(lhs.shape[0], rows, columns, filters)
    return _conv(
        lhs,
        rhs,
        window_strides,
        padding,
        lhs_dilation,
        rhs_dilation,
        dimension_numbers,
        feature_group_count,
        batch_group_count,
        **others,
    )


def pooling(
    operand: Any,
    init_value: Any,
    computation: Callable[..., Any],
    window_dimensions: Sequence[int],
    window_strides: Sequence[int],
    padding: Any,
    base_dilation: Any = None,
    window_dilation: Any = None,
) -> Any:
    """`jax.lax.reduce_window`, as a running maximum or sum over slices where that form is taken.

    Args:
        operand: images `(batch, height, width, channels)`, or channels first.
        init_value: as JAX takes it, like all that follow; what stands around the images.
        computation: `jax.lax.max` or `jax.lax.add` in the form that is taken.
        window_dimensions: for each axis.
        window_strides: for each axis.
        padding: for each axis, or `"SAME"` or `"VALID"`.
        base_dilation: none in the form that is taken.
        window_dilation: none in the form that is taken.
    """
    combine = {jax.lax.max: _maximum, jax.lax.add: jnp.add}.get(computation)
    pooled = [axis for axis, size in enumerate(window_dimensions) if size > 1]
    taken = (
        combine is not None
        and not isinstance(operand, (tuple, list))
        and len(operand.shape) == _IMAGE_RANK
        and base_dilation is None
        and window_dilation is None
        and pooled in ([1, 2], [2, 3])
        and all(stride == 1 for axis, stride in enumerate(window_strides) if axis not in pooled)
    )
    if not (taken and combine):
        return _reduce_window(
            operand, init_value, computation, window_dimensions, window_strides, padding, base_dilation, window_dilation
        )
    images: Any = operand
    first = pooled[0]
    sides = slice(first, first + 2)
    window, strides = tuple(window_dimensions[sides]), tuple(window_strides[sides])
    whole = padding if isinstance(padding, str) else tuple(padding)[sides]
    pads = _pads(whole, images.shape[sides], window, strides)
    around = [(0, 0)] * _IMAGE_RANK
    around[sides] = pads
    padded = jnp.pad(images, around, constant_values=init_value)
    sizes = _sizes(images.shape[sides], window, strides, pads)
    starts = [(y, x) for y in range(window[0]) for x in range(window[1])]
    slices = [_shifted(padded, start, sizes, strides, first) for start in starts]
    result = slices[0]
    for each in slices[1:]:
        result = combine(result, each)
    return result


def _maximum(one: Any, other: Any) -> Any:
    """The larger; of equals the first, which then gets the whole gradient, as in XLA. NaN stays NaN."""
    return jnp.where((other > one) | (other != other), other, one)  # noqa: PLR0124 -- NaN differs from itself


def _pads(padding: Any, sides: Sequence[int], window: Sequence[int], strides: Sequence[int]) -> list[tuple[int, int]]:
    if isinstance(padding, str):
        padding = jax.lax.padtype_to_pads(tuple(sides), tuple(window), tuple(strides), padding.upper())
    return [(int(before), int(after)) for before, after in padding]


def _sizes(
    sides: Sequence[int], window: Sequence[int], strides: Sequence[int], pads: Sequence[tuple[int, int]]
) -> tuple[int, ...]:
    """Height and width of the result."""
    return tuple(
        max(0, (side + sum(pad) - reach) // stride + 1)
        for side, reach, stride, pad in zip(sides, window, strides, pads, strict=True)
    )


def _shifted(padded: Any, start: tuple[int, int], sizes: Sequence[int], strides: Sequence[int], first: int = 1) -> Any:
    """The part of the images that one position of the window sees."""
    low, high, step = [0] * _IMAGE_RANK, list(padded.shape), [1] * _IMAGE_RANK
    for axis, (begin, size, stride) in enumerate(zip(start, sizes, strides, strict=True), start=first):
        low[axis], high[axis], step[axis] = begin, begin + (size - 1) * stride + 1, stride
    return jax.lax.slice(padded, low, high, step)
