"""The fast forms of convolution and pooling against XLA's: values and gradients, and where they step aside."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trainwell as tw
from trainwell.engine import lowering, programs
from trainwell.engine.program import _primitives

L = keras.layers


def value_and_gradients(layer, x):
    weights = [variable.value for variable in layer.trainable_variables]

    def loss(x, weights):
        with keras.StatelessScope(list(zip(layer.trainable_variables, weights, strict=True))):
            return (layer(x) ** 2).sum()

    return jax.value_and_grad(loss, (0, 1))(x, weights)


def traced(layer, x):
    return _primitives(jax.make_jaxpr(layer)(x).jaxpr)


@settings(deadline=None, max_examples=25)
@given(
    make=st.one_of(
        st.builds(
            partial,
            st.just(L.Conv2D),
            st.integers(1, 4),
            st.tuples(st.integers(1, 3), st.integers(1, 3)),
            strides=st.integers(1, 2),
            padding=st.sampled_from(["same", "valid"]),
        ),
        st.builds(partial, st.just(L.Conv2D), st.just(3), st.just(2), dilation_rate=st.integers(1, 2)),
        st.builds(
            partial, st.just(L.MaxPooling2D), st.integers(2, 3), st.integers(1, 3), st.sampled_from(["same", "valid"])
        ),
        st.builds(
            partial,
            st.just(L.AveragePooling2D),
            st.integers(2, 3),
            st.integers(1, 3),
            st.sampled_from(["same", "valid"]),
        ),
    ),
    shape=st.tuples(st.integers(5, 9), st.integers(5, 9), st.integers(1, 3)),
)
def test_values_and_gradients_are_those_of_xla(make, shape):
    x = jnp.asarray(np.random.default_rng(0).normal(size=(3, *shape)).astype("float32"))
    layer = make()
    layer.build((None, *shape))
    expected = value_and_gradients(layer, x)
    with lowering.lowered():
        got = value_and_gradients(layer, x)
        assert not traced(layer, x) & {"conv_general_dilated", "reduce_window_max", "reduce_window_sum"}
    for one, other in zip(jax.tree.leaves(expected), jax.tree.leaves(got), strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-5, atol=1e-5 * max(1.0, float(jnp.abs(one).max())))


def test_of_equal_values_the_first_gets_the_gradient_as_in_xla():
    pool, x = L.MaxPooling2D(2), jnp.zeros((1, 4, 4, 1))
    expected = jax.grad(lambda x: pool(x).sum())(x)
    with lowering.lowered():
        np.testing.assert_array_equal(jax.grad(lambda x: pool(x).sum())(x), expected)


def test_nan_stays_nan_in_a_maximum():
    x = jnp.zeros((1, 2, 2, 1)).at[0, 1, 0, 0].set(jnp.nan)
    with lowering.lowered():
        assert np.isnan(L.MaxPooling2D(2)(x)).all()


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (L.Conv2D(4, 3, groups=2), (6, 6, 2)),
        (L.DepthwiseConv2D(3), (6, 6, 2)),
        (L.Conv1D(4, 3), (6, 2)),
        (L.Conv3D(2, 2), (4, 4, 4, 1)),
        (L.Conv2DTranspose(2, 3), (6, 6, 2)),
        (L.MaxPooling1D(2), (6, 2)),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_what_it_does_not_take_stays_with_xla(layer, shape):
    x = jnp.asarray(np.random.default_rng(0).normal(size=(2, *shape)).astype("float32"))
    expected = layer(x)
    with lowering.lowered():
        np.testing.assert_array_equal(layer(x), expected)


def test_a_convolution_too_large_for_its_slices_stays_with_xla(monkeypatch):
    monkeypatch.setattr(lowering, "LARGEST_BYTES", 100)
    layer, x = L.Conv2D(4, 3), jnp.ones((2, 6, 6, 2))
    layer.build(x.shape)
    with lowering.lowered():
        assert "conv_general_dilated" in traced(layer, x)


def test_jax_is_as_it_was_afterwards():
    before = jax.lax.conv_general_dilated, jax.lax.reduce_window
    with pytest.raises(RuntimeError, match="out"), lowering.lowered():
        raise RuntimeError("out")
    assert (jax.lax.conv_general_dilated, jax.lax.reduce_window) == before


def test_a_net_trains_in_the_loop_to_the_weights_of_keras():
    x = np.random.default_rng(0).normal(size=(70, 8, 8, 1)).astype("float32")
    y = np.arange(70) % 3

    def train(fit, **arguments):
        keras.utils.set_random_seed(0)
        model = keras.Sequential(
            [L.Conv2D(4, 3, activation="relu"), L.MaxPooling2D(), L.Flatten(), L.Dense(3, "softmax")]
        )
        model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
        fit(model, x, y, epochs=3, batch_size=16, verbose=0, **arguments)
        return model

    model, expected = train(tw.fit), train(keras.Model.fit)
    single, loop = programs.Programs.of(model, exact=False).train._compiled
    assert (single._cache_size(), loop._cache_size()) == (1, 1), "the loop, and the partial last batch"
    for one, other in zip(model.get_weights(), expected.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
