from __future__ import annotations

import keras
import numpy as np
import pytest
from rules.runs import finding, static

L = keras.layers
RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(500, 4))
THREE = RANDOM.integers(0, 3, 500)
VALUES = RANDOM.normal(size=500)
SPARSE = "sparse_categorical_crossentropy"


def judged(name, x, y, **arguments):
    units, loss = (3, SPARSE) if np.asarray(y).dtype.kind == "i" else (1, "mse")
    model = keras.Sequential([keras.Input(x.shape[1:]), L.Dense(units)])
    return finding(static(model, x, y, loss=loss, **arguments), name)


RULES = ("unrepresentative-validation", "leaked-validation", "validation-scaled-differently")


@pytest.mark.parametrize("name", RULES)
def test_without_validation_rows_it_does_not_apply(name):
    assert judged(name, X, THREE).outcome == "not applicable"


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("y", [THREE, VALUES])
@pytest.mark.parametrize("split", [0.05, 0.2, 0.5])
def test_rows_split_by_chance_are_in_order(name, y, split):
    assert judged(name, X, y, validation_split=split).outcome == "passed"


@pytest.mark.parametrize("y", [np.sort(THREE), np.sort(VALUES), np.sort(THREE % 2)])
@pytest.mark.parametrize("split", [0.1, 0.2, 0.3])
def test_the_end_of_sorted_rows_is_named(y, split):
    found = judged(RULES[0], X, y, validation_split=split)
    assert found.outcome == "fault"


def test_the_distance_is_told():
    found = judged(RULES[0], X, np.sort(VALUES), validation_split=0.2)
    assert found.message == (
        "The targets of the validation rows (the last ones, by `validation_split`) lie 1.00 apart from those of the "
        "training rows, on a scale from 0 to 1; chance alone gives 0.10."
    )


def test_a_class_that_training_never_saw_is_named():
    y = np.where(np.arange(500) >= 480, 2, THREE % 2)
    found = judged(RULES[0], X, y, validation_split=0.2)
    assert found.outcome == "fault"
    assert found.message.startswith("Training has no row of the class of 20% of the validation rows")


def test_a_slow_drift_is_in_order():
    y = VALUES + np.linspace(0, 0.6, 500)
    assert judged(RULES[0], X, y, validation_split=0.2).outcome == "passed"


def test_a_balanced_training_part_is_in_order():
    y, held = np.arange(400) % 2, (np.arange(400) % 25 == 0).astype(int)
    assert judged(RULES[0], X[:400], y, validation_data=(X[100:], held)).outcome == "passed"


def leak(share):
    held = RANDOM.normal(size=(200, 4))
    count = round(share * 200)
    held[:count] = X[:count]
    return held, np.zeros(200, int)


@pytest.mark.parametrize(
    ("share", "outcome"), [(0.0, "passed"), (0.005, "passed"), (0.05, "advice"), (0.2, "fault"), (1.0, "fault")]
)
def test_training_rows_in_validation(share, outcome):
    found = judged(RULES[1], X, THREE, validation_data=leak(share))
    assert found.outcome == outcome
    assert f"{share:.1%} of the validation rows are training rows" in found.message


def test_inputs_of_few_values_repeat_by_nature():
    levels = RANDOM.integers(0, 3, (500, 3))
    for x in (levels, levels / 10):
        assert judged(RULES[1], x, THREE, validation_split=0.2).outcome == "passed"
    pixels = RANDOM.integers(0, 17, (500, 64))
    assert judged(RULES[1], pixels, THREE, validation_data=(pixels, THREE)).outcome == "fault"


def test_measurements_copied_before_the_split_are_named():
    copied = RANDOM.permutation(np.concatenate([X, np.repeat(X[:50], 10, axis=0)]))
    found = judged(RULES[1], copied, np.zeros(len(copied), int), validation_split=0.25)
    assert found.outcome == "fault"
    assert "of the training rows have a twin among themselves" in found.message


RAW = np.asarray([13, 2.3, 100, 750]) + np.asarray([0.8, 1.1, 14, 300]) * X


@pytest.mark.parametrize(
    ("x", "held", "outcome"),
    [
        (X, RAW[:100], "fault"),
        (RAW, X[:100], "fault"),
        (X, 3.5 * X[:100], "fault"),
        (X, 2 * X[:100], "advice"),
        (np.hstack([X, X]), 0.2 * np.hstack([X, X])[:100], "fault"),
        (X, 0.7 * X[:100] + 0.3, "passed"),
        (np.linspace(0, 1, 400)[:, None], np.linspace(1, 1.25, 100)[:, None], "passed"),
        (np.ones((400, 2)), np.ones((100, 2)), "not applicable"),
        (np.eye(200)[np.arange(400) % 200], np.eye(200)[:100], "passed"),
    ],
)
def test_validation_inputs_on_another_scale(x, held, outcome):
    y = np.zeros(len(x), int)
    assert judged(RULES[2], x, y, validation_data=(held, y[:100])).outcome == outcome


def test_both_scales_are_told():
    pixels = RANDOM.integers(0, 256, (500, 16))
    found = judged(RULES[2], pixels / 255, THREE, validation_data=(pixels, THREE))
    assert found.message.startswith("The validation inputs are 12")
    assert "100% of the features lie elsewhere, and the median feature deviates 255 times as much" in found.message
