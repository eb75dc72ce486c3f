from __future__ import annotations

import keras
import numpy as np
import pytest
from rules.runs import finding, static

L = keras.layers


def told(size, *layers, shape=(6,), rows=64):
    model = keras.Sequential([keras.Input(shape), *layers])
    run = static(model, np.zeros((rows, *shape)), np.zeros((rows, 1)), batch_size=size)
    return finding(run, "batch-norm-on-tiny-batches")


def dense(**arguments):
    return L.Dense(4), L.BatchNormalization(name="norm", **arguments), L.Dense(1)


@pytest.mark.parametrize(
    ("size", "outcome"), [(1, "fault"), (4, "fault"), (6, "advice"), (8, "passed"), (32, "passed")]
)
def test_plain_units(size, outcome):
    assert told(size, *dense()).outcome == outcome


@pytest.mark.parametrize(("size", "outcome"), [(2, "fault"), (4, "advice"), (8, "passed")])
def test_maps(size, outcome):
    layers = [L.Conv2D(2, 3), L.BatchNormalization(), L.Flatten(), L.Dense(1)]
    assert told(size, *layers, shape=(5, 5, 1)).outcome == outcome


def test_what_it_says():
    assert told(2, *dense()).message == "'norm' takes its statistics from 2 rows at a time."


def test_a_batch_is_no_larger_than_the_data():
    assert told(32, *dense(), rows=3).outcome == "fault"


def test_frozen_normalizations_are_in_order():
    assert told(1, *dense(trainable=False)).outcome == "not applicable"


def test_without_batch_normalization_it_does_not_apply():
    assert told(1, L.LayerNormalization(), L.Dense(1)).outcome == "not applicable"
