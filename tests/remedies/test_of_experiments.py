"""Remedies of faults that experiments prove: asked for a small model each."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from trainwell.edits import edited
from trainwell.experiments import BEFORE_TRAINING, ExperimentContext, experiment
from trainwell.recording import described
from trainwell.remedies import Case, find_remedy
from trainwell.rules import judge
from trainwell.training_spec import TrainingSpec

L = keras.layers
X = np.random.default_rng(0).normal(size=(256, 6)).astype("float32")
PIXELS = np.random.default_rng(0).uniform(size=(256, 6)).astype("float32")
Y = X[:, :1]

ASKED = {
    "remove-first-activation": ("clipped-inputs", lambda: [L.ReLU(), L.Dense(8, "relu")], X),
    "scale-once": ("rescaled-twice", lambda: [L.Rescaling(1 / 255), L.Dense(8, "relu")], PIXELS),
    "larger-epsilon": ("epsilon-below-precision", lambda: [L.Dense(8, "relu", dtype="float16")], X),
}


@pytest.mark.parametrize("name", ASKED)
def test_a_remedy_takes_away_what_its_fault_names(name):
    rule, layers, x = ASKED[name]
    last = L.Dense(1, dtype="float16" if name == "larger-epsilon" else None)
    model = keras.Sequential([keras.Input((6,)), *layers(), last])
    model.compile(keras.optimizers.Adam(1e-3), "mse")
    spec = TrainingSpec.from_fit(model, x, Y)
    run = described(spec)
    experiment(ExperimentContext(spec, run), BEFORE_TRAINING)
    found = next(each for each in judge(run) if each.rule.name == rule)
    assert found.outcome == "fault"
    edits = next(iter(find_remedy(name).propose(Case(found, run, spec))))
    after = edited(spec, edits)
    again = described(TrainingSpec.from_fit(after.compiled(), x, Y))
    experiment(ExperimentContext(after, again), BEFORE_TRAINING)
    assert next(each for each in judge(again) if each.rule.name == rule).outcome != "fault"
