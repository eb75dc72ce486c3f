from __future__ import annotations

import keras
import numpy as np
import pytest
from rules.runs import finding

from trainwell.experiments import ExperimentContext
from trainwell.experiments.gradients import gradients
from trainwell.recording import described
from trainwell.training_spec import TrainingSpec

K, L = keras.ops, keras.layers
X = np.random.default_rng(0).normal(size=(128, 6)).astype("float32")


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        (lambda: [L.Dense(8, "tanh"), L.Dense(1), L.Lambda(K.round)], "fault"),
        (lambda: [L.Dense(8, "tanh"), L.Lambda(K.sign), L.Dense(1)], "fault"),
        (lambda: [L.Dense(8, "tanh"), L.Lambda(K.stop_gradient), L.Dense(1)], "fault"),
        (lambda: [L.Dense(8, "relu"), L.Dense(1)], "passed"),
        (lambda: [L.Dense(8, "relu"), L.Dropout(0.5), L.BatchNormalization(), L.Dense(1)], "passed"),
        (lambda: [L.Dense(8, "relu"), L.Dense(1, kernel_initializer="zeros")], "not applicable"),
        (lambda: [L.Reshape((3, 2)), L.GRU(4), L.Dense(1)], "passed"),
    ],
)
def test_weights_that_no_gradient_reaches(layers, expected):
    model = keras.Sequential([keras.Input((6,)), *layers()])
    model.compile("adam", "mse")
    spec = TrainingSpec.from_fit(model, X, X[:, :1])
    context = ExperimentContext(spec, described(spec))
    context.run.experiments.gradients = gradients(context)
    assert finding(context.run, "cut-gradient").outcome == expected
