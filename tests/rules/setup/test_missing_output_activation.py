from __future__ import annotations

import keras
import numpy as np
import pytest
from rules.runs import finding, static
from rules.setup.tiny import BINARY, CLASSES, ONE_HOT, VALUES, Hidden, X, head, looks

SPARSE = "sparse_categorical_crossentropy"


def outcome(model, y, loss):
    return finding(static(model, X, y, loss=loss), "missing-output-activation").outcome


@pytest.mark.parametrize(
    ("units", "activation", "loss", "y", "expected"),
    [
        (3, None, SPARSE, CLASSES, "fault"),
        (3, "softmax", SPARSE, CLASSES, "passed"),
        (3, "relu", SPARSE, CLASSES, "fault"),
        (3, "exponential", SPARSE, CLASSES, "passed"),  # Keras divides by the sum: a softmax
        (3, "sigmoid", "categorical_crossentropy", ONE_HOT, "passed"),
        (3, "log_softmax", SPARSE, CLASSES, "fault"),
        (3, None, "kl_divergence", ONE_HOT, "fault"),
        (3, "softplus", "kl_divergence", ONE_HOT, "fault"),
        (1, "tanh", "binary_crossentropy", BINARY, "fault"),
        (1, "hard_sigmoid", "binary_crossentropy", BINARY, "passed"),
        (1, None, "mse", VALUES, "not applicable"),
        (1, "softplus", "poisson", np.abs(VALUES), "passed"),
    ],
)
def test_a_loss_of_probabilities_needs_an_activation_that_gives_them(units, activation, loss, y, expected):
    assert outcome(head(units, activation), y, loss) == expected


def test_the_message_names_the_output_and_what_the_loss_takes():
    found = finding(static(head(3), X, CLASSES, loss=SPARSE), "missing-output-activation")
    assert found.message == (
        "The output 'head' has no activation, and its loss sparse_categorical_crossentropy takes probabilities."
    )


def test_told_logits_are_in_order():
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    assert outcome(head(3), CLASSES, loss) == "not applicable"


def test_a_loss_of_ones_own_is_not_judged():
    assert outcome(head(3), VALUES, lambda y, p: y - p) == "not applicable"


@pytest.mark.parametrize(
    ("lowest", "highest", "expected"), [(-0.5, 0.9, "fault"), (0.1, 1.3, "fault"), (0.0, 1.005, "passed")]
)
def test_where_the_activation_is_not_seen_the_outputs_tell(lowest, highest, expected):
    run = static(Hidden(), X, BINARY[:, None], loss="binary_crossentropy")
    assert finding(run, "missing-output-activation").outcome == "not measured"
    looks(run, minimum=[0.4, lowest], maximum=[0.6, highest])
    assert finding(run, "missing-output-activation").outcome == expected


def test_a_linear_output_of_rates_is_in_order_while_it_stays_positive():
    run = static(head(), X, np.abs(VALUES), loss="poisson")
    assert finding(run, "missing-output-activation").outcome == "not measured"
    looks(run, minimum=[0.2, 0.1], maximum=[1.0, 2.0], non_finite_share=[0, 0])
    assert finding(run, "missing-output-activation").outcome == "passed"
    looks(run, minimum=[-0.2, 0.1])
    assert finding(run, "missing-output-activation").outcome == "fault"


def test_rates_that_became_nan_behind_a_linear_output():
    run = looks(static(head(), X, np.abs(VALUES), loss="poisson"), non_finite_share=[1.0])
    assert finding(run, "missing-output-activation").outcome == "fault"
