from __future__ import annotations

import keras
import numpy as np
import pytest
from rules.runs import finding, static
from rules.setup.tiny import BINARY, CLASSES, LABELS, ONE_HOT, VALUES, X, head

from trainwell.rules import judge
from trainwell.rules.judging import faults

M = keras.metrics
NAME, SPARSE, CATEGORICAL, BINARY_LOSS = (
    "metric-does-not-fit-task",
    "sparse_categorical_crossentropy",
    "categorical_crossentropy",
    "binary_crossentropy",
)
LOGITS = keras.losses.BinaryCrossentropy(from_logits=True)
VALUES_AGAIN = np.concatenate([VALUES, VALUES**2, -VALUES], axis=1)


def own(y, p):
    return y - p


def judged(units, activation, loss, y, metric):
    return finding(static(head(units, activation), X, y, loss=loss, metrics=[metric]), NAME)


@pytest.mark.parametrize(
    ("units", "activation", "loss", "y", "metric", "expected"),
    [
        (1, None, "mse", VALUES, "accuracy", "fault"),
        (1, None, "mse", VALUES, M.AUC, "fault"),
        (3, None, "mse", VALUES_AGAIN, "accuracy", "fault"),
        (1, None, "mse", CLASSES + 3, "accuracy", "fault"),
        (1, None, own, VALUES, "accuracy", "fault"),
        (1, None, "mse", VALUES, "mae", "passed"),
        (1, None, "mse", BINARY, "accuracy", "passed"),
        (1, "sigmoid", BINARY_LOSS, BINARY, "accuracy", "passed"),
        (1, "sigmoid", BINARY_LOSS, BINARY, M.Accuracy, "fault"),
        (1, "sigmoid", BINARY_LOSS, np.abs(np.tanh(VALUES)), "accuracy", "passed"),
        (1, "sigmoid", BINARY_LOSS, BINARY, M.SparseCategoricalAccuracy, "fault"),
        (1, "sigmoid", BINARY_LOSS, BINARY, "mse", "passed"),
        (1, "tanh", "hinge", 2 * BINARY[:, None] - 1, "accuracy", "fault"),
        (1, "tanh", "hinge", 2 * BINARY[:, None] - 1, "hinge", "not applicable"),
        (3, "softmax", SPARSE, CLASSES, "accuracy", "passed"),
        (3, "softmax", SPARSE, CLASSES[:, None], M.MeanSquaredError, "fault"),
        (3, "softmax", SPARSE, CLASSES[:, None], M.BinaryAccuracy, "fault"),
        (3, "softmax", SPARSE, CLASSES[:, None], M.CategoricalAccuracy, "fault"),
        (3, "softmax", CATEGORICAL, ONE_HOT, "accuracy", "passed"),
        (3, "softmax", CATEGORICAL, ONE_HOT, M.CategoricalAccuracy, "passed"),
        (3, "softmax", CATEGORICAL, ONE_HOT, "binary_accuracy", "fault"),
        (3, "softmax", CATEGORICAL, ONE_HOT, M.AUC, "passed"),
        (3, "softmax", CATEGORICAL, ONE_HOT, M.Precision, "passed"),
        (3, "softmax", CATEGORICAL, 0.9 * ONE_HOT + 0.1 / 3, "accuracy", "passed"),
        (3, "sigmoid", BINARY_LOSS, LABELS, M.BinaryAccuracy, "passed"),
        (3, "sigmoid", BINARY_LOSS, LABELS, "accuracy", "advice"),
        (1, None, LOGITS, BINARY, "accuracy", "advice"),
        (1, None, LOGITS, BINARY, lambda: M.BinaryAccuracy(threshold=0.0), "passed"),
        (1, None, LOGITS, BINARY, lambda: M.AUC(from_logits=True), "passed"),
        (1, None, "mse", VALUES, own, "not applicable"),
    ],
)
def test_what_a_metric_can_read(units, activation, loss, y, metric, expected):
    if callable(metric) and metric is not own:
        metric = metric()
    assert judged(units, activation, loss, y, metric).outcome == expected


def test_the_message():
    found = judged(1, None, "mse", VALUES, "accuracy")
    assert found.message == "The metric 'accuracy' of 'head' counts right answers, and the target holds values."


def test_each_output_is_judged_by_its_own_target():
    x = keras.Input((4,))
    outputs = [keras.layers.Dense(1, name="value")(x), keras.layers.Dense(1, "sigmoid", name="sign")(x)]
    run = static(keras.Model(x, outputs), X, [VALUES, BINARY], loss=["mse", BINARY_LOSS], metrics=[["mae"], ["acc"]])
    assert finding(run, NAME).outcome == "passed"
    run = static(keras.Model(x, outputs), X, [VALUES, BINARY], loss=["mse", BINARY_LOSS], metrics=[["acc"], ["acc"]])
    assert finding(run, NAME).message.startswith("The metric 'acc' of 'value' counts")


def test_a_wrong_loss_explains_it():
    found = faults(judge(static(head(), X, CLASSES, metrics=["accuracy"])))
    assert [each.rule.name for each in found] == ["loss-does-not-fit-task"]
    assert NAME in found[0].consequences
