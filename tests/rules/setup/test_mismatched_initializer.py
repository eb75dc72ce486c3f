from __future__ import annotations

import re

import keras
import numpy as np
import pytest
from rules.runs import finding, static, with_signals

from trainwell.run import Series

L = keras.layers


@pytest.fixture(autouse=True)
def _seed():
    keras.utils.set_random_seed(0)  # of the heads, whose initializers have none of their own


def drawn(deviation):
    return keras.initializers.RandomNormal(stddev=deviation, seed=0)


def run(*layers):
    model = keras.Sequential([keras.Input((64,)), *layers])
    return static(model, np.random.default_rng(0).normal(size=(64, 64)), np.zeros((64, 1)))


def row(count, initializer, activation="relu", head="glorot_uniform"):
    layers = [L.Dense(64, activation, kernel_initializer=initializer, name=f"hidden{k}") for k in range(count)]
    return run(*layers, L.Dense(1, kernel_initializer=head, name="head"))


def told(run, last, **tails):
    """With outputs of the last hidden layer of this size before the first step."""
    places = [call.place for call in run.model.calls if call.place != "head"]
    for call in places:
        size = last if call == places[-1] else 1.0
        for name, value in (("mean", 0.0), ("deviation", size), ("unit_deviation", size)):
            run.signals[f"inference/output_{name}/{call}"] = Series.over("epoch", [value], start=0)
    return finding(with_signals(run, **{f"inference__output_tail_share__{k}": [v] for k, v in tails.items()}), NAME)


NAME = "mismatched-initializer"


def test_weights_that_are_too_large():
    found = told(row(3, drawn(1.0)), 180.0)
    assert found.outcome == "fault"
    assert found.evidence[0].where == "hidden0"
    assert found.message.startswith("Over the 4 layers from 'hidden0' to 'head' the first weights are together ")
    assert re.search(r"and what passes them before the first step becomes 18\d times as large\.$", found.message)


def test_weights_that_are_too_small():
    found = told(row(3, drawn(0.01)), 1e-4)
    assert found.outcome == "fault"
    assert found.message.startswith(
        "Over the 3 layers from 'hidden0' to 'hidden2' the first weights are together 0.000"
    )
    assert re.search(r"what differs between rows becomes 0.0001\d* times as large before the first step", found.message)


@pytest.mark.parametrize(("deviation", "last"), [(1.0, 2.0), (0.01, 0.1)])
def test_weights_alone_are_no_fault_where_nothing_grows_or_fades(deviation, last):
    assert told(row(3, drawn(deviation)), last).outcome != "fault"


@pytest.mark.parametrize("last", [180.0, 1e-5])
def test_what_grows_or_fades_under_matching_weights_has_another_cause(last):
    assert told(row(3, "he_normal"), last).outcome == "passed"


def test_glorot_with_relu_is_mentioned_in_deep_nets_alone():
    assert told(row(4, "glorot_normal"), 0.5**2).outcome == "passed"
    assert told(row(12, "glorot_normal"), 0.5**6).outcome == "advice"
    assert told(row(30, "glorot_normal"), 0.5**15).outcome == "fault"


@pytest.mark.parametrize(
    ("activation", "initializer"), [("selu", "lecun_normal"), ("tanh", "lecun_normal"), ("elu", "he_normal")]
)
def test_matching_initializers(activation, initializer):
    assert told(row(20, initializer, activation), 1.0).outcome == "passed"


def test_tanh_in_its_tails():
    found = told(row(1, drawn(1.0), "tanh"), 1.0, hidden0=0.8)
    assert found.outcome == "fault"
    assert found.message.startswith("Before the first step 80% of the outputs of 'hidden0' lie in the tails")
    assert told(row(1, "glorot_uniform", "tanh"), 1.0, hidden0=0.8).outcome == "passed"  # the inputs are to blame
    assert told(row(1, drawn(1.0), "tanh"), 1.0, hidden0=0.3).outcome == "passed"


def test_normalization_sets_the_size_anew():
    blocks = [
        each
        for k in range(4)
        for each in (L.Dense(64, kernel_initializer=drawn(1.0)), L.BatchNormalization(), L.ReLU())
    ]
    found = told(run(*blocks, L.Dense(1, name="head")), 100.0)
    assert found.outcome != "fault"


def test_weights_that_were_loaded_are_left_out():
    model = keras.Sequential([keras.Input((64,)), L.Dense(64, "relu"), L.Dense(64, "relu"), L.Dense(1, name="head")])
    for layer in model.layers[:-1]:
        layer.kernel.assign(np.random.default_rng(0).normal(size=(64, 64)))
    loaded = static(model, np.zeros((64, 64)), np.zeros((64, 1)))
    assert told(loaded, 100.0).outcome == "not measured"


def test_a_last_layer_of_zeros_is_a_good_start():
    assert told(row(3, "he_normal", head="zeros"), 1.0).outcome == "passed"


def test_without_looks_it_is_not_measured():
    assert finding(row(3, drawn(1.0)), NAME).outcome == "not measured"
