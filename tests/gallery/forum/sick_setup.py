"""Faults of model and compile, from forums."""

import keras
import numpy as np
from keras.utils import to_categorical
from sklearn import datasets
from sklearn.model_selection import train_test_split

from gallery.forum.data import (
    fashion,
    flat_bytes,
    flat_pictures,
    houses,
    packets,
    pictures,
    series,
    signals,
    standardized,
    standardized_target,
    windows,
)
from gallery.forum.nets import BINARY, CATEGORICAL, SPARSE, pretrained_base, residual_block, setup
from gallery.forum.pairs import pair

L = keras.layers
Opt = keras.optimizers


# https://stackoverflow.com/questions/31880720 (in DeepLocalize, DeepDiagnosis and DeepFD)
@pair(
    fault="softmax-on-one-unit",
    note="They put a softmax on one unit, to tell rows of ones from rows of zeros.",
    repaired="One sigmoid unit.",
)
def forum_so31880720_two_classes(_seed, *, fix=False):
    def rows(count):
        ones, zeros = np.ones((count, 128), "float32"), np.zeros((count, 128), "float32")
        return np.concatenate([ones, zeros]), np.repeat([True, False], count)

    model = keras.Sequential(
        [
            keras.Input((128,)),
            L.Dense(50),
            L.Activation("relu"),
            L.Dropout(0.2),
            L.Dense(50),
            L.Activation("relu"),
            L.Dropout(0.2),
            L.Dense(1),
            L.Activation("sigmoid" if fix else "softmax"),
        ]
    )
    return setup(model, BINARY, Opt.RMSprop(), rows(1000), rows(100), metrics=["accuracy"], epochs=4, batch_size=32)


# https://stackoverflow.com/questions/38648195 (in DeepLocalize)
@pair(
    fault="softmax-on-multi-label",
    note="They put a softmax and a squared error on three labels that may hold at once.",
    repaired="Three sigmoids, and binary cross-entropy.",
)
def forum_so38648195_multilabel(seed, *, fix=False):
    x, y = datasets.make_multilabel_classification(2200, 20, n_classes=3, random_state=1 + seed)
    x, held_x, y, held_y = train_test_split(x, y, test_size=0.2, random_state=1 + seed)
    model = keras.Sequential(
        [
            keras.Input((20,)),
            L.Dense(20),
            L.Activation("relu"),
            L.Dropout(0.5),
            L.Dense(20),
            L.Activation("relu"),
            L.Dropout(0.5),
            L.Dense(3),
            L.Activation("sigmoid" if fix else "softmax"),
        ]
    )
    loss = BINARY if fix else "mean_squared_error"
    return setup(model, loss, "sgd", (x, y), (held_x, held_y), metrics=["accuracy"], epochs=15, batch_size=20)


# https://stackoverflow.com/questions/44066044 (in DeepLocalize)
@pair(
    fault="missing-output-activation",
    also=("unscaled-inputs", "dying-relu"),
    note="They put ReLU on the output unit under binary cross-entropy, to tell attacks by raw features of packets.",
    repaired="A sigmoid unit, and standardized features.",
)
def forum_so44066044_packets(seed, *, fix=False):
    x, y = packets(1600, 4 + seed)
    if fix:
        x = standardized(x, "float64")
    model = keras.Sequential(
        [
            keras.Input((11,)),
            L.Dense(12, kernel_initializer="normal", activation="relu"),
            L.Dense(12, kernel_initializer="normal", activation="relu"),
            L.Dense(1, kernel_initializer="normal", activation="sigmoid" if fix else "relu"),
        ]
    )
    return setup(model, BINARY, "adam", (x[:1200], y[:1200]), metrics=["accuracy"], epochs=20, batch_size=5)


# https://stackoverflow.com/questions/48385830 (in DeepLocalize)
@pair(
    fault="missing-hidden-activation",
    also=("learning-rate-too-high", "mismatched-initializer"),
    note="They copied a net from a book, its rate of 3 and its start from N(0, 1), but not its sigmoids.",
    repaired="Sigmoids on both layers.",
)
def forum_so48385830_nielsen(seed, *, fix=False):
    x, y = flat_pictures(seed, 3000)
    activation = "sigmoid" if fix else None

    def layer(units):
        start = {f"{part}_initializer": keras.initializers.RandomNormal(stddev=1.0) for part in ("kernel", "bias")}
        return L.Dense(units, activation=activation, **start)

    model = keras.Sequential([keras.Input((784,)), layer(30), layer(10)])
    rows = x, to_categorical(y, 10)
    return setup(model, "mean_squared_error", Opt.SGD(3.0), rows, metrics=["accuracy"], epochs=8, batch_size=10)


