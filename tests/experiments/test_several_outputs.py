"""Models with several outputs of sane scales: no output outweighs another."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from experiments.test_gradients import IDS, IMAGES, STEPS, X, Y, measured
from rules.runs import finding

L = keras.layers
KIND = np.arange(96) % 3
FLAG = (np.arange(96) % 2).astype("float32")[:, None]
SPARSE = "sparse_categorical_crossentropy"


def model(x, body, *heads):
    x = keras.Input(x[0], dtype=x[1]) if isinstance(x, tuple) and isinstance(x[0], tuple) else keras.Input(x)
    h = x
    for layer in body:
        h = layer(h)
    return keras.Model(x, [layer(h) for layer in heads])


def with_auxiliary_output():
    x = keras.Input((6,))
    one = L.Dense(8, "relu")(x)
    two = L.Dense(8, "relu")(L.BatchNormalization()(one))
    return keras.Model(x, [L.Dense(3, "softmax", name="main")(two), L.Dense(3, "softmax", name="auxiliary")(one)])


def with_reconstruction():
    x = keras.Input((8, 8, 1))
    h = L.Dense(16, "relu")(L.Flatten()(x))
    picture = L.Reshape((8, 8, 1), name="picture")(L.Dense(64)(h))
    return keras.Model(x, [L.Dense(3, "softmax", name="kind")(h), picture])


HEALTHY = {
    "two classifications": (
        lambda: model((6,), [L.Dense(8, "relu"), L.Dropout(0.3)], L.Dense(3, "softmax"), L.Dense(1, "sigmoid")),
        X,
        [KIND, FLAG],
        [SPARSE, "binary_crossentropy"],
    ),
    "three outputs behind a recurrent layer": (
        lambda: model((5, 3), [L.LSTM(6)], L.Dense(3, "softmax"), L.Dense(1, "sigmoid"), L.Dense(1)),
        STEPS,
        [KIND, FLAG, Y],
        [SPARSE, "binary_crossentropy", "mse"],
    ),
    "an embedding": (
        lambda: model(
            ((4,), "int32"),
            [L.Embedding(10, 6), L.GlobalAveragePooling1D(), L.Dense(8, "relu")],
            L.Dense(3),
            L.Dense(1),
        ),
        IDS,
        [KIND, Y],
        [keras.losses.SparseCategoricalCrossentropy(from_logits=True), "mae"],
    ),
    "an auxiliary classifier": (with_auxiliary_output, X, [KIND, KIND], [SPARSE, SPARSE]),
    "a reconstruction": (with_reconstruction, IMAGES, [KIND, IMAGES], [SPARSE, "mse"]),
    "batch normalization": (
        lambda: model((6,), [L.Dense(8), L.BatchNormalization(), L.ReLU()], L.Dense(1), L.Dense(1)),
        X,
        [Y, 5 * Y + 2],
        ["mse", "huber"],
    ),
}


@pytest.mark.parametrize("name", HEALTHY)
def test_none_is_outweighed(name):
    make, x, y, losses = HEALTHY[name]
    run = measured(make(), x, y, losses)
    found = finding(run, "outputs-outweighed")
    assert found.outcome == "passed"
    assert len(found.evidence) == len(losses) - 1
