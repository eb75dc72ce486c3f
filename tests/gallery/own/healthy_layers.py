"""Healthy cases that come near the faults of hidden layers and of what trains."""

from __future__ import annotations

import keras

from gallery.case import case
from gallery.data import cancer, digit_images, digits, friedman, moons, waves
from gallery.nets import BINARY, HE, LECUN, SELU, SPARSE, L, adam, conv, dense, sequential, setup, sgd


@case(note="Two half circles; three hidden layers.")
def own_moons_layers(seed, activation="relu", behind=None):
    layers = [dense(24, activation) for _ in range(3)]
    if behind:
        layers = [each for one in layers for each in (one, L.Activation(behind))]
    net = sequential((2,), *layers, L.Dense(1, "sigmoid"))
    return setup(net, moons(seed), BINARY, adam(3e-3), epochs=20)


@case(note="Small images: convolutions with batch normalization, average pooling.")
def own_image_net(seed, activation="relu", initializer="he_normal"):
    layers = []
    for filters in (8, 16):
        layers += [L.Conv2D(filters, 3, padding="same", use_bias=False, kernel_initializer=initializer)]
        layers += [L.BatchNormalization(momentum=0.9), L.Activation(activation), L.AveragePooling2D(2)]
    head = L.Dense(10, "softmax", kernel_initializer="zeros" if initializer == "zeros" else "glorot_uniform")
    net = sequential((8, 8, 1), *layers, L.Flatten(), head)
    return setup(net, digit_images(seed), SPARSE, adam(3e-3), epochs=6)


@case(note="Digits in four layers with He's weights and a little dropout.")
def own_deep_digits(seed, initializer="he_normal", head="glorot_uniform", rate=0.2, last=()):
    rows = digits(seed).centered()
    layers = [each for _ in range(4) for each in (dense(64, kernel_initializer=initializer), L.Dropout(rate))]
    net = sequential((64,), *layers, L.Dense(10, "softmax", kernel_initializer=head), *last)
    return setup(net, rows, SPARSE, adam(), epochs=10)


@case(note="A net of eight SELUs with LeCun's weights and alpha dropout.")
def own_selu_friedman(seed, dropout=L.AlphaDropout):
    rows = friedman(seed).standardized().with_standardized_target()
    layers = [each for _ in range(8) for each in (L.Dense(32, **SELU), dropout(0.05))]
    net = sequential((10,), *layers, L.Dense(1, **LECUN))
    return setup(net, rows, "mse", adam(), metrics=(), epochs=20)


@case(note="Digits in a dense net with batch normalization.")
def own_normalized_digits(seed, batch_size=32, epochs=8, momentum=0.9, first=None):
    rows = digits(seed).centered()
    rows = rows.first(first) if first else rows
    layers = []
    for _ in range(3):
        layers += [L.Dense(48, use_bias=False, **HE), L.BatchNormalization(momentum=momentum), L.ReLU()]
    net = sequential((64,), *layers, L.Dense(10, "softmax"))
    return setup(net, rows, SPARSE, adam(3e-3), epochs=epochs, batch_size=batch_size)


@case(note="A base that learned the even digits, frozen, and a new head with a normalization of its own.")
def own_frozen_base(seed, normalizations_too=True):
    rows = digit_images(seed)
    layers = []
    for filters in (16, 32):
        layers += [L.Conv2D(filters, 3, padding="same", use_bias=False, **HE), L.BatchNormalization(momentum=0.9)]
        layers += [L.ReLU(), L.MaxPooling2D()]
    base = sequential((8, 8, 1), *layers, L.Flatten())
    pretraining = sequential((8, 8, 1), base, L.Dense(10, "softmax"))
    pretraining.compile("adam", SPARSE)
    even = rows.y % 2 == 0
    pretraining.fit(rows.x[even], rows.y[even], epochs=6, batch_size=32, verbose=0)
    for layer in base.layers:
        layer.trainable = not (normalizations_too or isinstance(layer, L.Conv2D))
    net = sequential((8, 8, 1), base, L.BatchNormalization(momentum=0.9), L.Dense(10, "softmax"))
    return setup(net, rows, SPARSE, adam(3e-3), epochs=6)


@case(note="Linear bottlenecks, depthwise convolutions and sums, as MobileNetV2 has them.")
def own_inverted_residuals(seed):
    inputs = keras.Input((8, 8, 1))
    x = conv(12)(inputs)
    for _ in range(2):
        y = L.ReLU()(L.BatchNormalization(momentum=0.9)(L.Conv2D(36, 1, use_bias=False, **HE)(x)))
        y = L.DepthwiseConv2D(3, padding="same", use_bias=False)(y)
        y = L.ReLU()(L.BatchNormalization(momentum=0.9)(y))
        x = L.Add()([x, L.BatchNormalization(momentum=0.9)(L.Conv2D(12, 1, use_bias=False)(y))])
    x = L.GlobalAveragePooling2D()(conv(24)(x))
    return setup(keras.Model(inputs, L.Dense(10, "softmax")(x)), digit_images(seed), SPARSE, adam(3e-3), epochs=6)


@case(note="Ten layers of ReLU with Keras's own initialiser, which is a little small for them.")
def own_ten_layers_of_glorot(seed):
    rows = cancer(seed).standardized()
    layers = [L.Dense(24, "relu") for _ in range(10)]
    return setup(sequential((30,), *layers, L.Dense(1, "sigmoid")), rows, BINARY, adam(), epochs=15)


@case(note="A residual branch that begins at zero, and a gate.")
def own_zero_branch(seed):
    rows = digits(seed).centered()
    inputs = keras.Input((64,))
    x = dense(48)(inputs)
    for _ in range(3):
        branch = L.Dense(48, kernel_initializer="zeros")(dense(48)(x))
        gate = L.Dense(48, "sigmoid", kernel_initializer="zeros")(x)
        x = L.Add()([x, L.Multiply()([branch, gate])])
    net = keras.Model(inputs, L.Dense(10, "softmax", kernel_initializer="zeros")(x))
    return setup(net, rows, SPARSE, adam(), epochs=8)


@case(note="Attention over time: a tanh, a softmax, and a product.")
def own_attention_over_time(seed):
    inputs = keras.Input((24, 1))
    x = L.Conv1D(16, 5, padding="same", activation="relu", **HE)(inputs)
    weights = L.Softmax()(L.Flatten()(L.Dense(1, "tanh")(x)))
    x = L.Dot(1)([x, weights])
    net = keras.Model(inputs, L.Dense(3, "softmax")(dense(24)(x)))
    return setup(net, waves(seed), SPARSE, adam(3e-3), epochs=12)


@case(note="An image net that ends at one pixel, trained with momentum; dropout of 0.6 before the last layer.")
def own_down_to_a_pixel(seed):
    layers = [conv(12, strides=2), conv(24, strides=2), conv(48, strides=2), L.Flatten(), L.Dropout(0.6)]
    net = sequential((8, 8, 1), *layers, L.Dense(10, "softmax"))
    return setup(net, digit_images(seed), SPARSE, sgd(0.03), epochs=10)
