"""Faults of gradients, of the rate, and of fitting too much or too little, from forums."""

import keras
import numpy as np
from keras.utils import to_categorical

from gallery.forum.data import boards, fashion, flat_pictures, pictures, series, standardized_target, windows
from gallery.forum.nets import BINARY, CATEGORICAL, setup
from gallery.forum.pairs import pair

L = keras.layers
Opt = keras.optimizers


# https://stackoverflow.com/questions/48934338 (in DeepLocalize)
@pair(
    fault="learning-rate-too-high",
    also=("unscaled-target", "exploding-gradients"),
    note="They fitted a parabola that reaches 120 by plain SGD at a rate of 0.1.",
    repaired="A rate of 0.001.",
)
def forum_so48934338_parabola(seed, *, fix=False):
    generator = np.random.default_rng(7 + seed)
    x = np.arange(0.0, 5.0, 0.1, dtype="float32").reshape(-1, 1)
    y = 5 * np.power(x, 2) + np.power(generator.normal(size=(50, 1)), 3)
    model = keras.Sequential(
        [
            keras.Input((1,)),
            L.Dense(50),
            L.Activation("relu"),
            L.Dense(30, kernel_initializer="random_uniform"),
            L.Activation("relu"),
            L.Dense(1),
        ]
    )
    return setup(model, "mse", Opt.SGD(0.001 if fix else 0.1), (x, y), epochs=300)


# GitHub: keras_catsdogs (in DeepLocalize)
@pair(
    fault="learning-rate-too-low",
    also=("stopped-too-early",),
    note="They copied Adadelta() from an old example; its rate at the defaults is 0.001 now.",
    repaired="Adadelta at a rate of 1.",
)
def forum_catsdogs_adadelta(seed, *, fix=False):
    (x, y), (held_x, held_y) = fashion(seed, 1500, [5, 7]), fashion(seed, 600, [5, 7], "test")
    x, held_x = (each[..., None].astype("float32") / 255 for each in (x, held_x))
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            L.Conv2D(16, 5, activation="relu"),
            L.MaxPooling2D(),
            L.Conv2D(20, 5, activation="relu"),
            L.MaxPooling2D(),
            L.Flatten(),
            L.Dense(2, activation="softmax"),
        ]
    )
    return setup(
        model,
        keras.losses.categorical_crossentropy,
        Opt.Adadelta(1.0) if fix else Opt.Adadelta(),
        (x, to_categorical(y, 2)),
        (held_x, to_categorical(held_y, 2)),
        metrics=["accuracy"],
        epochs=8,
        batch_size=100,
    )


# GitHub: gol_nn, gol.py (in DeepLocalize)
@pair(
    fault="stopped-too-early",
    also=("learning-rate-too-low",),
    note="They gave the Game of Life two epochs, and every cell is predicted dead.",
    repaired="60 epochs.",
)
def forum_game_of_life(seed, *, fix=False):
    generator = np.random.default_rng(5 + seed)
    rows, held = boards(2000, generator), boards(400, generator)
    model = keras.Sequential(
        [
            keras.Input((10, 10, 1)),
            L.Conv2D(10, 3, activation="relu", name="conv1_3x3"),
            L.Conv2D(20, 1, activation="relu", name="conv2_1x1"),
            L.Conv2D(1, 1, activation="sigmoid", name="conv3_1x1"),
        ]
    )
    epochs = 60 if fix else 2
    return setup(model, BINARY, "adam", rows, held, metrics=["accuracy"], epochs=epochs, batch_size=64)


# https://ai.stackexchange.com/questions/16557,
# neural network with four hidden layers with the sigmoid activation function is not learning
@pair(
    fault="vanishing-gradients",
    note="They put four wide layers of sigmoids before a regression, under plain SGD.",
    repaired="ReLU in place of the sigmoids.",
)
def forum_aise16557_four_sigmoids(seed, *, fix=False):
    generator = np.random.default_rng(21 + seed)
    x = generator.integers(0, 2, (2600, 16)).astype("float32")
    y = (x - 0.5) @ generator.normal(size=16) + 1.2 * (x[:, 0] - 0.5) * (x[:, 5] - 0.5) * 4
    y = standardized_target(y).astype("float32")
    hidden = [L.Dense(100, activation="relu" if fix else "sigmoid") for _ in range(4)]
    model = keras.Sequential([keras.Input((16,)), *hidden, L.Dense(1)])
    rows = x[:2000], y[:2000]
    return setup(model, "mse", Opt.SGD(0.01), rows, epochs=30, batch_size=32, validation_split=0.1)


# https://whosebug.com/question/4257299, Why am I getting Nan after adding relu activation in LSTM?
@pair(
    fault="exploding-gradients",
    also=("learning-rate-too-high",),
    note="They set activation='relu' in two LSTMs over a hundred steps, as many tutorials do.",
    repaired="LSTMs with tanh.",
)
def forum_relu_lstm_nan(seed, *, fix=False):
    x, y = windows(standardized_target(series(1600, 22 + seed)), 100)
    activation = "tanh" if fix else "relu"
    model = keras.Sequential(
        [
            keras.Input((100, 1)),
            L.LSTM(50, activation=activation, return_sequences=True),
            L.LSTM(50, activation=activation),
            L.Dense(1),
        ]
    )
    rows, held = (x[:1000], y[:1000]), (x[1000:1200], y[1000:1200])
    return setup(model, "mse", Opt.Adam(0.01), rows, held, epochs=4, batch_size=32)


