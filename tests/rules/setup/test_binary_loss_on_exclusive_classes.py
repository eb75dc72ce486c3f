from __future__ import annotations

import numpy as np
import pytest
from rules.runs import finding, static
from rules.setup.tiny import BINARY, LABELS, ONE_HOT, X, head, net

NAME, LOSS = "binary-loss-on-exclusive-classes", "binary_crossentropy"


@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
def test_one_class_of_three_is_not_three_questions(activation):
    found = finding(static(head(3, activation), X, ONE_HOT, loss=LOSS), NAME)
    assert found.outcome == "fault"
    assert found.margin == pytest.approx(np.log2(3 / 2))
    assert found.message == (
        "Each row of the target of 'head' holds one 1 among 3 columns, and its loss is binary_crossentropy."
    )


def test_two_columns_are_worth_a_word():
    assert finding(static(head(2, "softmax"), X, np.eye(2)[BINARY], loss=LOSS), NAME).outcome == "advice"


def test_several_labels_are_what_it_is_for():
    assert finding(static(head(3, "sigmoid"), X, LABELS, loss=LOSS), NAME).outcome == "passed"


def test_soft_rows_are_left_alone():
    soft = 0.9 * ONE_HOT + 0.1 / 3
    assert finding(static(head(3, "sigmoid"), X, soft, loss=LOSS), NAME).outcome == "passed"


def test_an_autoencoder_of_one_hot_rows_is_left_alone():
    x = np.eye(4, dtype="float32")[np.arange(60) % 4]
    assert finding(static(head(4, "sigmoid"), x, x, loss=LOSS), NAME).outcome == "passed"


@pytest.mark.parametrize(("units", "loss", "y"), [(3, "categorical_crossentropy", ONE_HOT), (1, LOSS, BINARY)])
def test_other_losses_and_single_units_are_not_concerned(units, loss, y):
    assert finding(static(head(units, "sigmoid"), X, y, loss=loss), NAME).outcome == "not applicable"


def test_a_loss_of_ones_own_is_not_judged():
    assert finding(static(net(), X, np.eye(8)[np.arange(60) % 8], loss=lambda y, p: y - p), NAME).outcome == (
        "not applicable"
    )
