"""Faults of the hidden layers: activations, initializers, dropout, feature maps."""

import keras

from gallery.case import case
from gallery.data import digits, patches
from gallery.frozen.healthy.depths import relu_12, selu_alpha_dropout_10, tanh_3
from gallery.frozen.healthy.graphs import subclassed
from gallery.frozen.healthy.images import (
    digits_conv,
    digits_dense,
    digits_regularized,
)
from gallery.frozen.healthy.sequences import waves_lstm
from gallery.frozen.healthy.tables import friedman_dense, moons_dense
from gallery.nets import BINARY, HE, SELU, L, conv, dense, sequential, setup

# Activations.


@case(
    fault="missing-hidden-activation",
    twin="moons-dense",
    note="Three Dense layers in a row and no activation: a straight line through two half circles.",
)
def moons_linear(seed):
    return moons_dense(seed, activation=None)


@case(
    fault="missing-hidden-activation",
    twin="friedman-dense",
    note="Dense(32), Dense(32), Dense(1), as if the layers had an activation by default.",
)
def friedman_linear(seed):
    return friedman_dense(seed, hidden=[dense(32, None), dense(32, None)])


@case(
    fault="stacked-activations",
    twin="relu-12",
    also=("vanishing-gradients", "dying-relu"),
    note="Dense(32, activation='relu') and an Activation('sigmoid') behind each.",
)
def digits_relu_then_sigmoid(seed):
    hidden = [layer for _ in range(4) for layer in (dense(32), L.Activation("sigmoid"))]
    return digits_dense(seed, rows=digits(seed).centered(), hidden=hidden, epochs=10)


# Initializers.


@case(
    fault="constant-initialization",
    twin="digits-dense",
    also=("cannot-fit-one-batch", "constant-predictions", "dying-relu"),
    note="kernel_initializer='zeros' in every hidden layer.",
)
def digits_zeros(seed):
    return digits_dense(seed, hidden=[dense(n, kernel_initializer="zeros") for n in (48, 32)])


@case(
    fault="constant-initialization",
    twin="subclassed",
    also=("cannot-fit-one-batch", "constant-predictions"),
    note="A subclassed model whose weights all start at 0.05.",
)
def subclassed_constant(seed):
    return subclassed(seed, initializer=keras.initializers.Constant(0.05))


@case(
    fault="mismatched-initializer",
    twin="tanh-3",
    also=("saturated-activations", "vanishing-gradients", "overfitting"),
    note="RandomNormal(stddev=1) in a net of tanh.",
)
def tanh_random_normal(seed):
    return tanh_3(seed, initializer=keras.initializers.RandomNormal(stddev=1.0))


@case(
    fault="mismatched-initializer",
    twin="relu-12",
    also=("vanishing-gradients", "constant-predictions", "dying-relu"),
    note="RandomNormal(stddev=0.05), the old default, in twelve layers of ReLU.",
)
def relu_12_small_normal(seed):
    return relu_12(seed, initializer=keras.initializers.RandomNormal(stddev=0.05))


@case(
    fault="mismatched-initializer",
    twin="digits-conv",
    also=("exploding-gradients", "dying-relu", "overfitting", "saturated-activations"),
    note="RandomUniform(-1, 1) for the convolutions of a digit net.",
)
def digits_conv_wide_uniform(seed):
    wide = {"kernel_initializer": keras.initializers.RandomUniform(-1, 1)}
    body = [
        layer for filters in (12, 24, 48) for layer in (conv(filters, **wide), conv(filters, **wide), L.MaxPooling2D())
    ]
    return digits_conv(seed, body=body)


# Dropout.


@case(
    fault="heavy-dropout",
    twin="digits-regularized",
    note="Dropout(0.9), thinking it is the share that is kept.",
)
def digits_dropout_09(seed):
    return digits_regularized(seed, rate=0.9)


@case(
    fault="heavy-dropout",
    twin="waves-lstm",
    note="LSTM(16, dropout=0.85).",
)
def waves_dropout_085(seed):
    return waves_lstm(seed, dropout=0.85)


@case(
    fault="plain-dropout-in-selu-net",
    twin="selu-alpha-dropout-10",
    harm="none",
    note="Ten layers of SELU with Dropout between. On a net this small it costs little.",
)
def selu_plain_dropout(seed):
    return selu_alpha_dropout_10(seed, dropout=L.Dropout)


@case(
    fault="plain-dropout-in-selu-net",
    twin="selu-alpha-dropout-10",
    harm="none",
    note="Six convolutions and dense layers of SELU with Dropout(0.3). On a net this small it costs little.",
)
def selu_conv_plain_dropout(seed):
    hidden = [layer for _ in range(5) for layer in (L.Dense(48, **SELU), L.Dropout(0.3))]
    body = [L.Conv2D(12, 3, padding="same", **SELU), L.MaxPooling2D(), L.Flatten(), *hidden]
    return digits_conv(seed, body=body, epochs=12)


# Feature maps.


@case(
    fault="collapsed-feature-map",
    twin="digits-conv",
    note="Three poolings of a picture of 8×8: the last convolutions see one pixel.",
)
def digits_pooled_to_one_pixel(seed):
    body = [layer for filters in (4, 8) for layer in (conv(filters, strides=2), L.MaxPooling2D(2, padding="same"))]
    return digits_conv(seed, body=[*body, conv(16), conv(16)])


@case(
    fault="collapsed-feature-map",
    twin="patches-plain-conv",
    note="The network was made for pictures of 224 pixels; these have 16.",
)
def patches_strides_of_large_pictures(seed):
    body = [
        L.Conv2D(4, 7, strides=4, padding="same", activation="relu", **HE),
        L.MaxPooling2D(4),
        conv(8),
        conv(8),
        conv(8),
        L.GlobalAveragePooling2D(),
    ]
    model = sequential((16, 16, 3), *body, dense(8), L.Dense(1, "sigmoid"))
    return setup(model, patches(seed).divided_by(255), BINARY, keras.optimizers.SGD(0.02, momentum=0.9), epochs=8)
