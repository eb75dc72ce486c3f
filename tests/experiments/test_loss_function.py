from __future__ import annotations

import keras
import numpy as np
import pytest

from trainwell.experiments import ExperimentContext
from trainwell.experiments.loss_function import loss_function
from trainwell.recording import described
from trainwell.rules import find_rule, judge
from trainwell.training_spec import TrainingSpec

K, L = keras.ops, keras.layers
X = np.random.default_rng(0).normal(size=(64, 6)).astype("float32")
BITS = (X[:, :1] > 0).astype("float32")
LABELS = np.arange(64) % 3


def dice(y, p):
    return 2 * K.sum(y * p) / (K.sum(y) + K.sum(p))


def found(last, y, loss):
    model = keras.Sequential([keras.Input((6,)), L.Dense(4, "relu"), *last])
    model.compile("adam", loss)
    spec = TrainingSpec.from_fit(model, X, y)
    context = ExperimentContext(spec, described(spec))
    context.run.experiments.loss_function = loss_function(context)
    return judge(context.run, [find_rule("loss-prefers-errors")])[0]


@pytest.mark.parametrize(
    ("last", "y", "loss", "expected"),
    [
        (lambda: [L.Dense(1, "sigmoid")], BITS, dice, "fault"),
        (lambda: [L.Dense(1, "sigmoid")], BITS, lambda y, p: 1 - dice(y, p), "passed"),
        (lambda: [L.Dense(1, "sigmoid")], BITS, lambda y, p: (2 * K.sum(y * p) + 1) / (K.sum(y + p) + 1), "fault"),
        (lambda: [L.Dense(1)], X[:, :1], lambda y, p: -K.mean(K.square(y - p)), "fault"),
        (lambda: [L.Dense(1)], X[:, :1], lambda y, p: K.mean(K.square(y - p)), "passed"),
        (lambda: [L.Dense(1)], X[:, :1], lambda y, p: K.square(K.mean(y) - K.mean(p)), "fault"),
        (lambda: [L.Dense(1)], X[:, :1], lambda y, p: K.maximum(0.7 * (y - p), -0.3 * (y - p)), "passed"),
        (lambda: [L.Dense(1)], np.abs(X[:, :1].round()), lambda y, p: K.exp(p) - y * p, "passed"),
        (
            lambda: [L.Dense(3, "softmax")],
            LABELS,
            lambda y, p: -K.log(K.sum(K.one_hot(K.cast(K.reshape(y, (-1,)), "int32"), 3) * p, -1)),
            "passed",
        ),
        (lambda: [L.Dense(1)], BITS, lambda y, p: K.softplus(-(2 * y - 1) * p), "passed"),  # logits
        (lambda: [L.Dense(2), L.Lambda(lambda v: K.norm(v, axis=1, keepdims=True))], BITS,
         lambda y, d: y * d**2 + (1 - y) * K.maximum(1 - d, 0) ** 2, "not measured"),  # distances are no answers
    ],
)  # fmt: skip
def test_a_loss_must_be_lower_for_right_answers(last, y, loss, expected):
    assert found(last(), y, loss).outcome == expected


def test_keras_losses_are_not_asked():
    model = keras.Sequential([keras.Input((6,)), L.Dense(1)])
    model.compile("adam", "mse")
    spec = TrainingSpec.from_fit(model, X, BITS)
    assert loss_function(ExperimentContext(spec, described(spec))) is None


def test_the_message():
    message = found([L.Dense(1, "sigmoid")], BITS, dice).message
    assert message.startswith("The loss of 'dense")
    assert "the training makes the answers worse. Check its sign" in message
