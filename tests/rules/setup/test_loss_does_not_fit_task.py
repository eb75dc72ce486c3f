from __future__ import annotations

import numpy as np
import pytest
from rules.runs import finding, static
from rules.setup.tiny import BINARY, CLASSES, LABELS, ONE_HOT, ROWS, VALUES, X, head

from trainwell.rules import judge
from trainwell.rules.judging import faults

NAME, MANY = "loss-does-not-fit-task", np.tile(X, (20, 1))
DRAW = np.random.default_rng(0)
SOFT = 0.9 * ONE_HOT + 0.1 / 3


def outcome(units, activation, loss, y, metrics=()):
    x = MANY if len(y) == len(MANY) else X
    return finding(static(head(units, activation), x, y, loss=loss, metrics=metrics), NAME).outcome


@pytest.mark.parametrize(
    ("units", "activation", "loss", "y", "expected"),
    [
        (1, "sigmoid", "binary_crossentropy", VALUES, "fault"),
        (1, "sigmoid", "binary_crossentropy", np.abs(np.tanh(VALUES)), "passed"),
        (1, "sigmoid", "binary_crossentropy", BINARY, "passed"),
        (3, "softmax", "categorical_crossentropy", DRAW.uniform(size=(ROWS, 3)), "fault"),
        (3, "softmax", "categorical_crossentropy", 5 * SOFT, "fault"),
        (3, "softmax", "categorical_crossentropy", SOFT, "passed"),
        (3, "softmax", "kl_divergence", SOFT, "passed"),
        (3, "softmax", "sparse_categorical_crossentropy", VALUES**2, "fault"),
        (3, "softmax", "sparse_categorical_crossentropy", CLASSES.astype("float32"), "passed"),
        (3, "sigmoid", "binary_crossentropy", LABELS, "passed"),
        (1, "softplus", "poisson", VALUES, "fault"),
        (1, "softplus", "poisson", np.abs(VALUES), "passed"),
        (1, None, "msle", VALUES, "fault"),
        (1, None, "mape", np.where(VALUES > 0, VALUES, 0), "fault"),
        (1, None, "mape", 1 + VALUES**2, "passed"),
        (1, None, "hinge", VALUES, "fault"),
        (1, None, "hinge", BINARY[:, None], "passed"),
        (1, None, "hinge", 2 * BINARY[:, None] - 1, "passed"),
        (1, "sigmoid", "categorical_crossentropy", BINARY[:, None], "fault"),
        (1, None, "cosine_similarity", VALUES, "fault"),
        (3, None, "cosine_similarity", DRAW.normal(size=(ROWS, 3)), "passed"),
        (1, None, "mse", VALUES, "passed"),
        (1, None, "mse", BINARY, "passed"),
        (3, "softmax", "mse", ONE_HOT, "advice"),
        (3, None, "mse", DRAW.normal(size=(ROWS, 3)), "passed"),
        (1, None, lambda y, p: y - p, CLASSES, "not applicable"),
    ],
)
@pytest.mark.filterwarnings("ignore:In loss categorical_crossentropy:SyntaxWarning")
def test_what_a_loss_can_be_asked(units, activation, loss, y, expected):
    assert outcome(units, activation, loss, y) == expected


@pytest.mark.parametrize(
    ("y", "metrics", "expected"),
    [
        (CLASSES, (), "fault"),
        (CLASSES, ["mae"], "advice"),
        (CLASSES, ["accuracy", "mae"], "fault"),
        (CLASSES + 1, (), "passed"),  # grades begin anywhere
        (DRAW.poisson(1, 1200), (), "passed"),
        (DRAW.poisson(1, 1200), ["accuracy"], "passed"),
        (DRAW.poisson(4, 1200), ["accuracy"], "passed"),
        (DRAW.binomial(2, 0.5, 1200), (), "passed"),
        (DRAW.choice(3, 1200, p=[0.6, 0.3, 0.1]), (), "passed"),
        (DRAW.choice(3, 1200, p=[0.6, 0.3, 0.1]), ["accuracy"], "fault"),
        (DRAW.integers(0, 24, 1200), (), "passed"),  # hours
        (DRAW.integers(0, 10, 1200), (), "fault"),
    ],
)
def test_classes_are_no_amounts(y, metrics, expected):
    assert outcome(1, None, "mse", y, metrics) == expected


def test_the_messages():
    found = finding(static(head(), X, CLASSES), NAME)
    assert found.message == (
        "The target of 'head' holds the whole numbers 0 to 2 (spread with 1.00 of the greatest entropy), and the loss "
        "mean_squared_error takes them for amounts."
    )
    found = finding(static(head(1, "softplus"), X, -np.abs(VALUES), loss="poisson"), NAME)
    assert found.message == "100% of the target of 'head' is negative, and its loss is poisson."


def test_a_linear_output_follows_from_it():
    (cause,) = faults(judge(static(head(), X, VALUES, loss="binary_crossentropy", metrics=["accuracy"])))
    assert cause.rule.name == NAME
    assert {"missing-output-activation", "metric-does-not-fit-task"} <= set(cause.consequences)
