"""A base trained on the digits 0 to 5, and the digits 6 to 9 that a second network must tell apart."""

from __future__ import annotations

import keras
import pytest
from sklearn.datasets import load_digits

import trainwell as tw

L = keras.layers


@pytest.fixture(scope="session")
def digits():
    x, y = load_digits(return_X_y=True)
    return (x / 16).astype("float32"), y


@pytest.fixture(scope="session")
def second(digits):
    """`(x, y)` of the digits 6 to 9, numbered from 0."""
    x, y = digits
    return x[y >= 6], y[y >= 6] - 6


def make_base(normalized=False):
    keras.utils.set_random_seed(0)
    hidden = [L.Dense(48, "relu", name="low"), L.Dense(32, "relu", name="middle"), L.Dense(24, "relu", name="high")]
    if normalized:
        hidden.insert(1, L.BatchNormalization(name="normal"))
    model = keras.Sequential([keras.Input((64,)), *hidden, L.Dense(6, "softmax", name="answer")])
    model.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.fixture(scope="session")
def base(digits):
    x, y = digits
    model = make_base()
    tw.fit(model, x[y < 6], y[y < 6], epochs=15, verbose=0)
    return model


@pytest.fixture(scope="session")
def normalized_base(digits):
    x, y = digits
    model = make_base(normalized=True)
    tw.fit(model, x[y < 6], y[y < 6], epochs=3, verbose=0)
    return model
