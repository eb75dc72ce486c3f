"""One linear layer beside batch normalisation, of every kind: the same outputs, and nothing left of it."""

from __future__ import annotations

import itertools

import keras
import numpy as np
import pytest

import trainwell as tw
from trainwell.techniques.batchnorm_folding.affine import Affine
from trainwell.techniques.batchnorm_folding.weights import KINDS

L = keras.layers
LAYERS = {
    "dense": (lambda **o: L.Dense(6, **o), (4,)),
    "dense on a sequence": (lambda **o: L.Dense(6, **o), (5, 4)),
    "conv1d": (lambda **o: L.Conv1D(6, 3, dilation_rate=2, **o), (7, 4)),
    "conv2d": (lambda **o: L.Conv2D(6, 3, strides=2, **o), (5, 6, 4)),
    "conv2d in groups": (lambda **o: L.Conv2D(6, (2, 3), groups=2, **o), (5, 6, 4)),
    "conv3d": (lambda **o: L.Conv3D(6, 2, **o), (4, 3, 3, 4)),
    "depthwise1d": (lambda **o: L.DepthwiseConv1D(3, depth_multiplier=2, **o), (6, 4)),
    "depthwise2d": (lambda **o: L.DepthwiseConv2D(3, depth_multiplier=2, **o), (5, 6, 4)),
    "separable1d": (lambda **o: L.SeparableConv1D(6, 3, depth_multiplier=2, **o), (6, 4)),
    "separable2d": (lambda **o: L.SeparableConv2D(6, 3, depth_multiplier=2, **o), (5, 6, 4)),
}
TRANSPOSED = {
    "conv1d transposed": (lambda **o: L.Conv1DTranspose(6, 3, strides=2, **o), (5, 4)),
    "conv2d transposed": (lambda **o: L.Conv2DTranspose(6, 3, strides=2, **o), (3, 4, 4)),
    "conv3d transposed": (lambda **o: L.Conv3DTranspose(6, 2, **o), (2, 3, 2, 4)),
}
ALL = {**LAYERS, **TRANSPOSED}
OPTIONS = list(itertools.product((True, False), repeat=3))
PAIRS = [options for options in OPTIONS if sum(options) % 2]  # four, in which each two options meet in every way
KINDS_AND_OPTIONS = [(name, *options) for name in ALL for options in (OPTIONS if name == "dense" else PAIRS)]


def rows(shape):
    return np.random.default_rng(1).normal(size=(8, *shape)).astype("float32")


def folded_away(model, left, off, shape):
    folded = tw.fold_batchnorm(model)
    assert left(folded) == []
    assert off(model, folded, rows(shape)) <= 1e-5
    return folded


@pytest.mark.parametrize(("name", "use_bias", "scale", "center"), KINDS_AND_OPTIONS)
def test_after_a_linear_layer(name, use_bias, scale, center, trained, off, left):
    make, shape = ALL[name]
    layers = [make(use_bias=use_bias), L.BatchNormalization(scale=scale, center=center), L.LeakyReLU()]
    folded_away(trained(keras.Sequential([keras.Input(shape), *layers])), left, off, shape)


@pytest.mark.parametrize(
    ("name", "use_bias", "scale", "center"), [case for case in KINDS_AND_OPTIONS if case[0] in LAYERS]
)
def test_before_a_linear_layer(name, use_bias, scale, center, trained, off, left):
    make, shape = LAYERS[name]
    layers = [L.BatchNormalization(scale=scale, center=center), make(use_bias=use_bias, activation="tanh")]
    folded_away(trained(keras.Sequential([keras.Input(shape), *layers])), left, off, shape)


@pytest.mark.parametrize("name", ALL)
def test_before_and_after_a_linear_layer_at_once(name, trained, off, left):
    make, shape = ALL[name]
    layers = [L.BatchNormalization(center=False), make(), L.BatchNormalization(), L.BatchNormalization()]
    model = trained(keras.Sequential([keras.Input(shape), *layers]))
    model.layers[0].moving_mean.assign(np.zeros(4))
    folded_away(model, left, off, shape)