# https://intellipaat.com/community/11257,
# ResNet: 100% accuracy during training, but 33% prediction accuracy with the same data
@pair(
    fault="batch-norm-statistics-not-settled",
    also=("stopped-too-early",),
    note="They trained a residual net for 18 steps at the default momentum, and validated on the same 90 pictures.",
    repaired="A momentum of 0.7.",
)
def forum_resnet_33_percent(seed, *, fix=False):
    x, y = pictures(seed, 90, [1, 7, 8])
    y = to_categorical(y, 3)
    momentum = 0.7 if fix else 0.99
    inputs = keras.Input((28, 28, 1))
    hidden = L.Conv2D(8, 7, strides=2, padding="same")(inputs)
    hidden = L.BatchNormalization(momentum=momentum)(hidden)
    hidden = L.Activation("relu")(hidden)
    hidden = residual_block(hidden, 16, momentum)
    hidden = L.MaxPooling2D()(hidden)
    hidden = residual_block(hidden, 32, momentum)
    hidden = L.GlobalAveragePooling2D()(hidden)
    model = keras.Model(inputs, L.Dense(3, activation="softmax")(hidden))
    return setup(
        model,
        CATEGORICAL,
        Opt.Adam(3e-3),
        (x, y),
        (x, y),
        metrics=["accuracy"],
        epochs=6,
        batch_size=32,
        shuffle=True,
    )


# Stack Overflow, Strange behaviour of the loss function in keras model, with pretrained convolutional base
@pair(
    fault="frozen-base-batch-norm-training",
    also=("batch-norm-statistics-not-settled",),
    note="They froze a base layer by layer, all but its batch normalization, and gave it darker pictures.",
    repaired="The whole base frozen.",
)
def forum_frozen_conv_base_bn_drifts(seed, *, fix=False):
    base = pretrained_base(seed, 3000)
    kinds = [5, 7, 8, 9]
    (x, y), (held_x, held_y) = fashion(seed, 320, kinds), fashion(seed, 300, kinds, "test")
    x, held_x = (0.4 * each[..., None] / 255 for each in (x, held_x))
    for layer in base.layers:
        layer.trainable = not fix and isinstance(layer, L.BatchNormalization)
    inputs = keras.Input((28, 28, 1))
    model = keras.Model(inputs, L.Dense(4, activation="softmax")(L.Flatten()(base(inputs))))
    return setup(
        model,
        SPARSE,
        Opt.Adam(3e-3),
        (x, y),
        (held_x, held_y),
        metrics=["accuracy"],
        epochs=5,
        batch_size=32,
    )


# https://stackoverflow.com/questions/52441877, How does binary cross entropy loss work on autoencoders?
@pair(
    fault="output-range-misses-targets",
    also=("unscaled-inputs", "unscaled-target", "labels-out-of-range"),
    note="They gave an autoencoder that ends in sigmoids the pictures in bytes, under binary cross-entropy.",
    repaired="Pictures in [0, 1].",
)
def forum_so52441877_autoencoder_raw(seed, *, fix=False):
    (x, _), (held, _) = flat_bytes(seed, 3000), flat_bytes(seed, 500, "test")
    if fix:
        x, held = x / 255, held / 255
    inputs = keras.Input((784,))
    encoded = L.Dense(64, activation="relu")(inputs)
    encoded = L.Dense(32, activation="relu")(encoded)
    decoded = L.Dense(64, activation="relu")(encoded)
    model = keras.Model(inputs, L.Dense(784, activation="sigmoid")(decoded))
    return setup(model, BINARY, "adam", (x, x), (held, held), epochs=8, batch_size=64, shuffle=True)


