from __future__ import annotations

import keras
import numpy as np
import pytest
from rules.runs import finding, static, with_signals

from trainwell.run import BaselineRecord

L = keras.layers


def judged(rows=30, units=50, fitted=0.01, best=0.8, *, signals=True, held=True, penalty=0.0):
    x, y = np.zeros((rows, 8)), np.arange(rows) % 2
    model = keras.Sequential([keras.Input((8,)), L.Dense(units), L.Dense(1, "sigmoid")])
    run = static(model, x, y, loss="binary_crossentropy", validation_data=(x, y) if held else None)
    if signals:
        with_signals(run, start=0, inference__loss=[1.0, fitted], inference__penalty=[0.0, penalty])
        with_signals(run, validation__loss=[1.0, best + penalty, 3.0])
        run.probes.baseline = BaselineRecord(loss=1.0)
    return finding(run, "too-little-data")


def test_few_rows_learned_by_heart_and_nothing_else_are_named():
    found = judged()
    assert found.outcome == "fault"
    assert found.message == (
        "30 rows for 501 trained parameters: at the end the training rows have 1% of a constant answer's loss, and "
        "validation had 80% of it at best."
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"rows": 200, "units": 500},
        {"units": 5},
        {"fitted": 0.3},
        {"best": 0.04},
        {"best": 0.04, "penalty": 0.5},
        {"fitted": 0.09},
    ],
)
def test_where_one_of_them_is_good_it_is_in_order(changes):
    assert judged(**changes).outcome == "passed"


def test_without_validation_rows_it_does_not_apply():
    assert judged(held=False).outcome == "not applicable"


def test_without_losses_it_is_not_measured():
    assert judged(signals=False).outcome == "not measured"
