from __future__ import annotations

import keras
import numpy as np
import pytest

from trainwell.experiments import BEFORE_TRAINING, ExperimentContext, experiment
from trainwell.experiments.row_mixing import row_mixing
from trainwell.recording import described
from trainwell.training_spec import TrainingSpec

L = keras.layers
X = np.random.default_rng(0).normal(size=(64, 6)).astype("float32")
Y = np.arange(64) % 3


def context(*layers, x=X, y=Y, loss="sparse_categorical_crossentropy"):
    model = keras.Sequential([keras.Input(x.shape[1:]), *layers])
    model.compile("adam", loss)
    spec = TrainingSpec.from_fit(model, x, y)
    return ExperimentContext(spec, described(spec))


def test_a_softmax_over_the_batch_mixes_rows_and_is_named():
    record = row_mixing(context(L.Dense(4, "relu"), L.Dense(3), L.Softmax(axis=0, name="over_batch")))
    assert record.changed > 0.05
    assert record.place == "over_batch"


@pytest.mark.parametrize(
    "layers",
    [
        lambda: [L.Lambda(lambda v: keras.ops.reshape(keras.ops.transpose(v), (-1, 6))), L.Dense(3, "softmax")],
        lambda: [L.Dense(3), L.UnitNormalization(axis=0), L.Activation("softmax")],
        lambda: [L.Lambda(lambda v: v - keras.ops.mean(v, axis=0, keepdims=True)), L.Dense(3, "softmax")],
    ],
    ids=["reshape", "normalization", "mean"],
)
def test_other_ways_to_mix_rows(layers):
    record = row_mixing(context(*layers()))
    assert record.changed > 0.01
    assert record.place


@pytest.mark.parametrize(
    "layers",
    [
        lambda: [L.Dense(8, "relu"), L.Dense(3, "softmax")],
        lambda: [L.BatchNormalization(), L.Dropout(0.5), L.Dense(3, "softmax")],
        lambda: [L.Reshape((3, 2)), L.LSTM(4), L.Dense(3, "softmax")],
        lambda: [L.LayerNormalization(), L.GaussianNoise(1.0), L.Dense(3, "softmax")],
        lambda: [L.Reshape((3, 2)), L.Conv1D(2, 2), L.Flatten(), L.Dense(3)],
    ],
    ids=["dense", "normalized", "recurrent", "noise", "convolution"],
)
def test_rows_that_stay_apart(layers):
    record = row_mixing(context(*layers()))
    assert record.changed < 1e-5
    assert record.place == ""


def test_too_few_rows_are_no_failure():
    found = context(L.Dense(3, "softmax"), x=X[:2], y=Y[:2])
    experiment(found, {"row_mixing": BEFORE_TRAINING["row_mixing"]})
    assert found.run.experiments.row_mixing is None
    assert "fewer than four" in found.run.not_measured["experiment:row_mixing"]


def test_weights_and_generators_stay_as_they_are():
    found = context(L.BatchNormalization(), L.Dense(3, "softmax"))
    before, state = found.model.get_weights(), np.random.get_state()[1].copy()  # noqa: NPY002 -- Keras's own generator
    experiment(found, BEFORE_TRAINING)
    assert all(np.array_equal(one, two) for one, two in zip(before, found.model.get_weights(), strict=True))
    assert np.array_equal(state, np.random.get_state()[1])  # noqa: NPY002 -- the same
