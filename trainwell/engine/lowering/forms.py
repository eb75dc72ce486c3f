"""The forms that a channels-last convolution takes: one matrix product, one a group, or shifted images.

Measured in `benchmarks/lowering.py`. All take images `(batch, *space, channels)` and a kernel
`(*window, channels per group, filters)`, and give `(batch, *places, filters)`.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp

from trainwell.engine.lowering.windows import padded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainwell.engine.lowering.windows import Side

SEEN_AT_ONCE = 9  # window entries; for more, patches grow axis by axis: 14 slices of a 7x7 window in place of 49


def as_product(images: Any, kernel: Any, around: Sequence[Side], precision: Any) -> Any:
    """Patches laid side by side, and one matrix product."""
    columns = _patches(images, around)
    rows = columns.reshape(-1, columns.shape[-1])
    return multiplied(rows, kernel.reshape(-1, kernel.shape[-1]), precision).reshape(*columns.shape[:-1], -1)


def in_groups(images: Any, kernel: Any, around: Sequence[Side], precision: Any, groups: int) -> Any:
    """One matrix product a group; a batched one was measured 2.5 times slower."""
    pairs = zip(jnp.split(images, groups, axis=-1), jnp.split(kernel, groups, axis=-1), strict=True)
    return jnp.concatenate([as_product(*pair, around, precision) for pair in pairs], axis=-1)


def as_shifted_sum(images: Any, kernel: Any, around: Sequence[Side]) -> Any:
    """Each channel by itself: a sum over the window's entries of shifted images, scaled.

    Args:
        images: `(batch, *space, channels)`.
        kernel: `(*window, 1, channels * multiplier)`.
        around: the window along each axis of space.
    """
    multiplier = kernel.shape[-1] // images.shape[-1]
    total: Any = 0.0
    for entry, seen in _entries(padded(images, around), around):
        repeated = jnp.repeat(seen, multiplier, axis=-1) if multiplier > 1 else seen
        total = total + repeated * kernel[entry][0]
    return total


def scattered(
    images: Any,
    kernel: Any,
    padding: Sequence[tuple[int, int]],
    apart: Sequence[int],
    spread: Sequence[int],
    precision: Any,
) -> Any:
    """A transposed convolution: one matrix product, and its pieces added where they fall.

    XLA's own convolves images with zeros in between, at stride 2 three quarters of its work.

    Args:
        images: `(batch, *space, channels)`.
        kernel: `(*window, channels, filters)`.
        padding: before and after the images with zeros in between; negative where they are cut.
        apart: steps between the images' entries.
        spread: steps between the kernel's entries.
        precision: of the matrix product.

    Returns:
        `(batch, *places, filters)`.
    """
    *window, channels, filters = kernel.shape
    columns = jnp.moveaxis(kernel, -2, 0).reshape(channels, -1)
    pieces = multiplied(images.reshape(-1, channels), columns, precision)
    pieces = pieces.reshape(*images.shape[:-1], math.prod(window), filters)
    zero = jnp.zeros((), pieces.dtype)
    total: Any = zero
    for number, entry in enumerate(itertools.product(*map(range, window))):
        amounts = [(0, 0, 0)]
        for axis, (length, size) in enumerate(zip(images.shape[1:-1], window, strict=True)):
            (before, after), gap = padding[axis], apart[axis]
            reach = (length - 1) * gap + 1
            places = reach + before + after - (size - 1) * spread[axis]
            low = before - entry[axis] * spread[axis]  # negative where the result cuts the piece
            amounts.append((low, places - low - reach, gap - 1))
        total = total + jax.lax.pad(pieces[..., number, :], zero, [*amounts, (0, 0, 0)])
    return total


def multiplied(rows: Any, columns: Any, precision: Any) -> Any:
    """`rows @ columns`, written so that the gradient of `columns` is fast.

    The products of `rows` and its gradient sum over many rows: XLA takes them up to 1.6 times faster with the result
    the other way round, and the barrier keeps it from turning that back.
    """
    turned = jax.lax.optimization_barrier(columns.T)
    return jax.lax.dot_general(rows, turned, (((1,), (1,)), ((), ())), precision=precision)


def _patches(images: Any, around: Sequence[Side]) -> Any:
    """`(batch, *places, entries * channels)`: what the window sees at each place, in the order of the kernel."""
    patches = padded(images, around)
    if math.prod(side.size for side in around) > SEEN_AT_ONCE:
        for side in reversed(around):
            patches = jnp.concatenate(side.seen(patches), axis=-1)
        return patches
    seen = [part for _, part in _entries(patches, around)]
    return seen[0] if len(seen) == 1 else jnp.concatenate(seen, axis=-1)


def _entries(images: Any, around: Sequence[Side]) -> Any:
    """Each entry of the window, by its position in the kernel, and what it sees."""
    seen = [images]
    for side in around:
        seen = [part for whole in seen for part in side.seen(whole)]
    return zip(itertools.product(*(range(side.size) for side in around)), seen, strict=True)
