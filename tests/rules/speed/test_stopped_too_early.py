from __future__ import annotations

import keras
import numpy as np
import pytest
from rules.courses import course, tried
from rules.runs import finding, with_signals

FALLING = np.array([1.0, 0.9, 0.8, 0.7, 0.6])
FLAT = np.array([1.0, 0.4, 0.33, 0.31, 0.3])


def early(run):
    return finding(run, "stopped-too-early")


def test_a_loss_that_still_falls_fast_is_stopped_too_early():
    found = early(course(FALLING, FALLING[1:]))
    assert found.outcome == "fault"
    assert found.message == (
        "The loss of the training rows falls from 1 to 0.8 in the first half of the training and to 0.6 in the second; "
        "going on like this it would fall by 0.4 in 4 more epochs."
    )


def test_a_loss_that_flattens_is_in_order():
    assert early(course(FLAT, FLAT[1:])).outcome == "passed"


def test_a_validation_loss_that_no_longer_falls_is_in_order():
    assert early(course(FALLING, [0.7, 0.69, 0.69, 0.7])).outcome == "passed"


def test_a_loss_that_is_low_already_is_in_order():
    assert early(course(np.array([1.0, 0.8, 0.6, 0.4, 0.2]))).outcome == "passed"


def test_the_fall_to_a_constant_answer_does_not_count():
    assert early(course(np.array([900.0, 500.0, 200.0, 10.0, 0.5]))).outcome == "fault"


def test_one_epoch_is_judged_by_its_steps():
    def one(middle):
        run = course(np.array([1.0, 0.6]), steps=500)
        return early(with_signals(run, "step", 1, loss=np.linspace(1.0, 2 * middle - 1.0, 500)))

    assert one(0.8).outcome == "fault"
    assert one(0.62).outcome == "passed"


def test_a_short_training_is_compared_with_a_longer_one():
    def short(longer, **arguments):
        run = course(np.array([1.0, 0.95]), steps=30, **arguments)
        return early(tried(run, 1.0, 1.0, 1.0, 0.95, 0.9, 0.3, 1.0, steps=30, longer=longer))

    found = short(0.2)
    assert found.outcome == "fault"
    assert found.message.startswith(
        "The training ends at a loss of 0.95 after 30 steps, and 400 steps at the same learning rate reach 0.2"
    )
    assert short(0.9).outcome == "passed"
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
    assert short(0.2, optimizer=keras.optimizers.SGD(schedule)).outcome == "not measured"


@pytest.mark.parametrize(
    ("monitor", "mode", "outcome"),
    [
        ("val_loss", "max", "fault"),
        ("val_accuracy", "min", "fault"),
        ("val_loss", "min", "passed"),
        ("val_loss", "auto", "passed"),
        ("val_accuracy", "max", "passed"),
    ],
)
def test_early_stopping_that_waits_for_the_wrong_thing(monitor, mode, outcome):
    stop = keras.callbacks.EarlyStopping(monitor, mode=mode)
    run = course(FLAT, FLAT[1:], callbacks=[stop])
    run.fit.stopped_by_callback = True
    found = early(run)
    assert found.outcome == outcome
    if outcome == "fault":
        way = "grow" if mode == "max" else "fall"
        assert found.message == f"Early stopping waits for {monitor!r} to {way}; 4 of 4 epochs were trained."


def test_a_training_that_the_diagnosis_cut_is_not_measured():
    run = course(FALLING)
    run.fit.cut = True
    assert early(run).outcome == "not measured"


def test_a_training_that_diverged_is_not_judged():
    run = course(FALLING)
    run.fit.diverged = True
    assert early(run).outcome == "not applicable"
