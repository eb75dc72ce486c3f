"""Healthy Setups that come near the faults of gradients: deep, narrow, bounded, recurrent, converged, frozen."""

from __future__ import annotations

import keras

from gallery import data
from gallery.case import case
from gallery.nets import BINARY, SELU, SPARSE, L, adam, conv, dense, sequential, setup, sgd


@case(note="A deep sigmoid net was replaced by one of ReLUs with He's initializer.")
def own_deep_relu_digits(seed, activation="relu", initializer="he_normal", depth=9):
    hidden = [L.Dense(40, activation, kernel_initializer=initializer) for _ in range(depth)]
    model = sequential((64,), *hidden, L.Dense(10, "softmax"))
    return setup(model, data.digits(seed).divided_by(16), SPARSE, adam(), epochs=12)


@case(note="Forty dense layers of SELUs with LeCun's initializer.")
def own_forty_selus(seed):
    hidden = [L.Dense(30, **SELU) for _ in range(40)]
    model = sequential((10,), *hidden, L.Dense(1))
    return setup(
        model, data.friedman(seed).standardized().with_standardized_target(), "mse", sgd(0.0005), metrics=(), epochs=24
    )


@case(note="A deep convolutional net of ReLUs, functional.")
def own_deep_conv(seed, activation="relu", initializer="he_normal"):
    inputs = keras.Input((8, 8, 1))
    x = inputs
    for _ in range(7):
        x = L.Conv2D(12, 3, padding="same", activation=activation, kernel_initializer=initializer)(x)
    x = L.GlobalAveragePooling2D()(x) if activation == "gap" else L.Flatten()(x)
    return setup(keras.Model(inputs, L.Dense(10, "softmax")(x)), data.digit_images(seed), SPARSE, adam(), epochs=6)


@case(note="Thirty residual blocks, each branch normalized first and begun at 0.")
def own_residual_blocks(seed, normalized=True, blocks=30):
    inputs = keras.Input((10,))
    x = L.Dense(32)(inputs)
    for _ in range(blocks):
        branch = L.LayerNormalization()(x) if normalized else x
        branch = L.Dense(32, "relu", kernel_initializer="he_normal")(branch)
        branch = L.Dense(32, kernel_initializer="zeros" if normalized else "he_normal")(branch)
        x = L.Add()([x, branch])
    model = keras.Model(inputs, L.Dense(1)(x))
    rows = data.friedman(seed).standardized().with_standardized_target()
    return setup(model, rows, "mse", adam(), metrics=(), epochs=20)


@case(note="A recurrent net with orthogonal recurrent weights and tanh over 24 steps.")
def own_simple_rnn_series(seed, recurrent="orthogonal", activation="tanh"):
    model = sequential((24, 1), L.SimpleRNN(32, activation, recurrent_initializer=recurrent), L.Dense(1))
    return setup(model, data.series(seed), "mse", adam(2e-3), metrics=(), epochs=15)


@case(note="A tanh net with Glorot's initializer, trained until it is sure of every row.")
def own_sure_tanh(seed, activation="tanh", bias="zeros"):
    model = sequential((2,), *(L.Dense(24, activation, bias_initializer=bias) for _ in range(3)), L.Dense(1, "sigmoid"))
    return setup(model, data.moons(seed), BINARY, adam(0.01), epochs=25)


@case(note="A shallow sigmoid net, which learns slowly and well.")
def own_shallow_sigmoid(seed):
    model = sequential((30,), L.Dense(30, "sigmoid"), L.Dense(1, "sigmoid"))
    return setup(model, data.cancer(seed).standardized(), BINARY, adam(0.01), epochs=20)


@case(note="A wide ReLU net on an easy task, of whose units most have died without being missed.")
def own_wide_relu(seed):
    model = sequential((13,), dense(400), dense(400, kernel_regularizer="l1"), L.Dense(3, "softmax"))
    return setup(model, data.wine(seed).standardized(), SPARSE, adam(3e-3), epochs=25)


@case(note="A ReLU net with He's initializer and biases at 0.")
def own_relu_friedman(seed, bias="zeros", width=24, depth=3, initializer="he_normal"):
    hidden = [L.Dense(width, "relu", kernel_initializer=initializer, bias_initializer=bias) for _ in range(depth)]
    model = sequential((10,), *hidden, L.Dense(1))
    rows = data.friedman(seed).standardized().with_standardized_target()
    return setup(model, rows, "mse", adam(3e-3), metrics=(), epochs=25)


@case(note="A loss of the user's own, a relative error whose denominator cannot be 0.")
def own_safe_loss(seed, safe=True):
    rows = data.counts(seed)

    def relative(y_true, y_pred):
        size = keras.ops.abs(y_true) + (1.0 if safe else 0.0)
        return keras.ops.mean(keras.ops.abs(y_true - y_pred) / size)

    model = sequential((6,), dense(32), L.Dense(1, "softplus"))
    return setup(model, rows, relative, adam(3e-3), metrics=(), epochs=20)


@case(note="A layer of the user's own takes the logarithm of one more than the magnitude.")
def own_log_layer(seed, safe=True):
    def log(x):
        return keras.ops.log(1 + keras.ops.abs(x)) if safe else keras.ops.log(x)

    model = sequential((13,), dense(24), L.Lambda(log, output_shape=(24,), name="log"), L.Dense(3, "softmax"))
    return setup(model, data.wine(seed).standardized(), SPARSE, adam(3e-3), epochs=25)


@case(note="An LSTM over words, whose embedding has gradients for the batch's words alone.")
def own_text_lstm(seed):
    model = sequential((20,), L.Embedding(200, 16, mask_zero=True), L.LSTM(16), L.Dense(1, "sigmoid"))
    return setup(model, data.texts(seed), BINARY, adam(3e-3), epochs=5)


@case(note="A convolutional net with batch normalization behind each of ten layers.")
def own_deep_batch_norm(seed):
    model = sequential((8, 8, 1))
    for _ in range(8):
        for layer in (conv(12, None, use_bias=False), L.BatchNormalization(), L.ReLU()):
            model.add(layer)
    model.add(L.GlobalAveragePooling2D())
    model.add(L.Dense(10, "softmax"))
    return setup(model, data.digit_images(seed), SPARSE, adam(3e-3), epochs=5)


@case(note="Noisy rows, of whose target the best answer explains a third, and a net of tanh.")
def own_noisy_tanh(seed):
    model = sequential((10,), L.Dense(16, "tanh"), L.Dense(16, "tanh"), L.Dense(1))
    rows = data.friedman(seed, noise=7).standardized().with_standardized_target()
    return setup(model, rows, "mse", sgd(0.01), metrics=(), epochs=15)
