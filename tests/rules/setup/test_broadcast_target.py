from __future__ import annotations

import keras
import numpy as np
import pytest
from rules.runs import finding, static
from rules.setup.tiny import BINARY, CLASSES, VALUES, X, head, looks

L = keras.layers
NAME = "broadcast-target"
STEPS = np.zeros((60, 5, 4), "float32")


class Squared(keras.losses.Loss):
    """Takes what it is given."""

    def call(self, y_true, y_pred):
        return keras.ops.square(y_true - y_pred)


def squares(y, p):
    return keras.ops.square(y - p)


@pytest.mark.parametrize(
    ("units", "y", "loss", "expected"),
    [
        (3, VALUES, "mse", "fault"),
        (1, np.zeros((60, 3)), "mae", "fault"),
        (3, np.zeros((60, 1, 3)), "huber", "fault"),
        (1, VALUES, "mse", "passed"),
        (1, VALUES[:, 0], "mse", "passed"),  # Keras brings both to the same rank
        (1, VALUES[:, 0], squares, "passed"),
        (3, np.zeros((60, 3)), "mse", "passed"),
        (3, CLASSES, "sparse_categorical_crossentropy", "not applicable"),
        (3, VALUES, squares, "not applicable"),
        (1, VALUES, Squared(), "passed"),
        (1, VALUES[:, 0], Squared(), "not measured"),
    ],
)
def test_each_target_is_meant_for_one_output(units, y, loss, expected):
    assert finding(static(head(units), X, y, loss=loss), NAME).outcome == expected


@pytest.mark.parametrize(
    ("last", "y", "expected"),
    [
        (1, np.zeros((60, 1)), "fault"),
        (1, np.zeros(60), "fault"),
        (1, np.zeros((60, 5)), "passed"),
        (1, np.zeros((60, 5, 1)), "passed"),
        (3, np.zeros((60, 5, 1)), "fault"),
    ],
)
def test_targets_beside_sequences(last, y, expected):
    model = keras.Sequential([keras.Input((5, 4)), L.Dense(last)])
    assert finding(static(model, STEPS, y), NAME).outcome == expected


def test_the_message_and_the_margin():
    found = finding(static(head(3), X, VALUES), NAME)
    assert found.message == (
        "The target (n, 1) stands beside the output (n, 3) of 'head': each number is copied 3 times for the loss."
    )
    assert found.margin == pytest.approx(np.log2(3))


@pytest.mark.parametrize(("r2", "expected"), [(0.01, "fault"), (0.6, "passed")])
def test_a_loss_class_of_ones_own_is_judged_by_what_was_learned(r2, expected):
    run = looks(static(head(), X, VALUES[:, 0], loss=Squared()), r2=[-0.2, r2])
    assert finding(run, NAME).outcome == expected


@pytest.mark.parametrize(("spread", "expected"), [(0.02, "fault"), (0.4, "passed")])
def test_and_of_classes_by_how_far_the_outputs_differ(spread, expected):
    run = looks(static(head(), X, BINARY, loss=Squared()), spread=[0.3, spread])
    assert finding(run, NAME).outcome == expected


def test_small_batches_tell_a_part_all_the_same():
    run = looks(static(head(), X, VALUES[:, 0], loss=Squared(), batch_size=4), r2=[0.45])  # 2 / 4 - 1 / 16 of itself
    assert finding(run, NAME).outcome == "fault"


def test_a_loss_class_that_brings_them_together_is_in_order():
    class Flat(Squared):
        """Brings both to one axis first."""

        def call(self, y_true, y_pred):
            return super().call(keras.ops.reshape(y_true, (-1,)), keras.ops.reshape(y_pred, (-1,)))

    run = looks(static(head(), X, VALUES[:, 0], loss=Flat()), r2=[0.0])
    assert finding(run, NAME).outcome == "passed"


class OwnLoss(keras.Model):
    """Compares targets and outputs in its own code."""

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):  # noqa: ARG002 -- Keras's
        return keras.ops.mean(keras.ops.square(y - y_pred))


def test_a_model_with_a_loss_of_its_own_says_why_it_is_not_judged():
    inputs = keras.Input((4,))
    run = static(OwnLoss(inputs, L.Dense(1, name="head")(inputs)), X, VALUES[:, 0], loss=None)
    found = finding(run, NAME)
    assert found.outcome == "not applicable"
    assert found.message == (
        "The output 'head' was compiled without a loss; what a compute_loss or train_step of the model's own does with "
        "shapes is not seen."
    )
