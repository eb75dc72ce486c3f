"""Sick cases of what concerns hidden layers and what trains."""

from __future__ import annotations

import keras

from gallery.case import case
from gallery.data import cancer, digit_images, friedman, patches, wine
from gallery.nets import BINARY, LECUN, SELU, SPARSE, L, adam, conv, dense, sequential, setup, sgd
from gallery.own.healthy_layers import (
    own_deep_digits,
    own_frozen_base,
    own_image_net,
    own_moons_layers,
    own_normalized_digits,
    own_selu_friedman,
)

NOTHING_LEARNED = (
    "constant-predictions",
    "cannot-fit-one-batch",
    "dying-relu",
    "vanishing-gradients",
    "learning-rate-too-low",
    "stopped-too-early",
)
UNDERFITTED = ("over-regularized", "stopped-too-early", "learning-rate-too-low")


@case(
    fault="missing-hidden-activation",
    twin="own-moons-layers",
    note="Three hidden layers, and nobody told them an activation.",
)
def own_moons_linear(seed):
    return own_moons_layers(seed, activation=None)


@case(
    fault="missing-hidden-activation",
    twin="own-image-net",
    harm="none",
    note="Convolutions with batch normalization and average pooling; no ReLUs. Digits are nearly linear.",
)
def own_images_linear(seed):
    return own_image_net(seed, activation=None)


@case(
    fault="stacked-activations",
    twin="own-deep-digits",
    also=("activated-logits", "learning-rate-too-low", "stopped-too-early"),
    harm="loss",
    note="The last layer has a softmax, and another softmax follows.",
)
def own_softmax_twice(seed):
    return own_deep_digits(seed, last=(L.Softmax(),))


@case(
    fault="stacked-activations",
    twin="own-moons-layers",
    also=(
        "vanishing-gradients",
        "learning-rate-too-low",
        "stopped-too-early",
        "cannot-fit-one-batch",
        "constant-predictions",
    ),
    harm="loss",
    note="A ReLU and a sigmoid behind it.",
)
def own_relu_sigmoid(seed):
    return own_moons_layers(seed, behind="sigmoid")


@case(
    fault="constant-initialization",
    twin="own-deep-digits",
    also=NOTHING_LEARNED,
    note="All kernels begin at a constant.",
)
def own_digits_constant(seed):
    return own_deep_digits(seed, initializer=keras.initializers.Constant(0.05), head="ones")


@case(fault="constant-initialization", twin="own-image-net", also=NOTHING_LEARNED, note="All kernels begin at 0.")
def own_images_zeros(seed):
    return own_image_net(seed, initializer="zeros")


@case(
    fault="mismatched-initializer",
    twin="own-deep-digits",
    also=("exploding-gradients", "dying-relu", "overfitting", "learning-rate-too-low"),
    harm="loss",
    note="Weights drawn with deviation 1.",
)
def own_digits_deviation_1(seed):
    return own_deep_digits(seed, initializer=keras.initializers.RandomNormal(stddev=1.0))


@case(
    fault="mismatched-initializer",
    twin="own-deep-digits",
    also=("vanishing-gradients", *NOTHING_LEARNED),
    note="Weights drawn with deviation 0.01.",
)
def own_digits_deviation_001(seed):
    return own_deep_digits(seed, initializer=keras.initializers.RandomNormal(stddev=0.01))


@case(
    fault="mismatched-initializer",
    also=("saturated-activations", "overfitting"),
    harm="none",
    note="Two layers of tanh, in their tails from the start by weights of deviation 1.7. The task is easy.",
)
def own_cancer_tails(seed):
    rows = cancer(seed).standardized()
    wild = {"kernel_initializer": keras.initializers.RandomUniform(-3, 3)}
    net = sequential((30,), L.Dense(32, "tanh", **wild), L.Dense(32, "tanh", **wild), L.Dense(1, "sigmoid"))
    return setup(net, rows, BINARY, adam(), epochs=15)


