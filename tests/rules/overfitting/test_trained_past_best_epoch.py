from __future__ import annotations

import keras
import numpy as np
from rules.courses import course
from rules.runs import finding

from trainwell.rules import find_rule, judge

EPOCHS = np.arange(1, 41)
TRAINING = np.concatenate([[1.2], 0.5 * 0.92**EPOCHS])


def past(best=6, low=0.4, high=0.7, training=TRAINING, **arguments):
    validation = np.interp(EPOCHS, [1, best, 40], [0.9, low, high])
    return course(training, validation, **arguments)


def told(run):
    return finding(run, "trained-past-best-epoch")


def test_a_training_that_went_on_long_after_its_best_epoch_is_named():
    found = told(past())
    assert found.outcome == "fault"
    assert found.message.startswith("Validation loss is lowest at epoch 6 of 40, 0.418, and ends at 0.691;")


def test_overfitting_follows_from_it():
    rules = [find_rule("overfitting"), find_rule("trained-past-best-epoch")]
    causes = {each.rule.name: each.cause for each in judge(past(), rules)}
    assert causes == {"overfitting": "trained-past-best-epoch", "trained-past-best-epoch": ""}


def test_a_net_that_overfits_from_the_beginning_is_no_such_training():
    assert told(past(training=TRAINING / 10)).outcome == "passed"


def test_a_best_epoch_late_in_the_training_is_in_order():
    assert told(past(best=25)).outcome == "passed"


def test_a_loss_that_hardly_rises_is_in_order():
    assert told(past(high=0.45)).outcome == "passed"


def test_a_best_epoch_without_use_is_another_fault():
    assert told(past(low=0.8, high=1.5, training=TRAINING + 0.5)).outcome == "passed"


def test_weights_that_were_put_back_are_not_past():
    stop = keras.callbacks.EarlyStopping(restore_best_weights=True)
    assert told(past(callbacks=[stop])).outcome == "not applicable"


def test_a_best_model_in_a_file_makes_it_advice(tmp_path):
    kept = keras.callbacks.ModelCheckpoint(tmp_path / "best.keras", save_best_only=True)
    assert told(past(callbacks=[kept])).outcome == "advice"


def test_without_validation_rows_it_does_not_apply():
    assert told(course(TRAINING)).outcome == "not applicable"


def test_two_epochs_are_too_few():
    assert told(course(np.array([1.0, 0.5, 0.1]), [0.5, 0.9])).outcome == "not measured"
