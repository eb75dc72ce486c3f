"""Healthy nets of many depths and activations on digits."""

import keras

from gallery.case import case
from gallery.data import cancer, digits, patches
from gallery.frozen.healthy.images import digits_dense
from gallery.nets import BINARY, HE, SELU, L, adam, conv, dense, sequential, setup, sgd


@case(note="Three hidden layers of tanh with Glorot's initializer.")
def tanh_3(seed, *, activation="tanh", initializer="glorot_uniform"):
    hidden = [L.Dense(32, activation, kernel_initializer=initializer) for _ in range(3)]
    return digits_dense(seed, rows=digits(seed).centered(), hidden=hidden)


@case(note="One hidden layer of sigmoids.")
def sigmoid_1(seed):
    return digits_dense(seed, hidden=[L.Dense(48, "sigmoid")], optimizer=adam(5e-3))


@case(note="Five layers of ELU, He's initializer.")
def elu_5(seed):
    return digits_dense(seed, hidden=[dense(32, "elu") for _ in range(5)])


@case(note="Eight layers of leaky ReLU, each a layer of its own behind a linear Dense.")
def leaky_relu_8(seed):
    hidden = [layer for _ in range(8) for layer in (dense(32, None), L.LeakyReLU(0.1))]
    return digits_dense(seed, hidden=hidden)


@case(note="Twelve layers of ReLU, He's initializer.")
def relu_12(seed, *, activation="relu", initializer="he_normal"):
    hidden = [L.Dense(32, activation, kernel_initializer=initializer) for _ in range(12)]
    return digits_dense(seed, rows=digits(seed).centered(), hidden=hidden, epochs=10)


@case(note="Twenty narrow layers of leaky ReLU.")
def narrow_leaky_20(seed, *, activation="leaky_relu"):
    hidden = [dense(3, activation) for _ in range(20)]
    model = sequential((30,), *hidden, L.Dense(1, "sigmoid"))
    return setup(model, cancer(seed).standardized(), BINARY, adam(3e-3), epochs=12)


@case(note="GELU and Swish.")
def gelu_swish_4(seed):
    return digits_dense(seed, hidden=[dense(32, each) for each in ("gelu", "swish", "gelu", "swish")])


@case(note="Ten layers of SELU with the dropout that is made for them.")
def selu_alpha_dropout_10(seed, *, dropout=L.AlphaDropout):
    hidden = [layer for _ in range(10) for layer in (L.Dense(32, **SELU), dropout(0.05))]
    return digits_dense(seed, rows=digits(seed).centered(), hidden=hidden, epochs=20)


@case(note="Fifty layers of SELU, LeCun's initializer, inputs of mean 0 and deviation 1.")
def selu_50(seed):
    hidden = [L.Dense(48, **SELU) for _ in range(50)]
    rows = digits(seed).centered()
    return digits_dense(seed, rows=rows, hidden=hidden, optimizer=sgd(0.01, 0.0, clipnorm=1.0), epochs=15)


@case(note="Six layers of ReLU, each with batch normalization.")
def batch_norm_6(seed):
    hidden = [
        layer
        for _ in range(6)
        for layer in (dense(48, None, use_bias=False), L.BatchNormalization(momentum=0.9), L.Activation("relu"))
    ]
    return digits_dense(seed, hidden=hidden, optimizer=adam(2e-3), epochs=12)


@case(note="Twelve blocks that add to what they are given, each behind a layer normalization.")
def residual_12(seed, *, normalize=True):
    inputs = keras.Input((64,))
    tensor = dense(32)(inputs)
    for _ in range(12):
        branch = L.LayerNormalization()(tensor) if normalize else tensor
        tensor = tensor + dense(32)(branch)
    tensor = L.LayerNormalization()(tensor) if normalize else tensor
    model = keras.Model(inputs, L.Dense(10, "softmax")(tensor))
    rows = digits(seed).divided_by(16)
    return setup(model, rows, "sparse_categorical_crossentropy", sgd(0.005, 0.9), epochs=8)


@case(note="Six convolutions of ReLU in a row.")
def conv_6(seed, *, activation="relu", initializer="he_normal"):
    body = [conv(8, activation, kernel_initializer=initializer) for _ in range(6)]
    model = sequential((16, 16, 3), L.MaxPooling2D(), *body, L.GlobalAveragePooling2D(), L.Dense(1, "sigmoid"))
    return setup(model, patches(seed).divided_by(255), BINARY, sgd(0.008, 0.9), epochs=16)


@case(note="Twenty layers with gated skips, each started half open.")
def gated_20(seed):
    inputs = keras.Input((64,))
    tensor = dense(32)(inputs)
    for _ in range(20):
        gate = L.Dense(32, "sigmoid", bias_initializer=keras.initializers.Constant(-1.0))(tensor)
        tensor = gate * L.Dense(32, "tanh")(tensor) + (1 - gate) * tensor
    model = keras.Model(inputs, L.Dense(10, "softmax", **HE)(tensor))
    return setup(model, digits(seed).divided_by(16), "sparse_categorical_crossentropy", adam(2e-3), epochs=10)
