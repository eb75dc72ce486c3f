"""One comparison for all forms: value and gradients against XLA's own, and nothing slow left in the traced program."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from trainwell.engine.lowering import lowered

SLOW = ("conv_general_dilated", "reduce_window", "select_and")
QUICK = {"xla_backend_optimization_level": 0}  # compiles in a third of the time


def value_and_gradients(function, arrays):
    value, pull = jax.vjp(function, *arrays)
    weights = jnp.cos(jnp.arange(value.size, dtype=value.dtype)).reshape(value.shape)
    return value, pull(weights)


@pytest.fixture
def slow():
    """The names of slow operations in the lowered value and gradients of a function."""

    def slow(function, *arrays):
        with lowered():
            traced = str(jax.make_jaxpr(lambda *arrays: value_and_gradients(function, arrays))(*arrays))
        return {name for name in SLOW if name in traced}

    return slow


@pytest.fixture
def assert_as_xla(slow):
    def assert_as_xla(function, *arrays, relative=1e-5):
        assert not slow(function, *arrays)
        both = [
            jax.jit(lambda *arrays: value_and_gradients(function, arrays), compiler_options=QUICK) for _ in range(2)
        ]
        expected = both[0](*arrays)
        with lowered():
            got = both[1](*arrays)
        for one, other in zip(jax.tree.leaves(expected), jax.tree.leaves(got), strict=True):
            assert (one.shape, one.dtype) == (other.shape, other.dtype)
            one, other = np.asarray(one, np.float64), np.asarray(other, np.float64)  # noqa: PLW2901 -- the same values
            np.testing.assert_allclose(other, one, rtol=relative, atol=relative * max(np.abs(one).max(), 1e-3))

    return assert_as_xla


@pytest.fixture
def layer_call():
    """A Keras layer as a function of its inputs and weights."""
    import keras  # noqa: PLC0415 -- after trainwell, which chooses the backend

    def layer_call(layer, shape):
        layer.build((None, *shape))

        def call(x, *weights):
            with keras.StatelessScope(list(zip(layer.trainable_variables, weights, strict=True))):
                return layer(x)

        return call, [variable.value for variable in layer.trainable_variables]

    return layer_call


@pytest.fixture
def normal():
    """Arrays of standard normal numbers, the same for the same shape."""

    def normal(*shape, dtype="float32"):
        return jnp.asarray(np.random.default_rng(0).normal(size=shape), dtype)

    return normal
