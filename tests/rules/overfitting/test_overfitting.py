from __future__ import annotations

import keras
import numpy as np
from rules.courses import course
from rules.runs import finding

EPOCHS = np.arange(1, 21)
TRAINING = np.concatenate([[1.2], 0.6 * 0.85**EPOCHS])


def validated(low, high, *, best=8):
    """A validation loss that falls to `low` and rises to `high`."""
    return np.interp(EPOCHS, [1, best, 20], [0.9, low, high])


def overfit(validation, training=TRAINING, **arguments):
    return finding(course(training, validation, **arguments), "overfitting")


def test_a_validation_loss_that_rises_while_the_training_loss_falls_is_overfitting():
    found = overfit(validated(0.5, 0.7), TRAINING + 0.05)
    assert found.outcome == "fault"
    assert found.message.startswith("Validation loss is 0.5")
    assert "at epoch 8 and 0.683 at the end" in found.message


def test_a_gap_of_half_of_what_there_is_is_overfitting():
    found = overfit(validated(0.8, 0.8))
    assert found.outcome == "fault"
    assert found.message == (
        "Validation loss ends at 0.8 and that of the training rows at 0.0274; an answer that ignores the inputs has 1."
    )


def test_rows_known_by_heart_beside_rows_hardly_known_are_overfitting():
    assert overfit(validated(0.4, 0.42), TRAINING / 10).outcome == "fault"


def test_a_moderate_gap_is_in_order():
    assert overfit(validated(0.4, 0.42)).outcome == "passed"


def test_a_small_rise_of_a_small_loss_is_in_order():
    assert overfit(validated(0.02, 0.03), TRAINING / 100).outcome == "passed"


def test_noise_between_epochs_is_no_rise():
    noise = np.random.default_rng(0).normal(0, 0.1, 20)
    assert overfit(validated(0.4, 0.4) + noise).outcome == "passed"


def test_both_losses_rising_is_no_overfitting():
    assert overfit(validated(0.5, 0.9), np.concatenate([[1.2], validated(0.45, 0.85)])).outcome == "passed"


def test_penalties_are_no_part_of_the_gap():
    assert overfit(validated(0.4, 0.42) + 2.0, penalty=2.0).outcome == "passed"


def test_weights_that_were_put_back_count():
    stop = keras.callbacks.EarlyStopping(restore_best_weights=True)
    assert overfit(validated(0.4, 0.75), callbacks=[stop]).outcome == "passed"


def test_without_validation_rows_it_does_not_apply():
    assert overfit(None).outcome == "not applicable"


def test_two_epochs_are_too_few():
    assert overfit([0.5, 0.9], np.array([1.0, 0.5, 0.1])).outcome == "not measured"
