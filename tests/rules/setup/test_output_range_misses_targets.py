from __future__ import annotations

import keras
import numpy as np
import pytest
from rules.runs import finding, static
from rules.setup.tiny import BINARY, CLASSES, ONE_HOT, VALUES, Hidden, X, head, looks

NAME = "output-range-misses-targets"
UNIT = (VALUES - VALUES.min()) / (VALUES.max() - VALUES.min())


def squares(y, p):
    return keras.ops.square(y - p)


@pytest.mark.parametrize(
    ("activation", "y", "loss", "expected"),
    [
        ("relu", VALUES, "mse", "fault"),
        ("relu", VALUES, squares, "fault"),
        ("softplus", VALUES, "mae", "fault"),
        ("exponential", VALUES, "huber", "fault"),
        ("sigmoid", VALUES, "mse", "fault"),
        ("sigmoid", 100 * UNIT, "mse", "fault"),
        ("tanh", VALUES, "mse", "fault"),
        ("relu", np.abs(VALUES), "mse", "passed"),
        ("sigmoid", UNIT, "mse", "passed"),
        ("tanh", 2 * UNIT - 1, "mse", "passed"),
        ("tanh", np.sign(VALUES), "mse", "passed"),
        (None, 1000 * VALUES, "mse", "passed"),
        ("sigmoid", BINARY[:, None], "hinge", "fault"),
        ("sigmoid", 2 * BINARY[:, None] - 1, "squared_hinge", "fault"),
        ("tanh", BINARY[:, None], "hinge", "passed"),
        ("sigmoid", BINARY[:, None], "binary_crossentropy", "not applicable"),
        ("sigmoid", 2.0 * BINARY[:, None] - 1, squares, "not applicable"),
        ("relu", VALUES, "cosine_similarity", "not applicable"),
    ],
)
def test_the_range_must_hold_the_target(activation, y, loss, expected):
    assert finding(static(head(1, activation), X, y, loss=loss), NAME).outcome == expected


def test_the_message_and_the_margin():
    y = np.linspace(-1, 3, 60)[:, None]
    found = finding(static(head(1, "relu"), X, y), NAME)
    assert found.message == (
        "The output 'head' gives values in [0, inf) behind ReLU, and the target lies between -1 and 3: "
        "25% of it is out of reach."
    )
    # The mean square of the part below 0 is a quarter of 1/3; the variance of an even spread over 4 is 16/12.
    assert found.margin == pytest.approx(np.log2((1 / 12) / (16 / 12) / 0.02), abs=0.1)


def test_a_few_values_beyond_are_worth_a_word():
    y = np.tile(2 * UNIT - 1, (10, 1))
    y[0] = 1.8
    assert finding(static(head(1, "tanh"), np.tile(X, (10, 1)), y), NAME).outcome == "advice"


def test_many_values_that_lie_just_beyond_do_no_harm():
    y = np.where(np.arange(60)[:, None] % 4 == 0, -0.01, np.abs(VALUES))
    assert finding(static(head(1, "relu"), X, y), NAME).outcome == "passed"


def test_one_of_several_columns_is_enough():
    y = np.concatenate([100 + 50 * VALUES**2, VALUES], axis=1)
    assert finding(static(head(2, "relu"), X, y), NAME).outcome == "fault"
    assert finding(static(head(2, "relu"), X, np.abs(y)), NAME).outcome == "passed"


def test_the_rows_of_a_softmax_sum_to_one():
    y = np.random.default_rng(0).uniform(size=(60, 3))
    assert finding(static(head(3, "softmax"), X, y), NAME).outcome == "fault"
    assert finding(static(head(3, "softmax"), X, y / y.sum(axis=1, keepdims=True)), NAME).outcome == "passed"
    assert finding(static(head(3, "softmax"), X, ONE_HOT), NAME).outcome == "passed"


@pytest.mark.parametrize(
    ("low", "high", "expected"), [(0.0, 0.999, "fault"), (0.3, 0.6, "passed"), (-0.2, 1.4, "passed")]
)
def test_where_the_activation_is_not_seen_the_outputs_tell(low, high, expected):
    run = static(Hidden(), X, VALUES)
    assert finding(run, NAME).outcome == "not measured"
    looks(run, minimum=[0.4, low], maximum=[0.6, high])
    assert finding(run, NAME).outcome == expected


def test_classes_beside_a_shape_of_their_own_are_not_values():
    run = static(head(3, "softmax"), X, CLASSES, loss="sparse_categorical_crossentropy")
    assert finding(run, NAME).outcome == "not applicable"
