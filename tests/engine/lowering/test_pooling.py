"""Poolings against XLA's: values, ties, NaN, gradients, and what is left to it."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trainwell.engine.lowering import lowered

L = keras.layers
LAYERS = [L.MaxPooling1D, L.MaxPooling2D, L.MaxPooling3D, L.AveragePooling1D, L.AveragePooling2D, L.AveragePooling3D]


@pytest.mark.heavy
@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(LAYERS),
    window=st.integers(1, 4),
    strides=st.one_of(st.none(), st.integers(1, 3)),
    padding=st.sampled_from(["same", "valid"]),
    channels_first=st.booleans(),
    ties=st.booleans(),
)
def test_values_and_gradients_are_those_of_xla(
    kind, window, strides, padding, channels_first, ties, assert_as_xla, normal
):
    space = (7, 6, 5)[: int(kind.__name__[-2])]
    layer = kind(window, strides, padding, data_format="channels_first" if channels_first else "channels_last")
    x = normal(2, *((3, *space) if channels_first else (*space, 3)))
    assert_as_xla(layer, jnp.round(x) if ties else x)


def test_of_equal_values_the_first_gets_the_gradient_as_in_xla():
    pool = L.MaxPooling2D(3, 2)
    x = jnp.asarray(np.random.default_rng(0).integers(0, 2, (4, 9, 9, 2)), "float32")
    gradients = [jax.jit(jax.grad(lambda x: pool(x).sum())) for _ in range(2)]
    expected = gradients[0](x)
    with lowered():
        np.testing.assert_array_equal(gradients[1](x), expected)


def test_nan_stays_nan_in_a_maximum_and_minus_infinity_is_a_value():
    pool = L.MaxPooling2D(3, 1, "same")
    x = jnp.full((1, 7, 7, 1), -jnp.inf).at[0, 1, 5, 0].set(jnp.nan).at[0, 5, 1, 0].set(jnp.inf)
    expected = pool(x)
    assert np.isnan(expected).sum() == 9
    with lowered():
        np.testing.assert_array_equal(pool(x), expected)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("kind", [L.MaxPooling2D, L.AveragePooling2D])
def test_half_precision(kind, dtype, assert_as_xla, normal):
    assert_as_xla(kind(3, 2, dtype=dtype), normal(2, 8, 8, 3, dtype=dtype), relative=2e-2)


def test_dilated_windows_and_cut_images(assert_as_xla, normal):
    def function(x):
        return jax.lax.reduce_window(x, 0.0, jax.lax.add, (1, 3), (1, 2), [(0, 0), (2, -1)], window_dilation=(1, 2))

    assert_as_xla(function, normal(3, 12))


@pytest.mark.parametrize(
    "arguments",
    [
        (jnp.arange(6.0), 0.0, jax.lax.max, (2,)),  # no identity: takes part in each maximum
        (jnp.arange(6.0), 1.0, jax.lax.add, (2,)),
        (jnp.arange(6.0), jnp.inf, jax.lax.min, (2,)),
        (jnp.arange(6), 0, jax.lax.add, (2,)),
        (jnp.arange(40.0), -jnp.inf, jax.lax.max, (33,)),
        (jnp.arange(6.0), 0.0, jax.lax.add, (2,), (1,), "SAME", (2,)),
        (jnp.arange(3.0), 0.0, jax.lax.add, (4,)),  # larger than the array
    ],
)
def test_what_is_not_taken_stays_with_xla(arguments):
    expected = jax.lax.reduce_window(*arguments)
    with lowered():
        assert "reduce_window" in str(jax.make_jaxpr(lambda: jax.lax.reduce_window(*arguments))())
        np.testing.assert_array_equal(jax.lax.reduce_window(*arguments), expected)


def test_strides_and_padding_may_be_left_out(slow):
    function = lambda x: jax.lax.reduce_window(x, 0.0, jax.lax.add, (2,))  # noqa: E731 -- called twice
    assert not slow(function, jnp.arange(4.0))
    with lowered():
        np.testing.assert_array_equal(function(jnp.arange(4.0)), [1.0, 3.0, 5.0])
