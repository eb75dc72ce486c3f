"""Transposed convolutions against XLA's."""

from __future__ import annotations

import jax
import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trainwell.engine.lowering import lowered

L = keras.layers


@pytest.mark.heavy
@settings(deadline=None, max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    layer=st.sampled_from([(L.Conv1DTranspose, 1), (L.Conv2DTranspose, 2), (L.Conv3DTranspose, 3)]),
    size=st.integers(1, 4),
    strides=st.integers(2, 3),
    padding=st.sampled_from(["same", "valid"]),
    channels_first=st.booleans(),
)
def test_values_and_gradients_are_those_of_xla(
    layer, size, strides, padding, channels_first, assert_as_xla, layer_call, normal
):
    kind, axes = layer
    space = (5, 4, 3)[:axes]
    shape = (2, *space) if channels_first else (*space, 2)
    made = kind(3, size, strides, padding, data_format="channels_first" if channels_first else "channels_last")
    call, weights = layer_call(made, shape)
    assert_as_xla(call, normal(2, *shape), *weights)


@pytest.mark.parametrize(
    "arguments", [{"dilation_rate": 2}, {"strides": 2, "output_padding": 1}, {"strides": (2, 1)}], ids=str
)
def test_dilated_and_padded_layers(arguments, assert_as_xla, layer_call, normal):
    call, weights = layer_call(L.Conv2DTranspose(3, 3, **arguments), (5, 4, 2))
    assert_as_xla(call, normal(2, 5, 4, 2), *weights)


def test_a_cut_of_more_than_the_kernel(assert_as_xla, normal):
    def function(x, w):
        return jax.lax.conv_general_dilated(x, w, (1,), [(-1, -2)], (3,), (2,), ("NHC", "HIO", "NHC"))

    assert_as_xla(function, normal(2, 6, 3), normal(2, 3, 4))


@pytest.mark.parametrize("arguments", [{"padding": "SAME"}, {"padding": [(1, 1)], "use_consistent_padding": True}])
def test_other_calls_stay_with_jax(arguments, normal):
    x, w = normal(2, 6, 3), normal(3, 3, 4)
    expected = jax.lax.conv_transpose(x, w, (2,), **arguments)
    with lowered():
        np.testing.assert_array_equal(jax.lax.conv_transpose(x, w, (2,), **arguments), expected)
