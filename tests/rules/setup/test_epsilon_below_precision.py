from __future__ import annotations

import keras
import numpy as np
import pytest
from rules.runs import finding, static

from trainwell.edits import edited
from trainwell.remedies.setup.larger_epsilon import larger_epsilon
from trainwell.run import Run
from trainwell.training_spec import TrainingSpec

NAME = "epsilon-below-precision"
L = keras.layers


def run_of(dtypes, kind="Adam", **config):
    return Run.from_plain({"model": {"dtypes": dtypes}, "compile": {"optimizer": {"class": kind, "config": config}}})


@pytest.mark.parametrize(
    ("dtypes", "epsilon", "outcome"),
    [
        (["float16"], 1e-7, "fault"),
        (["float16"], 0.0, "fault"),
        (["float16"], 1e-4, "passed"),
        (["float16", "float32"], 1e-7, "fault"),
        (["float32"], 1e-7, "passed"),
        (["bfloat16"], 1e-7, "passed"),
        (["float64"], 1e-12, "passed"),
    ],
)
def test_epsilon_beside_the_smallest_number(dtypes, epsilon, outcome):
    assert finding(run_of(dtypes, epsilon=epsilon), NAME).outcome == outcome


def test_the_message():
    assert finding(run_of(["float16"], epsilon=1e-7), NAME).message == (
        "The weights are float16, and the epsilon of Adam, 1e-07, is below 6.1e-05, the smallest number that float16 "
        "holds in full. Adam then divides by almost 0, and its steps become huge or NaN."
    )


def test_an_optimizer_that_divides_by_nothing():
    assert finding(run_of(["float16"], "SGD"), NAME).outcome == "not applicable"


def test_the_optimizer_within_a_loss_scale():
    inner = {"class_name": "Adam", "config": {"epsilon": 1e-7}}
    found = finding(run_of(["float16"], "LossScaleOptimizer", inner_optimizer=inner), NAME)
    assert found.outcome == "fault"
    assert "the epsilon of Adam" in found.message


def test_a_run_that_does_not_tell_the_types():
    assert finding(Run.from_plain({"compile": {"optimizer": {"class": "Adam"}}}), NAME).outcome == "not measured"


X, Y = np.zeros((8, 3), "float32"), np.zeros((8, 1), "float32")


def net(dtype):
    return keras.Sequential(
        [keras.Input((3,)), L.Dense(2, "relu", dtype=dtype), L.BatchNormalization(dtype=dtype), L.Dense(1, dtype=dtype)]
    )


@pytest.mark.parametrize(
    ("dtype", "optimizer", "outcome"),
    [
        ("float16", "adam", "fault"),
        ("float16", "rmsprop", "fault"),
        ("float16", "sgd", "not applicable"),
        ("mixed_float16", "adam", "passed"),
        ("mixed_bfloat16", "adam", "passed"),
        ("bfloat16", "adam", "passed"),
        ("float32", "nadam", "passed"),
    ],
)
def test_models(dtype, optimizer, outcome):
    assert finding(static(net(dtype), X, Y, optimizer=optimizer), NAME).outcome == outcome


def test_the_remedy():
    model = net("float16")
    model.compile("adam", "mse")
    spec = TrainingSpec.from_fit(model, X, Y)
    (edits,) = larger_epsilon.propose(None)
    assert edited(spec, edits).compile["optimizer"].epsilon == 1e-4
