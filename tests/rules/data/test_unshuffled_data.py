from __future__ import annotations

import keras
import numpy as np
import pytest
from rules.runs import finding, static

from trainwell.run import Run

L = keras.layers
X = np.zeros((320, 3))
SORTED = np.repeat(np.arange(4), 80)


def judged(y, *, loss="sparse_categorical_crossentropy", units=4, **fit):
    return finding(
        static(keras.Sequential([keras.Input((3,)), L.Dense(units)]), X, y, loss=loss, **fit), "unshuffled-data"
    )


def test_sorted_rows_that_are_not_shuffled_are_named():
    found = judged(SORTED, batch_size=20, shuffle=False)
    assert found.outcome == "fault"
    assert found.message == "Rows are not shuffled, and 100% of the target's variance lies between batches."
    assert judged(np.linspace(0, 1, 320), loss="mse", units=1, shuffle=False).outcome == "fault"


@pytest.mark.parametrize("size", [2, 8, 32])
def test_rows_in_no_order_are_in_order(size):
    y = np.random.default_rng(0).permutation(SORTED)
    found = judged(y, batch_size=size, shuffle=False)
    assert found.outcome == "passed"
    assert found.evidence[0].measurements[0].value == pytest.approx(0, abs=0.1)


def test_a_series_whose_batches_cover_its_range_is_in_order():
    assert judged(np.sin(np.arange(320) / 3), loss="mse", units=1, shuffle=False).outcome == "passed"


@pytest.mark.parametrize("fit", [{"shuffle": True}, {"shuffle": False, "batch_size": 1}])
def test_shuffled_or_single_rows_do_not_concern_it(fit):
    assert judged(SORTED, **fit).outcome == "not applicable"


def test_a_stateful_layer_needs_the_order():
    model = keras.Sequential([keras.Input((3, 1), batch_size=32), L.LSTM(2, stateful=True), L.Dense(1)])
    run = static(model, np.zeros((320, 3, 1)), np.linspace(0, 1, 320), shuffle=False)
    assert finding(run, "unshuffled-data").outcome == "not applicable"


def test_too_few_batches_are_not_measured():
    assert judged(SORTED, batch_size=160, shuffle=False).outcome == "not measured"


def of_source(between, **record):
    counts = {"batches": 10, "rows": 320, "distinct_batches": 10, "distinct_rows": 320, "one_class": 0.9, "classes": 4}
    plain = {
        "fit": {"batch_size": 32},
        "model": {"calls": [], "outputs": []},
        "data": {"targets": [{"name": ""}]},
        "experiments": {"batches": counts | {"between_batches": between} | record},
    }
    return finding(Run.from_plain(plain), "unshuffled-data")


def test_a_source_whose_batches_hold_one_class_each_is_named():
    found = of_source(0.9)
    assert found.outcome == "fault"
    assert found.message == (
        "Of 10 batches of the source, 90% hold rows of one class only, and there are 4 classes. 90% of the target's "
        "variance lies between batches."
    )


def test_a_source_in_no_order_is_in_order():
    assert of_source(0.03).outcome == "passed"
    assert of_source(None, one_class=None, classes=None).outcome == "not applicable"
    assert of_source(0.9, batches=3).outcome == "not measured"
