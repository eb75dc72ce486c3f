from __future__ import annotations

import keras
import numpy as np
import pytest
from rules.runs import finding, static

from trainwell.run import Series

L = keras.layers


@pytest.fixture
def run():
    model = keras.Sequential([keras.Input((4,)), L.Dense(10, "relu", name="first"), L.Dense(1, name="head")])
    return static(model, np.random.default_rng(0).normal(size=(64, 4)), np.zeros((64, 1)))


def dead(run, *shares):
    run.signals["inference/output_zero_units/first"] = Series.over("epoch", shares, start=0)
    return finding(run, "dying-relu")


def test_a_layer_that_lost_most_of_its_units_is_named(run):
    found = dead(run, 0.1, 0.9)
    assert found.outcome == "fault"
    assert found.message == "90% of the units of 'first' give 0 for every input looked at."


def test_some_dead_units_are_in_order(run):
    found = dead(run, 0.9, 0.3)
    assert found.outcome == "passed"
    assert found.margin == pytest.approx(np.log2(0.3 / 0.7))


def test_without_looks_it_is_not_measured(run):
    assert finding(run, "dying-relu").outcome == "not measured"


def test_without_a_relu_it_does_not_apply():
    model = keras.Sequential([keras.Input((4,)), L.Dense(10, "tanh", name="first"), L.Dense(1)])
    run = static(model, np.zeros((64, 4)), np.zeros((64, 1)))
    assert dead(run, 0.9).outcome == "not applicable"
