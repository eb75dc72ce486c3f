"""The weight that each class gets, and how many rows it has."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from experiments.specs import outcome, tried

L = keras.layers
X = np.random.default_rng(0).normal(size=(200, 3))
Y = (np.arange(200) < 20).astype("float32")  # 180 rows of class 0


def of(y=Y, units=1, loss="binary_crossentropy", **fit):
    return tried("class_weights", keras.Sequential([keras.Input((3,)), L.Dense(units)]), X, y, loss=loss, **fit)


def test_counts_and_weights_of_classes():
    record = of(class_weight={0: 1.8, 1: 0.2}).experiments.class_weights
    assert record.source == "class_weight"
    assert [(each.label, each.rows, each.weight) for each in record.classes] == [(0, 180, 1.8), (1, 20, 0.2)]


@pytest.mark.parametrize(
    ("y", "units", "loss"),
    [
        (Y, 1, "binary_crossentropy"),
        (Y[:, None], 1, "binary_crossentropy"),
        (Y.astype(int), 2, "sparse_categorical_crossentropy"),
        (np.eye(2)[Y.astype(int)], 2, "categorical_crossentropy"),
    ],
)
def test_inverted_weights_are_named_for_all_forms_of_classes(y, units, loss):
    assert outcome(of(y, units, loss, class_weight={0: 1.8, 1: 0.2}), "class-weights-inverted") == "fault"
    assert outcome(of(y, units, loss, class_weight={0: 0.56, 1: 5.0}), "class-weights-inverted") == "passed"


def test_weights_of_rows_count_if_each_class_has_one():
    assert outcome(of(sample_weight=np.where(Y > 0, 0.2, 1.8)), "class-weights-inverted") == "fault"
    assert outcome(of(sample_weight=np.where(Y > 0, 5.0, 0.56)), "class-weights-inverted") == "passed"
    assert of(sample_weight=np.linspace(0.1, 2, 200)).experiments.class_weights is None


def test_other_trainings_have_no_such_record():
    assert of().experiments.class_weights is None
    assert of(X[:, :1], loss="mse", sample_weight=np.ones(200)).experiments.class_weights is None
    assert of(X, 3, "mse", sample_weight=np.ones(200)).experiments.class_weights is None
