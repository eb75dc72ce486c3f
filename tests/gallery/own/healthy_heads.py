"""Healthy Setups whose outputs, losses and metrics look odd at first sight, and are right."""

from __future__ import annotations

import keras
import numpy as np

from gallery import data, nets
from gallery.case import case
from gallery.data import Rows
from gallery.nets import BINARY, SPARSE, L, adam, dense, sequential, setup


@case(note="Digits by a small convolutional net, softmax in its own layer behind an Activation('linear').")
def own_head_digits_softmax(seed, *, last="softmax", logits=False):
    layers = [nets.conv(8), L.MaxPooling2D(), L.Flatten(), dense(32), L.Dense(10)]
    layers += [L.Activation(last), L.Activation("linear", dtype="float32")] if last else []
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=logits)
    return setup(sequential((8, 8, 1), *layers), data.digit_images(seed), loss, adam(3e-3), epochs=8)


class Logits(keras.Model):
    """A net that squeezes in its own code, or not at all."""

    def __init__(self, units, squeeze=None, cell=None):
        super().__init__()
        self.hidden = cell or dense(32)
        self.head = L.Dense(units)
        self.squeeze = squeeze

    def call(self, inputs):
        logits = self.head(self.hidden(inputs))
        return self.squeeze(logits) if self.squeeze else logits


@case(note="Tumours by a subclassed net that gives logits, and a loss that is told so.")
def own_head_cancer_logits(seed, *, squeeze=None, logits=True):
    loss = keras.losses.BinaryCrossentropy(from_logits=logits)
    metrics = [keras.metrics.BinaryAccuracy(threshold=0.0 if logits else 0.5)]
    rows = data.cancer(seed).standardized()
    return setup(Logits(1, squeeze), rows, loss, adam(3e-3), metrics=metrics, epochs=15)


@case(note="Waves by a subclassed GRU that gives logits, and a loss that is told so.")
def own_head_waves_logits(seed, *, squeeze=None):
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return setup(Logits(3, squeeze, L.GRU(16)), data.waves(seed), loss, adam(5e-3), epochs=12)


@case(note="Moons, a sigmoid of one unit.")
def own_head_moons_sigmoid(seed, *, last="sigmoid", logits=False, behind=()):
    model = sequential((2,), dense(24), dense(24), L.Dense(1, last), *behind)
    loss = keras.losses.BinaryCrossentropy(from_logits=logits)
    return setup(model, data.moons(seed), loss, adam(5e-3), epochs=20)


@case(note="Praise in texts by attention: a softmax over the words, one unit each.")
def own_head_texts_attention(seed, *, over=1):
    x = keras.Input((20,))
    words = L.Embedding(200, 8)(x)
    weights = L.Softmax(axis=over)(L.Dense(1)(L.Dense(16, "tanh")(words)))
    pooled = L.GlobalAveragePooling1D()(L.Multiply()([words, weights]) * 20.0)
    model = keras.Model(x, L.Dense(1, "sigmoid")(dense(16)(pooled)))
    return setup(model, data.texts(seed), BINARY, adam(5e-3), epochs=8)


@case(note="Wines in one-hot classes with mixed rows, as mixup makes them.")
def own_head_wine_mixup(seed, *, loss="categorical_crossentropy", mix=True, last="softmax"):
    rows = data.wine(seed).standardized()
    classes = np.eye(3, dtype="float32")
    y, x = classes[rows.y], rows.x
    if mix:
        other = np.random.default_rng(seed).permutation(len(x))
        share = np.random.default_rng(seed).beta(0.3, 0.3, (len(x), 1)).astype("float32")
        x, y = share * x + (1 - share) * x[other], share * y + (1 - share) * y[other]
    mixed = Rows(x, y, rows.held_x, classes[rows.held_y])
    return setup(sequential((13,), dense(16), L.Dense(3, last)), mixed, loss, adam(1e-2), epochs=20)


@case(note="Texts with several topics each: sigmoids and a binary loss.")
def own_head_topics_sigmoid(seed, *, last="sigmoid", loss=BINARY):
    rows = data.topics(seed).standardized()
    metrics = [keras.metrics.BinaryAccuracy()]
    return setup(sequential((20,), dense(32), L.Dense(5, last)), rows, loss, adam(3e-3), metrics=metrics, epochs=20)


