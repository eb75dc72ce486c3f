"""The head's loss follows from head and targets, and what they cannot do together is refused."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import trainwell as tw
from trainwell.engine import compat
from trainwell.errors import InputError
from trainwell.techniques.transfer.cutting import last_activation
from trainwell.techniques.transfer.targets import Aim

L = keras.layers
ROWS = 12
LABELS = np.arange(ROWS) % 3
X = np.random.default_rng(0).normal(size=(ROWS, 64)).astype("float32")


def transfer(base, head, y, **arguments):
    return tw.transfer(base, head, X, y, head_epochs=1, epochs=0, **arguments)


def aim(head, loss=None):
    """What a network is trained to give with this head on 24 features."""
    inputs = keras.Input((24,))
    outputs = inputs
    for layer in head:
        outputs = layer(outputs)
    nodes, (output,) = compat.graph(keras.Model(inputs, outputs))
    return Aim(tuple(output.shape), last_activation(nodes, output), (24,), loss)


@pytest.mark.parametrize(
    ("head", "y", "loss", "metric"),
    [
        (lambda: [L.Dense(1, "sigmoid")], LABELS > 0, "binary_crossentropy", "accuracy"),
        (lambda: [L.Dense(2, "sigmoid")], np.ones((ROWS, 2)), "binary_crossentropy", "accuracy"),
        (lambda: [L.Dense(3, "softmax")], LABELS, "sparse_categorical_crossentropy", "accuracy"),
        (lambda: [L.Dense(3, "softmax")], LABELS[:, None], "sparse_categorical_crossentropy", "accuracy"),
        (lambda: [L.Dense(3), L.Softmax()], LABELS, "sparse_categorical_crossentropy", "accuracy"),
        (lambda: [L.Dense(3, "softmax")], np.eye(3)[LABELS], "categorical_crossentropy", "accuracy"),
        (lambda: [L.Dense(1)], LABELS / 3, "mean_squared_error", "mae"),
        (lambda: [L.Dense(2)], np.ones((ROWS, 2)), "mean_squared_error", "mae"),
        (
            lambda: [keras.Sequential([L.Dense(4), L.Dense(1, "sigmoid")])],
            LABELS > 0,
            "binary_crossentropy",
            "accuracy",
        ),
        (
            lambda: [L.Dense(6), L.Reshape((2, 3)), L.Softmax()],
            np.ones((ROWS, 2)),
            "sparse_categorical_crossentropy",
            "accuracy",
        ),
    ],
)
def test_the_default_loss_and_metric(head, y, loss, metric):
    head = head()
    settled = aim(head).settled(y)
    settled.check(y, "y")
    assert (settled.loss, settled.metrics()) == (loss, [metric])


@pytest.mark.heavy
def test_the_default_loss_is_the_one_that_is_trained(base):
    result = transfer(base, L.Dense(1), LABELS / 3)
    assert result.model.loss == "mean_squared_error"
    assert set(result.history) == {"loss", "mae"}


def test_an_explicit_loss_and_metrics_win(base):
    logits = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    result = transfer(base, L.Dense(3), LABELS, loss=logits, metrics=["sparse_top_k_categorical_accuracy"])
    assert result.model.loss is logits
    assert list(result.history) == ["loss", "sparse_top_k_categorical_accuracy"]


def test_a_loss_that_is_not_known_is_trusted_and_a_class_may_be_ignored():
    unknown = aim([L.Dense(3, "tanh")], loss=lambda y, out: (y - out) ** 2)
    assert unknown.settled(None) is unknown
    unknown.check(np.ones(ROWS), "y")
    assert unknown.metrics() == []
    ignoring = aim([L.Dense(3, "softmax")], loss=keras.losses.SparseCategoricalCrossentropy(ignore_class=-1))
    ignoring.check(LABELS - (LABELS == 0), "y")
    with pytest.raises(InputError, match="from -2 to 2"):
        ignoring.check(LABELS - 2 * (LABELS == 0), "y")


def test_head_names_that_the_base_has_are_changed(base):
    assert transfer(base, [L.Dense(3, name="low"), L.Dense(1, "sigmoid", name="low")], LABELS > 0).head == (
        "low_head",
        "low_head_2",
    )


def test_a_trained_head_is_copied_with_its_weights(base):
    head = keras.Sequential([keras.Input((24,)), L.Dense(1, "sigmoid")])
    before = head.get_weights()
    result = transfer(base, head, LABELS > 0, head_learning_rate=1e-20)
    for one, other in zip(before, result.model.layers[-1].get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-12)
    transfer(base, head, LABELS > 0, head_learning_rate=1.0)
    for one, other in zip(before, head.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def built(layer):
    layer.build((None, 24))
    return layer


@pytest.mark.parametrize(
    ("head", "y", "words"),
    [
        (lambda: 10, LABELS, "head must be a Keras layer or a list of layers"),
        (list, LABELS, "head must be"),
        (lambda: [L.Dense(2)] * 2, LABELS, "lists one layer twice"),
        (lambda: built(L.Dense(3, "softmax")), LABELS, "already has weights"),
        (lambda: L.Conv2D(2, 3), LABELS, r"does not take what comes before it, of shape \(24,\)"),
        (lambda: L.Dense(2, "softmax"), LABELS, "y has labels from 0 to 2, and the head has 2 units"),
        (lambda: L.Dense(3, "softmax"), LABELS - 1, "y has labels from -1 to 1"),
        (lambda: L.Dense(3, "softmax"), LABELS + 0.5, "whole class numbers"),
        (lambda: L.Dense(3, "softmax"), np.eye(4)[LABELS], "y has 4 numbers a row, and the head has 3 units"),
        (lambda: L.Dense(1, "softmax"), LABELS, "a softmax over one unit"),
        (lambda: L.Dense(1, "sigmoid"), LABELS % 2 + 8, "has values from 8 to 9"),
        (lambda: L.Dense(1, "sigmoid"), np.eye(2)[LABELS % 2], "y has 2 numbers a row, and the head has 1 units"),
        (lambda: L.Dense(2, "sigmoid"), LABELS % 2, "2 sigmoid units"),
        (lambda: L.Dense(3), LABELS, "3 linear units, and y has one number a row"),
        (lambda: L.Dense(2), np.ones((ROWS, 3)), "y has 3 numbers a row, and the head has 2 units"),
        (lambda: L.Dense(3, "tanh"), LABELS, "activation 'tanh', which tells no loss"),
        (lambda: L.Dense(3, "softmax"), np.array(list("abc"))[LABELS], "array of numbers"),
        (lambda: L.Dense(3, "softmax"), None, "y must be an array of targets"),
        (lambda: L.Dense(3, "softmax"), np.zeros(0), "no rows"),
    ],
)
def test_what_does_not_fit_is_refused(base, head, y, words):
    with pytest.raises(InputError, match=words):
        transfer(base, head(), y)


@pytest.mark.parametrize(
    ("loss", "y"),
    [("sparse_categorical_crossentropy", np.eye(3)[LABELS]), ("categorical_crossentropy", LABELS), ("mse", LABELS)],
)
def test_targets_that_do_not_fit_an_explicit_loss_are_refused(base, loss, y):
    with pytest.raises(InputError, match="does not fit the output's"):
        transfer(base, L.Dense(3, "softmax"), y, loss=loss)
