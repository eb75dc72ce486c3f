from __future__ import annotations

import keras
import pytest
from rules.runs import finding, static
from rules.setup.tiny import BINARY, CLASSES, Hidden, X, head, looks

BINARY_LOSS = keras.losses.BinaryCrossentropy(from_logits=True)
SPARSE_LOSS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


@pytest.mark.parametrize(
    ("activation", "binary", "exclusive"),
    [
        (None, "passed", "passed"),
        ("sigmoid", "fault", "fault"),
        ("tanh", "fault", "fault"),
        ("relu", "fault", "passed"),
        ("leaky_relu", "passed", "passed"),
        ("log_softmax", "passed", "passed"),
    ],
)
def test_logits_are_not_bounded(activation, binary, exclusive):
    run = static(head(1, activation), X, BINARY[:, None], loss=BINARY_LOSS)
    assert finding(run, "activated-logits").outcome == binary
    run = static(head(3, activation), X, CLASSES, loss=SPARSE_LOSS)
    assert finding(run, "activated-logits").outcome == exclusive


def test_the_message():
    found = finding(static(head(3, "softmax"), X, CLASSES, loss=SPARSE_LOSS), "activated-logits")
    assert found.message == (
        "The output 'head' has passed softmax, and its loss sparse_categorical_crossentropy takes logits "
        "(from_logits=True)."
    )
    assert found.margin == pytest.approx(1)


def test_without_logits_it_does_not_apply():
    run = static(head(1, "sigmoid"), X, BINARY, loss="binary_crossentropy")
    assert finding(run, "activated-logits").outcome == "not applicable"


@pytest.mark.parametrize(
    ("lows", "highs", "sums", "expected"),
    [
        ([0.2, 0.0], [0.4, 0.99], [1e-7, 1e-7], "fault"),
        ([0.2, 0.0], [0.4, 0.99], [1e-7, 0.01], "passed"),
        ([0.2, -0.1], [0.4, 0.99], [1e-7, 1e-7], "passed"),
        ([0.2, 0.0], [1.2, 0.99], [1e-7, 1e-7], "passed"),
    ],
)
def test_an_unseen_softmax_is_known_by_its_rows(lows, highs, sums, expected):
    run = static(Hidden(3), X, CLASSES, loss=SPARSE_LOSS)
    assert finding(run, "activated-logits").outcome == "not measured"
    looks(run, minimum=lows, maximum=highs, sum_from_one=sums)
    assert finding(run, "activated-logits").outcome == expected


@pytest.mark.parametrize(("low", "high", "expected"), [(0.05, 0.97, "fault"), (0.3, 0.6, "passed")])
def test_an_unseen_sigmoid_reaches_for_both_ends(low, high, expected):
    run = static(Hidden(), X, BINARY[:, None], loss=BINARY_LOSS)
    looks(run, minimum=[0.4, low], maximum=[0.5, high], sum_from_one=[0.5, 0.5])
    assert finding(run, "activated-logits").outcome == expected
