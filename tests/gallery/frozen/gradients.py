"""Faults of the gradients: they vanish, explode, meet dead or saturated units, or are no numbers."""

import keras

from gallery.case import case
from gallery.data import digits
from gallery.frozen.healthy.depths import conv_6, narrow_leaky_20, relu_12, residual_12
from gallery.frozen.healthy.images import digits_dense
from gallery.frozen.healthy.sequences import sums_clipped
from gallery.frozen.healthy.tables import cancer_dense, counts_poisson
from gallery.nets import L, conv, sequential


@case(
    fault="vanishing-gradients",
    twin="relu-12",
    also=("constant-predictions", "saturated-activations", "mismatched-initializer"),
    note="Twelve layers of sigmoids, as in the old books.",
)
def sigmoid_12(seed):
    return relu_12(seed, activation="sigmoid", initializer="glorot_uniform")


@case(
    fault="vanishing-gradients",
    twin="conv-6",
    also=("constant-predictions", "saturated-activations", "mismatched-initializer"),
    note="Six convolutions of sigmoids.",
)
def conv_6_sigmoid(seed):
    return conv_6(seed, activation="sigmoid", initializer="glorot_uniform")


@case(
    fault="exploding-gradients",
    twin="residual-12",
    also=("non-finite-loss", "constant-predictions", "dying-relu", "learning-rate-too-high"),
    note="Twelve residual blocks without normalization: each doubles the variance.",
)
def residual_12_without_normalization(seed):
    return residual_12(seed, normalize=False)


@case(
    fault="exploding-gradients",
    twin="sums-clipped",
    also=("non-finite-loss", "constant-predictions", "dying-relu", "learning-rate-too-high"),
    note="A recurrent layer of ReLUs over 60 steps, the gradients not clipped.",
)
def sums_not_clipped(seed):
    return sums_clipped(seed, clipnorm=None)


@case(
    fault="dying-relu",
    twin="narrow-leaky-20",
    also=("constant-predictions", "vanishing-gradients", "cannot-fit-one-batch"),
    note="Twenty layers of three ReLUs: a layer whose three units all died passes nothing on.",
)
def narrow_relu_20(seed):
    return narrow_leaky_20(seed, activation="relu")


@case(
    fault="dying-relu",
    twin="digits-dense",
    also=("constant-predictions", "vanishing-gradients"),
    note="Started every bias at -3, to make the units sparse.",
)
def digits_negative_biases(seed):
    low = keras.initializers.Constant(-3.0)
    hidden = [L.Dense(n, "relu", kernel_initializer="he_normal", bias_initializer=low) for n in (48, 32)]
    return digits_dense(seed, hidden=hidden)


def steep_tanh(x):
    return keras.ops.tanh(20 * x)


@case(
    fault="saturated-activations",
    twin="tanh-3",
    also=("vanishing-gradients", "overfitting"),
    note="A steep tanh(20 x) as activation, to make decisions crisp.",
)
def steep_tanh_3(seed):
    hidden = [L.Dense(32, steep_tanh) for _ in range(3)]
    return digits_dense(seed, rows=digits(seed).centered(), hidden=hidden)


@case(
    fault="saturated-activations",
    twin="conv-6",
    also=("vanishing-gradients", "constant-predictions"),
    note="Each bias starts at 6 in front of a tanh.",
)
def conv_tanh_large_biases(seed):
    setting = conv_6(seed)
    body = [conv(8, "tanh", bias_initializer=keras.initializers.Constant(6.0)) for _ in range(4)]
    layers = [L.MaxPooling2D(), *body, L.GlobalAveragePooling2D(), L.Dense(1, "sigmoid")]
    setting.model = sequential((16, 16, 3), *layers)
    return setting


def relative_error(y_true, y_pred):
    return keras.ops.mean(keras.ops.abs((y_true - y_pred) / y_true), axis=-1)


@case(
    fault="non-finite-loss",
    twin="counts-poisson",
    also=("exploding-gradients", "constant-predictions", "non-finite-inputs"),
    note="A relative error of my own, and in some rows the target is 0.",
)
def counts_relative_error(seed):
    return counts_poisson(seed, loss=relative_error)


@case(
    fault="non-finite-loss",
    twin="cancer-dense",
    also=("exploding-gradients", "constant-predictions"),
    note="A Lambda takes the logarithm of features that are also negative.",
)
def cancer_logarithm_inside(seed):
    setting = cancer_dense(seed)
    layers = [L.Lambda(keras.ops.log), *setting.model.layers]
    setting.model = sequential((30,), *layers)
    return setting
