from __future__ import annotations

import keras
import numpy as np
import pytest
from rules.runs import finding, static, with_signals

from trainwell.run import BaselineRecord

L = keras.layers


def judged(rare, recall, *, loss=0.5, constant=1.0, of="binary_crossentropy", classes=2, signals=True, **fit):
    y = np.where(np.arange(400) < rare, 1, 0) if classes == 2 else np.minimum(np.arange(400) // 10, classes - 1)
    units = 1 if classes == 2 else classes
    run = static(
        keras.Sequential([keras.Input((3,)), L.Dense(units, name="head")]), np.zeros((400, 3)), y, loss=of, **fit
    )
    if signals:
        with_signals(run, start=0, **{"inference__recall/": [recall, recall], "inference__loss": [2.0, loss]})
        run.probes.baseline = BaselineRecord(loss=constant)
    return finding(run, "class-imbalance")


def test_a_rare_class_that_is_ignored_is_named():
    found = judged(20, [0.99, 0.05])
    assert found.outcome == "fault"
    assert found.message == (
        "Class 1 of 'head' has 20 rows, one to 19.0 of class 0, and the model finds 5% of it, beside 99%."
    )


@pytest.mark.parametrize(
    ("rare", "recall", "loss"),
    [
        (20, [0.99, 0.6], 0.5),  # learned anyway
        (120, [0.99, 0.05], 0.5),  # not rare
        (20, [1.0, 0.0], 1.4),  # nothing was learned at all
        (60, [0.99, 0.05], 0.5),  # one to six, and found now and then
        (60, [1.0, 0.0], 0.95),  # the inputs tell next to nothing
        (90, [1.0, 0.0], 0.5),  # one to three
    ],
)
def test_what_is_found_common_or_due_to_something_else_is_in_order(rare, recall, loss):
    assert judged(rare, recall, loss=loss).outcome == "passed"


def test_a_class_that_is_not_so_rare_and_never_found_is_named():
    found = judged(60, [1.0, 0.0])
    assert found.outcome == "fault"
    assert found.message == (
        "Class 1 of 'head' has 60 rows, one to 5.7 of class 0, and the model finds 0% of it, beside 100%."
    )


def test_weights_that_make_up_for_it_are_in_order():
    assert judged(20, [0.9, 0.8], class_weight={0: 1.0, 1: 19.0}).outcome == "passed"
    assert judged(20, [0.99, 0.3], class_weight={0: 1.0, 1: 4.0}).outcome == "passed"


def test_weights_the_wrong_way_round_are_named():
    found = judged(60, [1.0, 0.02], class_weight={0: 1.7, 1: 0.3})
    assert found.outcome == "fault"
    assert found.message.endswith("although classes are weighted: the rare class needs the larger weight.")


def test_weights_of_rows_are_not_judged():
    assert judged(20, [0.99, 0.05], sample_weight=np.ones(400)).outcome == "not applicable"


@pytest.mark.parametrize(("reached", "expected"), [(0.21, "passed"), (0.12, "fault")])
@pytest.mark.parametrize("weights", [{}, {"class_weight": {0: 1.0, 1: 0.1}}])
def test_rows_learned_by_heart_tell_nothing_of_unseen_ones(reached, expected, weights):
    """Pure noise: the loss falls on training rows, and on validation rows it is that of the frequencies, 0.2."""
    rare = np.where(np.arange(400) < 20, 1, 0)
    model = keras.Sequential([keras.Input((3,)), L.Dense(1, "sigmoid", name="head")])
    data = (np.zeros((400, 3)), rare)
    run = static(model, *data, loss="binary_crossentropy", validation_data=data, **weights)
    recall = {"inference__recall/": [[0.99, 0.05]], "held__recall/": [[0.99, 0.05]]}
    with_signals(run, start=0, **recall, inference__loss=[0.7, 0.05])
    with_signals(run, start=1, validation__loss=[0.5, reached, reached, reached])
    run.probes.baseline = BaselineRecord(loss=0.2)
    assert finding(run, "class-imbalance").outcome == expected


def test_values_have_no_classes():
    y = np.random.default_rng(0).normal(size=(400, 1))
    run = static(keras.Sequential([keras.Input((3,)), L.Dense(1)]), np.zeros((400, 3)), y)
    assert finding(run, "class-imbalance").outcome == "not applicable"


def test_without_looks_it_is_not_measured():
    assert judged(20, None, signals=False).outcome == "not measured"


def test_a_rare_class_that_was_not_looked_at_is_not_measured():
    assert judged(20, [0.99, np.nan]).outcome == "not measured"


def test_rare_ones_among_many_classes_are_advice():
    recall = np.r_[np.zeros(1), np.ones(24)]
    found = judged(0, recall, classes=25, of="sparse_categorical_crossentropy")
    assert found.outcome == "advice"
