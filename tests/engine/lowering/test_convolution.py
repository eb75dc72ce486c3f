"""Convolutions of every kind against XLA's, and what is left to it."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trainwell.engine.lowering import budget, lowered

L = keras.layers
LAYOUTS = {  # channels last, channels first, and one with every axis elsewhere
    1: [("NHC", "HIO", "NHC"), ("NCH", "OIH", "NCH"), ("HNC", "IHO", "CNH")],
    2: [("NHWC", "HWIO", "NHWC"), ("NCHW", "OIHW", "NCHW"), ("HNWC", "IHOW", "WCHN")],
    3: [("NHWDC", "HWDIO", "NHWDC"), ("NCHWD", "OIHWD", "NCHWD"), ("HWNDC", "IHWDO", "CNHWD")],
}


@st.composite
def calls(draw):
    """A call of `conv_general_dilated` whose result is not empty, and the shapes of its arrays."""
    axes = draw(st.integers(1, 3))
    along = lambda low, high: draw(st.tuples(*[st.integers(low, high)] * axes))  # noqa: E731 -- drawn many times
    window, dilation = along(1, 3), along(1, 2)
    space = tuple((k - 1) * d + 1 + more for k, d, more in zip(window, dilation, along(0, 4), strict=True))
    kind = draw(st.sampled_from(["dense", "groups", "depthwise"]))
    groups, per_group = {"dense": (1, draw(st.integers(1, 3))), "groups": (2, 2), "depthwise": (3, 1)}[kind]
    filters = groups * draw(st.integers(1, 2))
    pairs = st.tuples(*[st.tuples(st.integers(0, 2), st.integers(0, 2))] * axes)
    spec = draw(st.sampled_from(LAYOUTS[axes]))
    call = partial(
        jax.lax.conv_general_dilated,
        window_strides=along(1, 3),
        padding=draw(st.one_of(st.sampled_from(["SAME", "VALID", "SAME_LOWER"]), pairs)),
        rhs_dilation=dilation,
        dimension_numbers=spec,
        feature_group_count=groups,
    )
    sizes = dict(zip("HWD", space, strict=False)) | {"N": 2, "C": groups * per_group}
    kernel = dict(zip("HWD", window, strict=False)) | {"I": per_group, "O": filters}
    return call, [sizes[name] for name in spec[0]], [kernel[name] for name in spec[1]]


@pytest.mark.heavy
@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=calls())
def test_values_and_gradients_are_those_of_xla(drawn, assert_as_xla, normal):
    call, image, kernel = drawn
    function = lambda x, w: jax.lax.conv_general_dilated(x, w, **call.keywords)  # noqa: E731 -- looked up when called
    assert_as_xla(function, normal(*image), normal(*kernel))


LAYERS = [
    (lambda: L.Conv1D(4, 3, padding="causal", dilation_rate=2), (9, 3)),
    (lambda: L.Conv1D(4, 2, strides=2), (9, 3)),
    (lambda: L.Conv2D(4, 3, padding="same"), (7, 6, 3)),
    (lambda: L.Conv2D(4, 3, strides=2, padding="same"), (7, 6, 3)),
    (lambda: L.Conv2D(4, 3, data_format="channels_first"), (3, 7, 6)),
    (lambda: L.Conv2D(8, 3, groups=4), (7, 6, 4)),
    (lambda: L.Conv2D(4, 7, strides=2, padding="same"), (12, 12, 3)),
    (lambda: L.Conv3D(3, 2, padding="same"), (4, 5, 4, 2)),
    (lambda: L.DepthwiseConv1D(3, depth_multiplier=2), (8, 3)),
    (lambda: L.DepthwiseConv2D(3, strides=2, padding="same"), (7, 6, 3)),
    (lambda: L.SeparableConv1D(4, 3), (8, 3)),
    (lambda: L.SeparableConv2D(4, 3, depth_multiplier=2), (7, 6, 3)),
    (lambda: L.Conv2DTranspose(3, 3, strides=2, padding="same"), (5, 4, 2)),
]


@pytest.mark.parametrize(
    ("layer", "shape"),
    [pytest.param(*each, marks=[] if at % 4 == 2 else pytest.mark.heavy) for at, each in enumerate(LAYERS)],
)
def test_layers_of_keras_leave_nothing_slow(layer, shape, assert_as_xla, layer_call, normal):
    layer = layer()
    call, weights = layer_call(layer, shape)
    assert_as_xla(call, normal(2, *shape), *weights)


@pytest.mark.parametrize("dtype", ["float16", pytest.param("bfloat16", marks=pytest.mark.heavy)])
@pytest.mark.parametrize("groups", [1, 2, pytest.param(4, marks=pytest.mark.heavy)])
def test_half_precision_is_rounded_once(dtype, groups, slow, normal):
    x, w = normal(2, 8, 8, 4, dtype=dtype), normal(3, 3, 4 // groups, 4, dtype=dtype)

    def function(x, w):
        numbers = ("NHWC", "HWIO", "NHWC")
        return jax.lax.conv_general_dilated(
            x, w, (1, 1), "SAME", dimension_numbers=numbers, feature_group_count=groups, preferred_element_type=x.dtype
        )

    exact = function(x.astype("float32"), w.astype("float32"))
    with lowered():
        value = function(x, w)
    assert value.dtype == dtype
    np.testing.assert_array_equal(value, exact.astype(dtype))
    assert not slow(function, x, w)


def test_mixed_precision_layers_train(layer_call, assert_as_xla, normal):
    call, weights = layer_call(L.Conv2D(4, 3, dtype="mixed_bfloat16"), (8, 8, 3))
    assert_as_xla(call, normal(2, 8, 8, 3), *weights, relative=2e-2)


@pytest.mark.parametrize(
    "change",
    [
        {"batch_group_count": 2},
        {"preferred_element_type": "float64"},
        {"dimension_numbers": ("NHWC", "HWIO", "NHWC"), "rhs": (5, 5, 16, 2), "lhs": (2, 6, 6, 16)},  # XLA's wins
        {"lhs_dilation": (2, 2), "window_strides": (2, 2)},
        {"lhs": (0, 4, 6, 6)},
        {"lhs": (1, 1, 80), "rhs": (1, 1, 65), "window_strides": (1,), "padding": "SAME"},  # too many to compile
        {"padding": "VALID", "lhs": (2, 4, 2, 2)},  # the kernel is larger than the image
    ],
    ids=", ".join,
)
def test_what_is_not_taken_stays_with_xla(change):
    given_ = {"lhs": (2, 4, 6, 6), "rhs": (2, 4, 3, 3), "window_strides": (1, 1), "padding": [(1, 1), (1, 1)], **change}
    x, w = jnp.ones(given_.pop("lhs")), jnp.ones(given_.pop("rhs"))
    with jax.enable_x64(True):  # for the wider preferred type
        expected = jax.lax.conv_general_dilated(x, w, **given_)
        with lowered():
            traced = jax.make_jaxpr(lambda x, w: jax.lax.conv_general_dilated(x, w, **given_))(x, w)
            got = jax.lax.conv_general_dilated(x, w, **given_)
    assert "conv_general_dilated" in str(traced)
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize(
    "change",
    [
        {"rhs": (2, 3, 3, 3)},
        {"window_strides": (1,)},
        {"padding": "sideways"},
        {"padding": [(0, 0)]},
        {"lhs": (2, 4, 6)},
        {"lhs_dilation": (2, 2), "padding": "SAME"},
        {"feature_group_count": 4, "rhs": (2, 1, 3, 3)},
    ],
    ids=", ".join,
)
def test_bad_calls_are_refused_in_jax_s_own_words(change):
    given_ = {"lhs": (2, 4, 6, 6), "rhs": (2, 4, 3, 3), "window_strides": (1, 1), "padding": "SAME", **change}
    x, w = jnp.ones(given_.pop("lhs")), jnp.ones(given_.pop("rhs"))
    with pytest.raises(Exception) as expected:  # noqa: PT011 -- whatever JAX raises
        jax.lax.conv_general_dilated(x, w, **given_)
    with lowered(), pytest.raises(type(expected.value)) as got:
        jax.lax.conv_general_dilated(x, w, **given_)
    assert str(got.value) == str(expected.value)


@pytest.mark.parametrize("layer", [lambda: L.Conv2D(4, 3), lambda: L.Conv2DTranspose(4, 3, strides=2)])
def test_a_convolution_too_large_for_its_patches_stays_with_xla(layer, monkeypatch, layer_call, slow, normal):
    layer = layer()
    call, weights = layer_call(layer, (6, 6, 2))
    x = normal(2, 6, 6, 2)
    assert not slow(call, x, *weights)
    monkeypatch.setattr(budget, "LARGEST_BYTES", 100)
    assert slow(call, x, *weights) == {"conv_general_dilated"}


def test_gradients_of_gradients_and_vmap(normal):
    x, w = normal(2, 5, 5, 2), normal(2, 3, 3, 2, 2)

    def energy(x, w):
        numbers = ("NHWC", "HWIO", "NHWC")
        return (jax.lax.conv_general_dilated(x, w, (1, 1), "SAME", dimension_numbers=numbers) ** 2).sum()

    def penalty(w):
        return (jax.grad(energy)(x, w) ** 2).sum()

    expected = jax.jit(jax.vmap(jax.grad(penalty)))(w)
    with lowered():
        got = jax.jit(jax.vmap(jax.grad(penalty)))(w)
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-4)
