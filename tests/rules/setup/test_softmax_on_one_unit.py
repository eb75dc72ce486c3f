from __future__ import annotations

import keras
import numpy as np
import pytest
from rules.runs import finding, static
from rules.setup.tiny import BINARY, CLASSES, Hidden, L, X, head, looks, net

LOSS = "binary_crossentropy"
pytestmark = pytest.mark.filterwarnings("ignore:You are using a softmax:UserWarning")  # Keras sees some of them, too


@pytest.mark.parametrize(
    ("model", "y", "expected"),
    [
        (lambda: head(1, "softmax"), BINARY, "fault"),
        (lambda: head(1, "log_softmax"), BINARY, "fault"),
        (lambda: net(L.Dense(1), L.Activation("softmax")), BINARY, "fault"),
        (lambda: net(L.Dense(1), L.Softmax()), BINARY, "fault"),
        (lambda: head(2, "softmax"), np.eye(2)[BINARY], "passed"),
        (lambda: head(1, "sigmoid"), BINARY, "not applicable"),
    ],
)
def test_a_softmax_needs_more_than_one_unit(model, y, expected):
    model = model()
    assert finding(static(model, X, y, loss=LOSS), "softmax-on-one-unit").outcome == expected


def test_the_message():
    found = finding(static(head(1, "softmax"), X, BINARY, loss=LOSS), "softmax-on-one-unit")
    assert found.message == "The softmax of 'head' runs over 1 unit."


def attention(score):
    x = keras.Input((5, 4))
    pooled = L.GlobalAveragePooling1D()(L.Multiply()([x, score(x)]))
    return static(keras.Model(x, L.Dense(1)(pooled)), np.zeros((8, 5, 4)), np.zeros((8, 1)))


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        (lambda x: L.Dense(1, "softmax")(x), "fault"),
        (lambda x: L.TimeDistributed(L.Dense(1, "softmax"))(x), "fault"),
        (lambda x: L.Softmax(axis=1)(L.Dense(1)(x)), "passed"),
        (lambda x: keras.ops.softmax(L.Dense(1)(x), axis=1), "passed"),
        (lambda x: keras.ops.softmax(L.Dense(1)(x), axis=-1), "fault"),
    ],
)
def test_attention_over_steps(score, expected):
    assert finding(attention(score), "softmax-on-one-unit").outcome == expected


def test_a_sequence_of_one_step_is_no_fault():
    x = keras.Input((1, 4))
    weights = L.Softmax(axis=1)(L.Dense(1)(x))
    model = keras.Model(x, L.Dense(1)(L.Flatten()(L.Multiply()([x, weights]))))
    assert finding(static(model, np.zeros((8, 1, 4)), np.zeros((8, 1))), "softmax-on-one-unit").outcome == "passed"


def test_where_it_is_not_seen_the_outputs_tell():
    run = static(Hidden(), X, BINARY[:, None], loss=LOSS)
    assert finding(run, "softmax-on-one-unit").outcome == "not applicable"
    looks(run, minimum=[1, 1], maximum=[1, 1])
    assert finding(run, "softmax-on-one-unit").outcome == "fault"
    looks(run, minimum=[0.9, 1])
    assert finding(run, "softmax-on-one-unit").outcome == "passed"


def test_a_softmax_over_classes():
    run = static(head(3, "softmax"), X, CLASSES, loss="sparse_categorical_crossentropy")
    assert finding(run, "softmax-on-one-unit").evidence[0].says == "The softmax of 'head' runs over 3 units."


def test_a_softmax_along_the_batch_is_another_rules():
    run = static(net(L.Dense(2), L.Softmax(axis=0, name="share")), X, np.eye(2)[BINARY], loss=LOSS)
    found = finding(run, "softmax-on-one-unit")
    assert found.outcome == "not applicable"
    assert found.message == "The softmax of 'share' runs along the batch, which rows-mixed judges."
