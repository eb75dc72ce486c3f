"""The convolution that stands in for `jax.lax.conv_general_dilated`: what is taken, and in which form.

Taken are one to three axes of space in any order of the axes, with strides, dilation, groups and half precision. Forms
are chosen by kind, as measured in `benchmarks/lowering.py`; whatever is not listed in `_form` stays with XLA. Half
precision is computed in single precision and rounded once.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from trainwell.engine.lowering import budget, forms, windows

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_GROUPS = 32  # each is a product of its own, to be compiled
MOST_ENTRIES = 64  # of a window, or where patches grow axis by axis of its sides together; each is to be compiled
IMAGE_ENTRIES = 9  # XLA's own wins for larger windows over images (5x5, 16 to 32: by 1.6 and more), ...
FEW_CHANNELS = 8  # ... except with few channels (5x5, 1 to 16: ours by 2), and not over one or three axes of space
_IMAGE_AXES = 2
_MOST_AXES = 3
_own = jax.lax.conv_general_dilated

Form = Callable[[Any, Any], Any]  # of channels-last images and kernel


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
    precision: Any = None,
    preferred_element_type: Any = None,
    out_sharding: Any = None,
) -> Any:
    """`jax.lax.conv_general_dilated` in the form that is fastest on a CPU.

    Args:
        lhs: images, with one batch, one channel and one to three spatial axes.
        rhs: kernel, with axes of channels per group, of filters, and of space.
        window_strides: as JAX takes it, like all that follow.
        padding: pairs, or `"SAME"`, `"SAME_LOWER"` or `"VALID"`.
        lhs_dilation: steps between the images' entries, for a transposed convolution.
        rhs_dilation: steps between the kernel's entries.
        dimension_numbers: the order of the axes.
        feature_group_count: groups of channels.
        batch_group_count: 1 in the forms that are taken.
        precision: of the matrix products.
        preferred_element_type: none, or the images' own, in the forms that are taken.
        out_sharding: none in the forms that are taken.
    """
    numbers = jax.lax.conv_dimension_numbers(lhs.shape, rhs.shape, dimension_numbers)
    axes = lhs.ndim - 2
    dilations = (tuple(lhs_dilation or (1,) * axes), tuple(rhs_dilation or (1,) * axes))
    form = None
    if (
        _is_plain(lhs, rhs, (batch_group_count, preferred_element_type, out_sharding))
        and {len(window_strides), *map(len, dilations)} == {axes}
        and (isinstance(padding, str) or len(padding) == axes)
    ):
        images = jax.lax.transpose(lhs, (numbers.lhs_spec[0], *numbers.lhs_spec[2:], numbers.lhs_spec[1]))
        kernel = jax.lax.transpose(rhs, (*numbers.rhs_spec[2:], numbers.rhs_spec[1], numbers.rhs_spec[0]))
        form = _form(images, kernel, window_strides, padding, dilations, feature_group_count, precision)
    if form is None:
        return _own(
            lhs,
            rhs,
            window_strides,
            padding,
            lhs_dilation,
            rhs_dilation,
            dimension_numbers,
            feature_group_count,
            batch_group_count,
            precision,
            preferred_element_type,
            out_sharding,
        )
    dtype = _computed_in(lhs.dtype)
    result = form(images.astype(dtype), kernel.astype(dtype)).astype(lhs.dtype)
    order = (numbers.out_spec[0], *numbers.out_spec[2:], numbers.out_spec[1])
    return jax.lax.transpose(result, tuple(int(axis) for axis in np.argsort(order)))


def _is_plain(lhs: Any, rhs: Any, others: tuple[int, Any, Any]) -> bool:
    batch_groups, preferred, sharding = others
    return (
        1 <= lhs.ndim - 2 <= _MOST_AXES
        and all(isinstance(length, int) and length > 0 for length in (*lhs.shape, *rhs.shape))
        and lhs.dtype == rhs.dtype
        and jnp.issubdtype(lhs.dtype, jnp.floating)
        and batch_groups == 1
        and (preferred is None or preferred == lhs.dtype)
        and sharding is None
    )


def _form(
    images: Any,
    kernel: Any,
    strides: Sequence[int],
    padding: Any,
    dilations: tuple[tuple[int, ...], tuple[int, ...]],
    groups: int,
    precision: Any,
) -> Form | None:
    """The fast form of a channels-last convolution, or `None` where XLA's own stays."""
    *window, per_group, filters = kernel.shape
    *space, channels = images.shape[1:]
    apart, spread = dilations
    if channels != per_group * groups or filters % groups:
        return None  # JAX's own function says what is wrong
    if set(apart) != {1}:
        return _transposed_form(images, kernel, strides, padding, dilations, groups, precision)
    around = windows.sides(range(1, len(space) + 1), space, window, strides, spread, padding)
    if min(side.places for side in around) < 1:
        return None
    entries = math.prod(window)
    if 1 < groups == channels:
        return partial(forms.as_shifted_sum, around=around) if entries <= MOST_ENTRIES else None
    if groups > 1:
        too_many = groups > MOST_GROUPS or entries > MOST_ENTRIES
    else:
        xla_wins = len(space) == _IMAGE_AXES and entries > IMAGE_ENTRIES and channels > FEW_CHANNELS
        too_many = sum(window) > MOST_ENTRIES or xla_wins
    places = images.shape[0] * math.prod(side.places for side in around)
    if too_many or not budget.take(places * entries * channels * _computed_in(images.dtype).itemsize):
        return None
    if groups > 1:
        return partial(forms.in_groups, around=around, precision=precision, groups=groups)
    return partial(forms.as_product, around=around, precision=precision)


def _transposed_form(
    images: Any,
    kernel: Any,
    strides: Sequence[int],
    padding: Any,
    dilations: tuple[tuple[int, ...], tuple[int, ...]],
    groups: int,
    precision: Any,
) -> Form | None:
    entries = math.prod(kernel.shape[:-2])
    pieces_bytes = math.prod(images.shape[:-1]) * entries * kernel.shape[-1] * _computed_in(images.dtype).itemsize
    if isinstance(padding, str) or set(strides) != {1} or groups > 1:
        return None
    if entries > MOST_ENTRIES or not budget.take(pieces_bytes):
        return None
    apart, spread = dilations
    return partial(forms.scattered, padding=padding, apart=apart, spread=spread, precision=precision)


def _computed_in(dtype: Any) -> np.dtype:
    """Single precision for half precision; else the type itself."""
    return np.dtype(jnp.promote_types(dtype, jnp.float32))
