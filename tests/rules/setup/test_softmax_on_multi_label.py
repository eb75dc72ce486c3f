from __future__ import annotations

import numpy as np
import pytest
from rules.runs import finding, static
from rules.setup.tiny import LABELS, ONE_HOT, Hidden, X, head, looks

NAME, CATEGORICAL = "softmax-on-multi-label", "categorical_crossentropy"
PADDED = np.where(np.arange(60)[:, None] < 30, ONE_HOT, 0)


@pytest.mark.parametrize(
    ("activation", "loss", "y", "expected"),
    [
        ("softmax", "binary_crossentropy", LABELS, "fault"),
        ("softmax", CATEGORICAL, LABELS, "fault"),
        ("softmax", "mse", LABELS, "fault"),
        ("sigmoid", CATEGORICAL, LABELS, "fault"),
        ("sigmoid", "binary_crossentropy", LABELS, "not applicable"),
        ("softmax", CATEGORICAL, ONE_HOT, "passed"),
        ("softmax", CATEGORICAL, PADDED, "passed"),
        ("softmax", "binary_crossentropy", PADDED, "fault"),
        ("softmax", lambda y, p: y - p, LABELS, "not applicable"),
        ("softmax", CATEGORICAL, 0.9 * ONE_HOT + 0.1 / 3, "not applicable"),
    ],
)
def test_a_softmax_gives_one_class(activation, loss, y, expected):
    assert finding(static(head(3, activation), X, y, loss=loss), NAME).outcome == expected


def test_the_message_and_the_margin():
    found = finding(static(head(3, "softmax"), X, LABELS, loss="binary_crossentropy"), NAME)
    assert found.message == (
        "50% of the target's rows of 'head' hold several ones or none (1.5 ones a row), and a softmax chooses one "
        "class."
    )
    assert found.margin == pytest.approx(np.log2(0.5 / 0.01))


def test_a_row_labelled_by_mistake_is_no_other_task():
    y = np.concatenate([ONE_HOT] * 4)
    y[0] = [1, 1, 0]
    run = static(head(3, "softmax"), np.concatenate([X] * 4), y, loss=CATEGORICAL)
    assert finding(run, NAME).outcome == "passed"


def test_an_unseen_softmax_is_known_by_its_rows():
    run = static(Hidden(3), X, LABELS, loss="binary_crossentropy")
    assert finding(run, NAME).outcome == "not measured"
    looks(run, minimum=[0.2, 0.1], maximum=[0.5, 0.9], sum_from_one=[0, 0])
    assert finding(run, NAME).outcome == "fault"
    looks(run, sum_from_one=[0.5, 0.7])
    assert finding(run, NAME).outcome == "not applicable"