@case(note="A smooth function, its target standardized, a linear output.")
def own_head_friedman_linear(
    seed, *, last=None, units=1, loss="mse", metrics=("mae",), flat=False, behind=(), scaled=True
):
    rows = data.friedman(seed).standardized()
    rows = rows.with_standardized_target() if scaled else rows
    rows = Rows(rows.x, rows.y[:, 0], rows.held_x, rows.held_y[:, 0]) if flat else rows
    model = sequential((10,), dense(32), dense(32), L.Dense(units, last), *behind)
    return setup(model, rows, loss, adam(5e-3), metrics=metrics, epochs=15)


@case(note="A smooth function, its target brought to [-1, 1], a tanh output.")
def own_head_friedman_tanh(seed):
    rows = data.friedman(seed).standardized()
    low, high = rows.y.min(), rows.y.max()
    y, held_y = (2 * (each - low) / (high - low) - 1 for each in (rows.y, rows.held_y))
    model = sequential((10,), dense(32), dense(32), L.Dense(1, "tanh"))
    return setup(model, Rows(rows.x, y, rows.held_x, held_y), "mse", adam(5e-3), metrics=["mae"], epochs=15)


class SquaredError(keras.losses.Loss):
    """A squared error that takes what it is given."""

    def call(self, y_true, y_pred):
        return keras.ops.square(y_true - y_pred)


@case(note="A smooth function with a loss class of one's own, its target (n, 1) as the output.")
def own_head_friedman_own_loss(seed, *, flat=False):
    return own_head_friedman_linear(seed, loss=SquaredError(), flat=flat)


@case(note="Numbers of events: a Poisson loss, and an exponential output that cannot be negative.")
def own_head_counts_exponential(seed):
    model = sequential((6,), dense(16), L.Dense(1, "exponential"))
    return setup(model, data.counts(seed), "poisson", adam(3e-3), metrics=["mae"], epochs=15)


@case(note="Numbers of events as values: a squared error, and a softplus output, since none is negative.")
def own_head_counts_softplus(seed):
    model = sequential((6,), dense(32), L.Dense(1, "softplus"))
    return setup(model, data.counts(seed), "mse", adam(5e-3), metrics=["mae"], epochs=20)


@case(note="Digits given back by an autoencoder: pixels in [0, 1], sigmoids, a binary loss.")
def own_head_digits_autoencoder(seed):
    rows = data.digits(seed).divided_by(16)
    pixels = Rows(rows.x, rows.x, rows.held_x, rows.held_x)
    model = sequential((64,), dense(32), dense(12), dense(32), L.Dense(64, "sigmoid"))
    return setup(model, pixels, BINARY, adam(3e-3), metrics=["mae"], epochs=20)


@case(note="Moons with signs for classes: a tanh output and a hinge loss.")
def own_head_moons_hinge(seed, *, metrics=None):
    rows = data.moons(seed)
    signs = Rows(rows.x, rows.y * 2.0 - 1, rows.held_x, rows.held_y * 2.0 - 1)
    model = sequential((2,), dense(24), dense(24), L.Dense(1, "tanh"))
    return setup(model, signs, "hinge", adam(5e-3), metrics=metrics or ["hinge"], epochs=20)


@case(note="The next value of a series by an LSTM's last state.")
def own_head_series_last(seed, *, sequences=False):
    model = sequential((24, 1), L.LSTM(16, return_sequences=sequences), L.Dense(1))
    return setup(model, data.series(seed), "mse", adam(1e-2), metrics=[], epochs=12)


@case(note="Two outputs in a list, their losses and metrics by the names of their layers.")
def own_head_two_outputs(seed, *, metric="mae"):
    rows = data.three_targets(seed)
    x = keras.Input((8,))
    hidden = dense(32)(dense(32)(x))
    model = keras.Model(x, [L.Dense(1, name="value")(hidden), L.Dense(1, "sigmoid", name="sign")(hidden)])
    y, held_y = ([each[:, :1], (each[:, 2:] > 0).astype("int32")] for each in (rows.y, rows.held_y))
    given = {"loss": {"value": "mse", "sign": BINARY}, "metrics": {"value": [metric], "sign": ["accuracy"]}}
    found = setup(model, Rows(rows.x, y, rows.held_x, held_y), "mse", adam(5e-3), epochs=15)
    found.compile.update(given)
    return found


@case(note="A tag for each word: softmaxes over sequences, numbers of classes as targets.")
def own_head_tags_sequences(seed):
    model = sequential(
        (12,),
        L.Embedding(31, 12),
        L.Bidirectional(L.GRU(12, return_sequences=True)),
        L.TimeDistributed(L.Dense(3, "softmax")),
    )
    return setup(model, data.tags(seed), SPARSE, adam(1e-2), epochs=10)
