from __future__ import annotations

import keras
import numpy as np
import pytest
from rules.runs import finding
from rules.setup.first_layers import judged

from trainwell.run import Run

L = keras.layers
RNG = np.random.default_rng(0)
NORMAL = RNG.normal(size=(200, 8)).astype("float32")
PICTURES = RNG.integers(0, 256, (100, 6, 6, 1)).astype("float32") * (RNG.random((100, 6, 6, 1)) < 0.5)
NAME = "clipped-inputs"


def test_the_message_says_what_is_lost():
    layer = {"place": "re_lu", "kind": "ReLU", "minimum": -3.1, "maximum": 3.4, "low": 0, "high": 3.4}
    run = Run.from_plain({"experiments": {"first_activation": {"rows": 64, "layers": [layer | {"lost": 0.51}]}}})
    found = finding(run, NAME)
    assert found.outcome == "fault"
    assert found.message == (
        "'re_lu' (ReLU) comes before the first weights and turns 51% of the inputs, values from -3.1 to 3.4, into 0: "
        "no later layer can tell them apart."
    )


@pytest.mark.parametrize(
    ("x", "layers"),
    [
        (NORMAL, (L.Activation("relu"),)),
        (NORMAL, (L.ReLU(),)),
        (NORMAL, (L.Dropout(0.2), L.ReLU())),
        (PICTURES, (L.Activation("sigmoid"),)),
        (100 * NORMAL, (L.Activation("tanh"),)),
        (PICTURES, (L.Rescaling(1 / 127.5, offset=-1), L.Flatten(), L.ReLU())),
    ],
)
def test_an_activation_that_makes_inputs_equal_is_named(x, layers):
    found = judged(NAME, x, *layers)
    assert found.outcome == "fault"
    assert found.evidence[0].where


@pytest.mark.parametrize(
    ("x", "layers"),
    [
        (PICTURES, (L.ReLU(),)),  # nothing is negative
        (np.where(PICTURES > 0, PICTURES, -20.0), (L.ReLU(),)),  # a background stays a background
        (NORMAL, (L.Activation("sigmoid"),)),
        (NORMAL, (L.Activation("tanh"),)),
        (NORMAL, (L.LeakyReLU(),)),
        (np.zeros((50, 4), "float32"), (L.ReLU(),)),
        (np.full((50, 4), -1.0, "float32"), (L.ReLU(),)),
        (PICTURES / 255, (L.Activation("tanh"),)),
    ],
)
def test_an_activation_that_keeps_inputs_apart_is_in_order(x, layers):
    assert judged(NAME, x, *layers).outcome == "passed"


def test_an_activation_behind_weights_does_not_concern_it():
    for layers in ((L.Dense(4, "relu"),), (L.Dense(4), L.ReLU()), (L.BatchNormalization(), L.ReLU())):
        assert judged(NAME, NORMAL, *layers).outcome == "not applicable"


def test_a_branch_around_the_activation_keeps_what_it_cuts():
    inputs = keras.Input((8,))
    both = L.Concatenate()([L.ReLU()(inputs), inputs])
    assert judged(NAME, NORMAL, keras.Model(inputs, L.Dense(1)(both))).outcome == "not applicable"


def test_inputs_that_are_not_finite_are_left_out():
    x = NORMAL.copy()
    x[0] = np.nan
    assert judged(NAME, x, L.ReLU()).outcome == "fault"
    assert judged(NAME, np.full((50, 4), np.nan, "float32"), L.ReLU()).outcome == "not applicable"