@case(
    fault="heavy-dropout", twin="own-deep-digits", note="Dropout of 0.85 behind every hidden layer.", also=UNDERFITTED
)
def own_digits_dropout(seed):
    return own_deep_digits(seed, rate=0.85)


@case(
    fault="heavy-dropout",
    note="A small net for a table, and dropout of 0.9 behind both of its layers.",
    also=UNDERFITTED,
    harm="none",
)
def own_friedman_dropout(seed):
    rows = friedman(seed).standardized().with_standardized_target()
    net = sequential((10,), dense(48), L.Dropout(0.9), dense(48), L.Dropout(0.9), L.Dense(1))
    return setup(net, rows, "mse", adam(), metrics=(), epochs=20)


@case(
    fault="plain-dropout-in-selu-net",
    twin="own-selu-friedman",
    also=UNDERFITTED,
    harm="none",
    note="A net of SELUs with plain dropout in the place of alpha dropout; the difference is small.",
)
def own_selu_dropout(seed):
    return own_selu_friedman(seed, dropout=L.Dropout)


@case(
    fault="batch-norm-on-tiny-batches",
    twin="own-normalized-digits",
    also=("learning-rate-too-high",),
    note="Batch normalization in a dense net, two rows at a time.",
)
def own_digits_pairs(seed):
    return own_normalized_digits(seed, batch_size=2, first=700, epochs=2)


@case(
    fault="batch-norm-statistics-not-settled",
    twin="own-normalized-digits",
    also=("stopped-too-early",),
    note="Two short epochs with large batches, at the default momentum.",
)
def own_digits_unsettled(seed):
    return own_normalized_digits(seed, batch_size=64, epochs=1, momentum=0.99)


@case(
    fault="frozen-base-batch-norm-training",
    twin="own-frozen-base",
    also=("overfitting",),
    harm="none",
    note="The kernels of a pretrained base are frozen, its batch normalizations were forgotten.",
)
def own_frozen_kernels_only(seed):
    return own_frozen_base(seed, normalizations_too=False)


@case(fault="nothing-trainable", twin="own-deep-digits", also=NOTHING_LEARNED, note="The whole model was frozen.")
def own_digits_frozen(seed):
    made = own_deep_digits(seed)
    made.model.trainable = False
    return made


@case(
    fault="collapsed-feature-map",
    also=("overfitting",),
    harm="none",
    note="Four strided convolutions on images of 8 × 8, and three more on the pixel that is left.",
)
def own_images_collapsed(seed):
    rows = digit_images(seed)
    shrinking = [conv(16, strides=2) for _ in range(3)]
    net = sequential((8, 8, 1), *shrinking, conv(16), conv(16), L.Flatten(), L.Dense(10, "softmax"))
    return setup(net, rows, SPARSE, adam(), epochs=6)


@case(
    fault="collapsed-feature-map",
    also=("overfitting",),
    harm="none",
    note="Pooling after every convolution, one too often.",
)
def own_patches_collapsed(seed):
    rows = patches(seed).divided_by(255)
    layers = [each for _ in range(4) for each in (conv(8), L.MaxPooling2D())]
    net = sequential((16, 16, 3), *layers, conv(16), conv(16), L.GlobalAveragePooling2D(), L.Dense(1, "sigmoid"))
    return setup(net, rows, BINARY, adam(), epochs=4)


@case(
    fault="plain-dropout-in-selu-net",
    also=UNDERFITTED,
    harm="none",
    note="Wines in a deeper net of SELUs, plain dropout between; the task is easy.",
)
def own_wine_selu_dropout(seed):
    rows = wine(seed).standardized()
    layers = [each for _ in range(4) for each in (L.Dense(32, **SELU), L.Dropout(0.3))]
    return setup(
        sequential((13,), *layers, L.Dense(3, "softmax", **LECUN)), rows, SPARSE, sgd(0.01), epochs=20, batch_size=16
    )
