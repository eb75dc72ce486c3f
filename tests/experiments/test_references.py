from __future__ import annotations

import keras
import numpy as np
import pytest
from sklearn.datasets import load_wine

from trainwell.experiments import ExperimentContext
from trainwell.experiments.features import tables
from trainwell.experiments.references import references
from trainwell.recording import described
from trainwell.run import Run
from trainwell.training_spec import TrainingSpec

L = keras.layers


def context(model, x, y, loss, *, validation=True, rows=None):
    rows = rows or (len(x) * 2) // 3
    model.compile("adam", loss)
    held = (x[rows:], y[rows:]) if validation else None
    spec = TrainingSpec.from_fit(model, x[:rows], y[:rows], validation_data=held)
    return ExperimentContext(spec, described(spec))


def net(*layers, shape):
    return keras.Sequential([keras.Input(shape), *layers])


@pytest.fixture(scope="module")
def wine():
    x, y = load_wine(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(x))
    return ((x - x.mean(0)) / x.std(0))[order].astype("float32"), y[order]


def test_learners_reach_what_is_there(wine):
    record = references(context(net(L.Dense(3, "softmax"), shape=(13,)), *wine, "sparse_categorical_crossentropy"))
    best = record.learners[0]
    assert record.metric == "accuracy"
    assert best.score > 0.9
    assert record.chance < 0.01
    assert record.gain > 0.2  # the network was not trained
    assert record.constant == pytest.approx(0.4, abs=0.15)
    assert record.attainable < 0.5
    assert not record.trained_on
    assert record.held_rows == 60


def test_permuted_targets_are_beyond_all_learners(wine):
    x, y = wine
    y = np.random.default_rng(1).permutation(y)
    record = references(context(net(L.Dense(3, "softmax"), shape=(13,)), x, y, "sparse_categorical_crossentropy"))
    assert record.chance > 0.05
    assert record.network_chance > 0.05


@pytest.mark.parametrize(
    ("y", "last", "loss"),
    [
        (lambda y: np.eye(3, dtype="float32")[y], lambda: L.Dense(3, "softmax"), "categorical_crossentropy"),
        (lambda y: (y == 1).astype("float32"), lambda: L.Dense(1, "sigmoid"), "binary_crossentropy"),
        (lambda y: 2.0 * (y == 1) - 1, lambda: L.Dense(1, "tanh"), "hinge"),
        (
            lambda y: y,
            lambda: L.Dense(3),
            lambda: keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        ),
        (
            lambda y: np.stack([y == 0, y > 0], 1).astype("float32"),
            lambda: L.Dense(2, "sigmoid"),
            "binary_crossentropy",
        ),
        (lambda y: y * 1.5 + 0.25, lambda: L.Dense(1), "mse"),
        (lambda y: np.stack([y * 1.5, y - 0.3], 1), lambda: L.Dense(2), "mae"),
    ],
    ids=["one-hot", "binary", "signed", "logits", "labels", "values", "columns"],
)
def test_targets_of_every_form_are_answered_in_the_form_of_the_output(wine, y, last, loss):
    x, labels = wine
    loss = loss() if callable(loss) else loss
    record = references(context(net(last(), shape=(13,)), x, np.asarray(y(labels)), loss))
    assert record.learners[0].score > 0.8
    assert record.attainable is not None
    assert record.attainable < 0.6


def test_without_validation_rows_some_training_rows_are_held_out(wine):
    found = context(net(L.Dense(3, "softmax"), shape=(13,)), *wine, "sparse_categorical_crossentropy", validation=False)
    record = references(found)
    assert record.trained_on
    assert record.learners[0].score > 0.9


def test_ids_are_counted():
    rng = np.random.default_rng(0)
    x = rng.integers(1, 50, (400, 12))
    y = (x == 7).any(1) | (x == 9).any(1)
    model = net(L.Embedding(50, 4), L.GlobalAveragePooling1D(), L.Dense(1, "sigmoid"), shape=(12,))
    record = references(context(model, x, y.astype("float32"), "binary_crossentropy"))
    assert record.learners[0].score > 0.9


def test_targets_at_each_position_are_not_measured():
    x = np.zeros((80, 5, 2), "float32")
    y = np.zeros((80, 5), "int32")
    y[:, 1:3] = 1
    found = context(net(L.Dense(2, "softmax"), shape=(5, 2)), x, y, "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match="each position"):
        references(found)


def test_missing_values_and_constant_columns_are_no_obstacle(wine):
    x = np.concatenate([wine[0], np.ones((len(wine[0]), 2), "float32")], axis=1)
    x[::7, 3] = np.nan
    found = tables(Run(), x[:100], x[100:])
    assert np.isfinite(found.train).all()
    assert np.isfinite(found.held).all()
    assert found.train.shape[1] == 13


def test_wide_inputs_are_reduced():
    x = np.random.default_rng(0).normal(size=(60, 30, 30))
    found = tables(Run(), x[:40], x[40:])
    assert found.train.shape == (40, 900)
    assert found.reduced_held.shape[1] <= 50
