"""The convolution that stands in for `jax.lax.conv_transpose`, which Keras's transposed layers call.

JAX's own reaches its convolution past `jax.lax`, where a stand-in would not be seen. Only the call that Keras makes is
taken: padding as pairs, and the order of the axes given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp

from trainwell.engine.lowering.convolution import convolution

if TYPE_CHECKING:
    from collections.abc import Sequence

_own = jax.lax.conv_transpose


def transposed_convolution(
    lhs: Any,
    rhs: Any,
    strides: Sequence[int],
    padding: Any,
    rhs_dilation: Any = None,
    dimension_numbers: Any = None,
    transpose_kernel: bool = False,
    precision: Any = None,
    preferred_element_type: Any = None,
    use_consistent_padding: bool = False,
) -> Any:
    """`jax.lax.conv_transpose` as Keras calls it, through the fast convolution; any other call stays with JAX.

    Args:
        lhs: images.
        rhs: kernel.
        strides: steps between the images' entries in the result.
        padding: of the images with zeros in between, as pairs, where it is taken.
        rhs_dilation: steps between the kernel's entries.
        dimension_numbers: the order of the axes; given where it is taken.
        transpose_kernel: whether the kernel is that of the convolution of which this is the gradient.
        precision: of the matrix product.
        preferred_element_type: as in `convolution`.
        use_consistent_padding: `False` where it is taken.
    """
    if isinstance(padding, str) or use_consistent_padding or dimension_numbers is None:
        return _own(
            lhs,
            rhs,
            strides,
            padding,
            rhs_dilation,
            dimension_numbers,
            transpose_kernel,
            precision,
            preferred_element_type,
            use_consistent_padding,
        )
    numbers = jax.lax.conv_dimension_numbers(lhs.shape, rhs.shape, dimension_numbers)
    kernel = rhs
    if transpose_kernel:
        kernel = jnp.swapaxes(jnp.flip(rhs, numbers.rhs_spec[2:]), *numbers.rhs_spec[:2])
    return convolution(
        lhs,
        kernel,
        (1,) * len(strides),
        padding,
        strides,
        rhs_dilation,
        numbers,
        precision=precision,
        preferred_element_type=preferred_element_type,
    )
