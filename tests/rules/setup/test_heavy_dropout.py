from __future__ import annotations

import keras
import numpy as np
import pytest
from rules.runs import finding, static

L = keras.layers


def told(*layers, shape=(6,)):
    model = keras.Sequential([keras.Input(shape), *layers])
    return finding(static(model, np.zeros((8, *shape)), np.zeros((8, *model.output_shape[1:]))), "heavy-dropout")


def test_a_rate_that_leaves_little():
    found = told(L.Dense(64, "relu"), L.Dropout(0.8, name="drop"), L.Dense(1))
    assert found.outcome == "fault"
    assert found.message == "The Dropout 'drop' drops 80% of 64 units and leaves about 13."


@pytest.mark.parametrize(("rate", "outcome"), [(0.5, "passed"), (0.6, "passed"), (0.65, "advice"), (0.75, "fault")])
def test_rates(rate, outcome):
    assert told(L.Dense(64, "relu"), L.Dropout(rate), L.Dense(1)).outcome == outcome


def test_a_high_rate_on_a_wide_layer_is_only_mentioned():
    assert told(L.Dense(1024, "relu"), L.Dropout(0.8), L.Dense(1)).outcome == "advice"


def test_dropout_of_channels():
    layers = [L.Conv2D(16, 3), L.SpatialDropout2D(0.8), L.Flatten(), L.Dense(1)]
    assert told(*layers, shape=(8, 8, 1)).outcome == "fault"


@pytest.mark.parametrize(
    "layer",
    [
        lambda: L.LSTM(16, dropout=0.8),
        lambda: L.GRU(16, recurrent_dropout=0.8),
        lambda: L.Bidirectional(L.LSTM(16, recurrent_dropout=0.8)),
    ],
)
def test_dropout_within_recurrent_layers(layer):
    layer = layer()
    assert told(layer, L.Dense(1), shape=(5, 3)).outcome == "fault"


@pytest.mark.heavy
def test_without_dropout_it_does_not_apply():
    assert told(L.Dense(4), L.GaussianNoise(0.9), L.Dropout(0.0), L.Dense(1)).outcome == "not applicable"