@pytest.mark.parametrize(
    ("name", "padding"), [*((name, "same") for name in ALL if "dense" not in name), ("conv1d", "causal")]
)
def test_padding_is_no_matter_after_a_convolution_and_forbids_a_shift_before_it(name, padding, trained, off, left):
    make, shape = ALL[name]
    folded_away(
        trained(keras.Sequential([keras.Input(shape), make(padding=padding), L.BatchNormalization()])), left, off, shape
    )
    before = trained(keras.Sequential([keras.Input(shape), L.BatchNormalization(), make(padding=padding)]))
    with pytest.raises(tw.InputError, match="borders get less" if name in TRANSPOSED else "pads with zeros"):
        tw.fold_batchnorm(before)
    before.layers[0].moving_mean.assign(np.zeros(4))
    before.layers[0].beta.assign(np.zeros(4))
    folded_away(before, left, off, shape)


def test_a_kernel_of_size_1_never_meets_the_padding(trained, off, left):
    layers = [L.BatchNormalization(), L.Conv2D(3, 1, strides=2, padding="same")]
    folded_away(trained(keras.Sequential([keras.Input((5, 5, 4)), *layers])), left, off, (5, 5, 4))


@pytest.mark.parametrize("groups", [1, 2])
def test_channels_first_in_closed_form(groups):
    # XLA on a CPU computes no channels_first convolution, so the same kernel is run with the channels moved.
    generator = np.random.default_rng(0)
    x = generator.normal(size=(2, 4, 5, 6)).astype("float32")
    plain = L.Conv2D(6, 3, groups=groups, data_format="channels_last")
    plain.build((None, 5, 6, 4))
    layer = L.Conv2D(6, 3, groups=groups, data_format="channels_first")
    layer.build((None, 4, 5, 6))
    layer.set_weights(plain.get_weights())
    weights = KINDS[L.Conv2D](layer)
    before = Affine(generator.normal(size=(4, 1, 1)), generator.normal(size=(4, 1, 1)))
    after = Affine(generator.normal(size=(6, 1, 1)), generator.normal(size=(6, 1, 1)))
    weights.take_before(before)
    weights.take_after(after)

    def run(x):
        return np.moveaxis(np.asarray(plain(np.moveaxis(x, 1, -1))), -1, 1)

    expected = run(before.scale * x + before.shift) * after.scale + after.shift
    plain.set_weights(weights.values()[0])
    np.testing.assert_allclose(run(x), expected, atol=1e-5 * np.abs(expected).max())


def test_a_kernel_and_a_bias_in_closed_form(left):
    model = keras.Sequential([keras.Input((2,)), L.Dense(2), L.BatchNormalization(epsilon=0.0)])
    dense, norm = model.layers
    dense.set_weights([np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([5.0, 6.0])])
    norm.set_weights([np.array([2.0, -1.0]), np.array([10.0, 20.0]), np.array([1.0, 2.0]), np.array([4.0, 16.0])])
    folded = tw.fold_batchnorm(model)
    assert left(folded) == []
    kernel, bias = folded.get_weights()
    np.testing.assert_array_equal(kernel, [[1.0, -0.5], [3.0, -1.0]])  # a = 2/2 and -1/4
    np.testing.assert_array_equal(bias, [14.0, 19.0])  # (5 - 1)·1 + 10 and (6 - 2)·(-1/4) + 20


def test_a_bias_is_made_only_where_it_is_not_zero(trained):
    layers = [L.Dense(3, use_bias=False), L.BatchNormalization(center=False)]
    model = trained(keras.Sequential([keras.Input((4,)), *layers]))
    assert tw.fold_batchnorm(model).layers[0].use_bias
    model.layers[1].moving_mean.assign(np.zeros(3))
    assert not tw.fold_batchnorm(model).layers[0].use_bias


def test_what_was_asked_of_weights_in_training_is_not_asked_of_the_folded_ones(trained):
    asked = {"kernel_regularizer": "l2", "kernel_constraint": "max_norm", "activity_regularizer": "l1"}
    model = trained(
        keras.Sequential([keras.Input((4,)), L.Dense(3, **asked), L.BatchNormalization(), L.Dense(2, **asked)])
    )
    first, second = tw.fold_batchnorm(model).layers
    assert (first.kernel_regularizer, first.kernel_constraint, first.activity_regularizer) == (None, None, None)
    assert isinstance(second.kernel_regularizer, keras.regularizers.L2)


def test_a_low_rank_adapter_goes_into_the_kernel(trained, off, left):
    model = keras.Sequential([keras.Input((4,)), L.Dense(3), L.BatchNormalization()])
    model.layers[0].enable_lora(2)
    model.layers[0].lora_kernel_b.assign(np.ones((2, 3)))
    folded = folded_away(trained(model), left, off, (4,))
    assert len(folded.layers[0].weights) == 2