# https://github.com/mmalekzadeh/dana/issues/1,
# Usage of from_logits=True on the model that has softmax activated output
@pair(
    fault="activated-logits",
    note="They closed convolutions and two LSTMs by a softmax, and told the loss to expect logits.",
    repaired="The loss reads probabilities.",
    harm="loss",
)
def forum_dana_har_double_softmax(seed, *, fix=False):
    rows = signals(1200, 17 + seed, length=60, classes=6, noise=0.5)
    held = signals(300, 18 + seed, length=60, classes=6, noise=0.5)
    inputs = keras.Input((60, 1))
    hidden = L.Conv1D(24, 5, activation="relu")(inputs)
    hidden = L.Conv1D(24, 5, activation="relu")(hidden)
    hidden = L.LSTM(24, return_sequences=True, name="lstm_1")(hidden)
    hidden = L.Dropout(0.2, name="dot_1")(hidden)
    hidden = L.LSTM(24, name="lstm_2")(hidden)
    hidden = L.Dropout(0.2, name="dot_2")(hidden)
    model = keras.Model(inputs, L.Dense(6, activation="softmax", name="act_smx")(hidden))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=not fix)
    return setup(model, loss, "adam", rows, held, metrics=["sparse_categorical_accuracy"], epochs=10, batch_size=32)


# https://github.com/tensorflow/tensorflow/issues/45813, Shape of model output can differ from target data shape
@pair(
    fault="broadcast-target",
    note="They forecast the next 24 values by 24 units, and gave the next one alone as the target.",
    repaired="The next 24 values as the target.",
    judged_on="twin",
)
def forum_forecast_24_from_one(seed, *, fix=False):
    x, y = windows(series(1800, 20 + seed), 48, 24)
    if not fix:
        y = y[:, :1]
    model = keras.Sequential([keras.Input((48, 1)), L.GRU(24), L.Dense(24, activation="relu"), L.Dense(24)])
    rows, held = (x[:1300], y[:1300]), (x[1300:1500], y[1300:1500])
    return setup(model, "mse", Opt.Adam(3e-3), rows, held, epochs=10, batch_size=32)


# NeuraLint, sample deep_CNN_too_much_pooling (Nikanjam et al.)
@pair(
    fault="collapsed-feature-map",
    note="They pooled 28 by 28 pixels down to one before the last two convolutions.",
    repaired="Pooling by two.",
)
def forum_too_much_pooling(seed, *, fix=False):
    rows, held = pictures(seed, 2500), pictures(seed, 300, part="test")
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            L.Conv2D(8, 3, padding="same", activation="relu"),
            L.MaxPooling2D(2 if fix else 7),
            L.Conv2D(16, 3, padding="same", activation="relu"),
            L.MaxPooling2D(2 if fix else 4),
            L.Conv2D(32, 3, padding="same", activation="relu"),
            L.Conv2D(32, 3, padding="same", activation="relu"),
            L.Flatten(),
            L.Dense(64, activation="relu"),
            L.Dense(10, activation="softmax"),
        ]
    )
    return setup(model, SPARSE, "adam", rows, held, metrics=["accuracy"], epochs=6, batch_size=32)


# AUTOTRAINER, demo_case/Loss_Issue_Case/demo.py (Zhang et al.)
@pair(
    fault="stacked-activations",
    note="They put a Softmax layer behind a softmax, and a squared error behind both.",
    repaired="One softmax, and its cross-entropy.",
)
def forum_autotrainer_softmax_twice(seed, *, fix=False):
    x, y = datasets.make_blobs(1500, centers=3, n_features=2, cluster_std=2, random_state=2 + seed)
    x, y = x.astype("float32"), to_categorical(y, 3)
    hidden = [L.Dense(50, activation="relu", kernel_initializer="he_uniform") for _ in range(4)]
    model = keras.Sequential([keras.Input((2,)), *hidden, L.Dense(3, activation="softmax")])
    if not fix:
        model.add(L.Softmax())
    loss = CATEGORICAL if fix else "mean_squared_error"
    rows, held = (x[:1000], y[:1000]), (x[1000:1200], y[1000:1200])
    return setup(model, loss, Opt.Adam(1e-4), rows, held, metrics=["accuracy"], epochs=100, batch_size=64)


# https://stackoverflow.com/questions/48775305,
# What function defines accuracy in Keras when the loss is mean squared error (MSE)?
@pair(
    fault="metric-does-not-fit-task",
    note="They watched accuracy on a regression; what is trained is sound.",
    repaired="The mean absolute error.",
    harm="none",
)
def forum_so48775305_accuracy_for_mse(seed, *, fix=False):
    x, price = houses(2000, 23 + seed)
    rows = standardized(x[:1500]), standardized_target(np.log(price)[:1500])
    model = keras.Sequential(
        [
            keras.Input((6,)),
            L.Dense(32, activation="relu"),
            L.Dense(16, activation="relu"),
            L.Dense(1),
            L.Activation("linear"),
        ]
    )
    return setup(
        model,
        "mean_squared_error",
        "adam",
        rows,
        metrics=["mae" if fix else "accuracy"],
        epochs=25,
        batch_size=32,
        validation_split=0.2,
    )