# https://community.deeplearning.ai/t/loss-values-do-not-change/324182
@pair(
    fault="dying-relu",
    also=("output-range-misses-targets",),
    note="They put ReLU on every layer, the last one too, for a line that runs from -3 to 9.",
    repaired="A linear output, and ten times the rate.",
)
def forum_dlai324182_line_with_relu(_seed, *, fix=False):
    x = np.arange(-1.0, 6.0).reshape(7, 1)
    y = 2 * x - 1
    inputs = keras.Input((1,))
    hidden = L.Dense(4, activation="relu")(inputs)
    hidden = L.Dense(2, activation="relu")(hidden)
    model = keras.Model(inputs, L.Dense(1, activation=None if fix else "relu")(hidden))
    return setup(model, keras.losses.MeanSquaredError(), Opt.Adam(0.01 if fix else 0.001), (x, y), epochs=500)


# https://errorhandle.ai/xor-neural-network-converges-to-0-5; https://stats.stackexchange.com/questions/433365
@pair(
    fault="cannot-fit-one-batch",
    also=("missing-hidden-activation",),
    note="They gave XOR to a single sigmoid unit without a hidden layer.",
    repaired="A hidden layer of eight units.",
)
def forum_xor_without_hidden(seed, *, fix=False):
    x = np.random.default_rng(25 + seed).integers(0, 2, (2000, 2))
    y = x[:, 0] ^ x[:, 1]
    hidden = [L.Dense(8, activation="tanh")] if fix else []
    model = keras.Sequential([keras.Input((2,)), *hidden, L.Dense(1, activation="sigmoid")])
    rows = x[:1500], y[:1500]
    return setup(model, BINARY, Opt.Adam(0.01), rows, metrics=["accuracy"], epochs=15, batch_size=32)


# https://stats.stackexchange.com/questions/360575, A huge gap between training and validation accuracy
@pair(
    fault="overfitting",
    also=("too-little-data", "trained-past-best-epoch"),
    note="They trained a wide net on 240 pictures with nothing to hold it back.",
    repaired="Pictures moved and mirrored, and dropout.",
    harm="loss",
)
def forum_stats360575_gap(seed, *, fix=False):
    kinds = [0, 2, 4, 6]
    x, y = pictures(seed, 240, kinds)
    held_x, held_y = pictures(seed, 400, kinds, "test")
    model = keras.Sequential([keras.Input((28, 28, 1))])
    if fix:
        model.add(L.RandomTranslation(0.06, 0.06, fill_mode="constant"))
        model.add(L.RandomFlip("horizontal"))
    model.add(L.Conv2D(32, 3, activation="relu"))
    model.add(L.MaxPooling2D())
    model.add(L.Flatten())
    if fix:
        model.add(L.Dropout(0.5))
    model.add(L.Dense(256, activation="relu"))
    if fix:
        model.add(L.Dropout(0.5))
    model.add(L.Dense(4, activation="softmax"))
    rows, held = (x, to_categorical(y, 4)), (held_x, to_categorical(held_y, 4))
    return setup(model, CATEGORICAL, "adam", rows, held, metrics=["accuracy"], epochs=50, batch_size=16)


# https://datascience.stackexchange.com/questions/110174,
# Validation loss not decreasing using dense layers although training and validation data have the same distribution
@pair(
    fault="trained-past-best-epoch",
    also=("overfitting", "too-little-data"),
    note="They trained 120 epochs to the end, and the validation loss had turned round early.",
    repaired="Early stopping that keeps the best weights.",
)
def forum_dse110174_val_turned(seed, *, fix=False):
    generator = np.random.default_rng(24 + seed)
    x = generator.normal(size=(1100, 13)).astype("float32")
    mixing = generator.normal(size=(13, 3)) / 3.6
    noise = 0.45 * generator.normal(size=(1100, 3))
    y = (np.tanh(x @ mixing) + 0.3 * x[:, :3] * x[:, 3:6] + noise).astype("float32")
    model = keras.Sequential(
        [keras.Input((13,)), L.Dense(128, activation="relu"), L.Dense(128, activation="relu"), L.Dense(3)]
    )
    return setup(
        model,
        "mse",
        "adam",
        (x[:500], y[:500]),
        (x[500:700], y[500:700]),
        metrics=["mae"],
        epochs=120,
        batch_size=32,
        callbacks=[keras.callbacks.EarlyStopping(patience=10, restore_best_weights=True)] if fix else [],
    )


# https://stackoom.com/en/question/4HpqD, Keras L2 regularization makes the network not learn (one hidden layer there)
@pair(
    fault="over-regularized",
    note="They set kernel_regularizer='l2' on every layer of a small net of sigmoids with dropout.",
    repaired="Without the penalty.",
)
def forum_l2_makes_it_not_learn(seed, *, fix=False):
    x, y = flat_pictures(seed, 4000)
    y = to_categorical(y, 10)
    penalty = None if fix else "l2"
    model = keras.Sequential(
        [
            keras.Input((784,)),
            L.Dense(36, activation="sigmoid", kernel_regularizer=penalty),
            L.Dropout(0.5),
            L.Dense(36, activation="sigmoid", kernel_regularizer=penalty),
            L.Dense(10, activation="softmax", kernel_regularizer=penalty),
        ]
    )
    return setup(
        model,
        keras.losses.CategoricalCrossentropy(),
        Opt.RMSprop(),
        (x[:3200], y[:3200]),
        (x[3200:], y[3200:]),
        metrics=["accuracy"],
        epochs=15,
        batch_size=128,
    )
