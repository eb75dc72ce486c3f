from __future__ import annotations

import keras
import numpy as np
import pytest
from rules.runs import finding

from trainwell.experiments import ExperimentContext, experiment
from trainwell.experiments.frozen import frozen
from trainwell.recording import described
from trainwell.training_spec import TrainingSpec

L = keras.layers
X, Y = np.zeros((64, 12), "float32"), np.arange(64) % 3


def net(*, is_frozen=True, moved=False, bias=True, batch_norm=False):
    layers = [L.Dense(24, "relu", use_bias=bias) for _ in range(2)]
    base = keras.Sequential(
        [keras.Input((12,)), *layers, *([L.BatchNormalization()] if batch_norm else [])], name="base"
    )
    if moved:
        base.set_weights([each + 0.01 for each in base.get_weights()])
    base.trainable = not is_frozen
    model = keras.Sequential([keras.Input((12,)), base, L.Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def found(model):
    spec = TrainingSpec.from_fit(model, X, Y)
    context = ExperimentContext(spec, described(spec))
    experiment(context, {"frozen": frozen})
    return finding(context.run, "frozen-untrained")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, "fault"),
        ({"batch_norm": True}, "fault"),
        ({"is_frozen": False}, "not applicable"),
        ({"moved": True}, "passed"),
        ({"bias": False}, "not applicable"),
    ],
)
def test_frozen_layers_with_biases_as_they_begin(arguments, expected):
    assert found(net(**arguments)).outcome == expected


def test_the_message():
    message = found(net()).message
    assert message.startswith("2 of 2 frozen layers, from 'base/dense")
    assert message.endswith("no trained weights were ever loaded into them.")