# https://pullrequest.ru/11818227 (from Stack Overflow); NeuraLint, sample TF_lenet_zeros_init
@pair(
    fault="constant-initialization",
    note="They set all weights to zero, so that the net starts neutral.",
    repaired="Weights drawn by Glorot's rule.",
)
def forum_zeros_everywhere(seed, *, fix=False):
    rows = flat_pictures(seed, 3000)
    start = {"kernel_initializer": "glorot_uniform" if fix else "zeros", "bias_initializer": "zeros"}
    model = keras.Sequential(
        [keras.Input((784,)), L.Dense(64, activation="relu", **start), L.Dense(10, activation="softmax", **start)]
    )
    return setup(
        model, SPARSE, Opt.Adam(1e-3), rows, metrics=["accuracy"], epochs=5, batch_size=32, validation_split=0.1
    )


# https://stackoverflow.com/questions/42081257, Why binary_crossentropy and categorical_crossentropy give different
# performances for the same problem?; 44322611 (in NeuraLint)
@pair(
    fault="binary-loss-on-exclusive-classes",
    note="They took binary cross-entropy for ten exclusive classes, because its number was better.",
    repaired="Categorical cross-entropy.",
)
def forum_so42081257_bce_for_ten(seed, *, fix=False):
    (x, y), (held_x, held_y) = pictures(seed, 2500), pictures(seed, 300, part="test")
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            L.Conv2D(16, 3, activation="relu"),
            L.MaxPooling2D(),
            L.Flatten(),
            L.Dense(64, activation="relu"),
            L.Dense(10, activation="softmax"),
        ]
    )
    return setup(
        model,
        CATEGORICAL if fix else BINARY,
        Opt.SGD(0.01, momentum=0.9),
        (x, to_categorical(y, 10)),
        (held_x, to_categorical(held_y, 10)),
        metrics=["accuracy"],
        epochs=4,
        batch_size=64,
    )


# https://stackoverflow.com/questions/60566498 (in NeuraLint)
@pair(
    fault="heavy-dropout",
    note="They dropped half of what two convolutions say, and four fifths of the units before the softmax.",
    repaired="Rates of 0.1 and 0.2.",
)
def forum_so60566498_dropout_80(seed, *, fix=False):
    kinds = [2, 4, 6]
    (x, y), (held_x, held_y) = pictures(seed, 900, kinds), pictures(seed, 300, kinds, "test")
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            L.Conv2D(16, 3, padding="same"),
            L.Activation("relu"),
            L.MaxPooling2D(),
            L.Dropout(0.1 if fix else 0.5),
            L.Conv2D(16, 3, padding="same"),
            L.Dropout(0.1 if fix else 0.5),
            L.Activation("relu"),
            L.MaxPooling2D(),
            L.Flatten(),
            L.Dense(32),
            L.Activation("relu"),
            L.Dropout(0.2 if fix else 0.8),
            L.Dense(3),
            L.Activation("softmax"),
        ]
    )
    rows, held = (x, to_categorical(y, 3)), (held_x, to_categorical(held_y, 3))
    return setup(model, CATEGORICAL, "adam", rows, held, metrics=["accuracy"], epochs=10, batch_size=32)


# Planted.
@pair(
    fault="dropout-on-output",
    note="They put dropout behind the last layer of a regression.",
    repaired="No dropout.",
)
def forum_dropout_after_last_dense(seed, *, fix=False):
    x, price = houses(1800, 31 + seed)
    rows = standardized(x[:1300]), (np.log(price) - 12)[:1300]
    model = keras.Sequential(
        [keras.Input((6,)), L.Dense(48, activation="relu"), L.Dense(24, activation="relu"), L.Dense(1)]
    )
    if not fix:
        model.add(L.Dropout(0.3))
    return setup(model, "mse", "adam", rows, metrics=["mae"], epochs=25, batch_size=32, validation_split=0.2)


