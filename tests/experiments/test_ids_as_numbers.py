"""Ids and sizes: which whole numbers are told to be ids, on data made for one or the other."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from experiments.specs import outcome, tried
from sklearn.datasets import load_digits

L = keras.layers
ROWS = 900


def rng():
    return np.random.default_rng(0)


def dense(x, y, *, loss="mse", units=1, front=()):
    model = keras.Sequential([keras.Input(x.shape[1:]), *front, L.Dense(units)])
    return tried("ids_as_numbers", model, x, y, loss=loss)


def recurrent(x, y, **options):
    return dense(x, y, front=[L.SimpleRNN(2, return_sequences=np.ndim(y) == 3)], **options)


def words(length=12):
    """Word numbers, some of which mean good and some bad, in no order."""
    draw = rng()
    x, y = draw.integers(40, 300, (ROWS, length)), draw.integers(0, 2, ROWS)
    numbers = draw.permutation(300)
    for row, label in enumerate(y):
        x[row, draw.choice(length, 3, replace=False)] = draw.integers(0, 20, 3) + 20 * label
    x = numbers[x] + 1
    x[np.arange(length) >= draw.integers(6, length + 1, ROWS)[:, None]] = 0  # padding
    return x, y


def test_words_in_a_recurrent_and_in_a_dense_layer_are_named():
    x, y = words()
    run = recurrent(x[..., None].astype("float32"), y, loss="binary_crossentropy")
    (record,) = run.experiments.ids_as_numbers.inputs
    assert (record.name, record.kind) == ("x", "SimpleRNN")
    assert outcome(run, "ids-as-numbers") == "fault"
    scaled = dense(x, y, loss="binary_crossentropy", front=[L.Rescaling(1 / 300), L.Dense(2, "relu")])
    assert outcome(scaled, "ids-as-numbers") == "fault"


def test_a_target_at_each_step_is_compared_step_by_step():
    x = rng().integers(0, 60, (ROWS, 6))
    y = np.isin(x, rng().choice(60, 15, replace=False)).astype("float32")
    assert outcome(recurrent(x[..., None], y[..., None]), "ids-as-numbers") == "fault"


def test_codes_in_the_columns_of_a_table_are_named():
    x = rng().integers(0, 40, (ROWS, 2))
    effects = rng().normal(size=(2, 40))
    y = effects[0, x[:, 0]] + effects[1, x[:, 1]]
    assert outcome(dense(x, y), "ids-as-numbers") == "fault"


def counts():
    x = rng().poisson(rng().gamma(2, 8, (ROWS, 10)))
    return x, np.log1p(x[:, 0]) - np.log1p(x[:, 1]) + 0.3 * rng().normal(size=ROWS)


def people():
    x = np.stack([rng().integers(18, 90, ROWS), rng().integers(0, 24, ROWS), rng().integers(1, 366, ROWS)], axis=1)
    return x, np.sin(x[:, 1] / 24 * 2 * np.pi) + 0.02 * x[:, 0] + 0.2 * rng().normal(size=ROWS)


def sound():
    x = np.round(
        128 + 100 * np.sin(rng().uniform(0.05, 0.3, (ROWS, 1)) * np.arange(40) + rng().uniform(0, 6, (ROWS, 1)))
    )
    return x, np.abs(x - 128).mean(axis=1)


def noise():
    return rng().integers(0, 200, (ROWS, 8)), rng().integers(0, 2, ROWS)


def digits():
    x, y = load_digits(return_X_y=True)
    return x, (y % 2).astype(float)


@pytest.mark.parametrize("make", [counts, people, sound, noise, digits])
def test_sizes_are_in_order(make):
    assert outcome(dense(*make()), "ids-as-numbers") != "fault"


def test_what_cannot_be_compared_is_left_alone():
    x, y = words()
    embedded = keras.Sequential([keras.Input((12,)), L.Embedding(301, 2), L.Flatten(), L.Dense(1)])
    assert tried("ids_as_numbers", embedded, x, y).experiments.ids_as_numbers is None
    assert dense(x[:50], y[:50]).experiments.ids_as_numbers is None  # too few rows
    assert dense(x, np.zeros(ROWS)).experiments.ids_as_numbers is None
    images = keras.Sequential([keras.Input((12,)), L.Dense(8), L.Reshape((2, 4))])
    pictures = tried("ids_as_numbers", images, x, rng().normal(size=(ROWS, 2, 4)))
    assert outcome(pictures, "ids-as-numbers") == "passed"  # positions of their own
    assert dense(x + 0.5, y).experiments.ids_as_numbers is None
    assert dense(x, np.where(y > 0, np.nan, 1.0)).experiments.ids_as_numbers is None