# Planted.
@pair(
    fault="batch-norm-on-tiny-batches",
    note="They were short of memory and took batches of two under batch normalization.",
    repaired="Batches of 32.",
)
def forum_bn_batches_of_two(seed, *, fix=False):
    rows, held = pictures(seed, 700), pictures(seed, 300, part="test")
    inputs = hidden = keras.Input((28, 28, 1))
    for filters in (12, 24):
        hidden = L.Conv2D(filters, 3, padding="same", use_bias=False)(hidden)
        hidden = L.BatchNormalization(momentum=0.9)(hidden)
        hidden = L.Activation("relu")(hidden)
        hidden = L.MaxPooling2D()(hidden)
    hidden = L.Flatten()(hidden)
    hidden = L.Dense(32, use_bias=False)(hidden)
    hidden = L.BatchNormalization(momentum=0.9)(hidden)
    hidden = L.Activation("relu")(hidden)
    model = keras.Model(inputs, L.Dense(10, activation="softmax")(hidden))
    size = 32 if fix else 2
    return setup(model, SPARSE, Opt.Adam(1e-3), rows, held, metrics=["accuracy"], epochs=6, batch_size=size)


# Planted.
@pair(
    fault="nothing-trainable",
    note="They froze the base by a loop over all layers, when the head was already among them.",
    repaired="The base alone frozen.",
)
def forum_froze_the_head_too(seed, *, fix=False):
    base = pretrained_base(seed, 2500, name="features")
    kinds = [5, 7, 8, 9]
    rows, held = pictures(seed, 800, kinds), pictures(seed, 300, kinds, "test")
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            base,
            L.Flatten(),
            L.Dense(64, activation="relu"),
            L.Dense(4, activation="softmax"),
        ]
    )
    for layer in model.layers[:1] if fix else model.layers:
        layer.trainable = False
    return setup(model, SPARSE, Opt.Adam(1e-3), rows, held, metrics=["accuracy"], epochs=5, batch_size=32)


# Planted.
@pair(
    fault="mismatched-initializer",
    also=("saturated-activations",),
    note="They started wide layers of tanh from N(0, 1).",
    repaired="Weights drawn by Glorot's rule.",
)
def forum_unit_normal_tanh(seed, *, fix=False):
    rows = flat_pictures(seed, 2500)
    start = "glorot_uniform" if fix else keras.initializers.RandomNormal(mean=0.0, stddev=1.0)
    hidden = [L.Dense(256, activation="tanh", kernel_initializer=start) for _ in range(3)]
    model = keras.Sequential([keras.Input((784,)), *hidden, L.Dense(10, activation="softmax")])
    return setup(
        model,
        SPARSE,
        Opt.SGD(0.01, momentum=0.9),
        rows,
        metrics=["accuracy"],
        epochs=8,
        batch_size=64,
        validation_split=0.1,
    )


# Planted.
@pair(
    fault="broadcast-target",
    note="They left return_sequences=True on the last LSTM, and each step is held against the one target.",
    repaired="The last step alone.",
)
def forum_last_lstm_returns_sequences(seed, *, fix=False):
    x, y = windows(series(1500, 35 + seed), 30)
    model = keras.Sequential(
        [
            keras.Input((30, 1)),
            L.LSTM(32, return_sequences=True),
            L.LSTM(16, return_sequences=not fix),
            L.Dense(1),
        ]
    )
    rows, held = (x[:1100], y[:1100]), (x[1100:1250], y[1100:1250])
    return setup(model, "mse", Opt.Adam(3e-3), rows, held, epochs=10, batch_size=32)


# Planted.
@pair(
    fault="loss-does-not-fit-task",
    note="They took categorical cross-entropy for one sigmoid unit: it is 0 from the first step.",
    repaired="Binary cross-entropy.",
)
def forum_categorical_loss_on_one_unit(seed, *, fix=False):
    x, y = datasets.load_breast_cancer(return_X_y=True)
    x, _, y, _ = train_test_split(x, y, test_size=0.3, random_state=5 + seed)
    rows = standardized(x), y.reshape(-1, 1).astype("float32")
    model = keras.Sequential([keras.Input((30,)), L.Dense(16, activation="relu"), L.Dense(1, activation="sigmoid")])
    loss = BINARY if fix else CATEGORICAL
    return setup(model, loss, "adam", rows, metrics=["accuracy"], epochs=15, batch_size=32)
