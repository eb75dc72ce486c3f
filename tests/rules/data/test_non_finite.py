from __future__ import annotations

import keras
import numpy as np
import pytest
from records import update
from rules.runs import finding, static, with_signals

L = keras.layers
RULES = ("non-finite-inputs", "non-finite-targets")


def arrays(*, x=None, y=None, bad=np.nan):
    values = np.ones((64, 3)), np.ones((64, 1))
    for array, cells in zip(values, (x, y), strict=True):
        for cell in cells or ():
            array[cell] = bad
    return values


def judged(name, train, held=None, **signals):
    model = keras.Sequential([keras.Input((3,)), L.Dense(1)])
    run = static(model, *train, validation_data=held)
    update(run.fit, steps=20)
    return finding(with_signals(run, **signals), name)


@pytest.mark.parametrize(("bad", "kind"), [(np.nan, "NaN"), (-np.inf, "infinity")])
def test_rows_and_the_first_cell_are_named(bad, kind):
    found = judged(RULES[0], arrays(x=[(5, 2), (5, 1), (9, 0)], bad=bad))
    assert found.outcome == "fault"
    assert found.message == f"The inputs hold {kind} in 2 rows, first in row 5, column 1."
    found = judged(RULES[1], arrays(y=[(7, 0)], bad=bad))
    assert found.outcome == "fault"
    assert found.message == f"The targets hold {kind} in 1 row, first in row 7, column 0."


@pytest.mark.parametrize("name", RULES)
def test_finite_numbers_are_in_order(name):
    assert judged(name, arrays(), arrays()).outcome == "passed"


@pytest.mark.parametrize(("name", "part"), [(RULES[0], "x"), (RULES[1], "y")])
def test_where_all_losses_stayed_finite_it_is_advice(name, part):
    train = arrays(**{part: [(0, 0)]})
    assert judged(name, train, train__loss=[2.0, 1.0]).outcome == "advice"
    assert judged(name, train, train__loss=[2.0, np.nan]).outcome == "fault"


@pytest.mark.parametrize(("name", "part"), [(RULES[0], "x"), (RULES[1], "y")])
def test_validation_rows_are_looked_through_too(name, part):
    held = arrays(**{part: [(3, 0)]})
    found = judged(name, arrays(), held, train__loss=[2.0, 1.0], validation__loss=[np.nan, np.nan])
    assert found.outcome == "fault"
    assert "in 1 validation row, first in row 3" in found.message


@pytest.mark.parametrize("steps", [1, 2])
def test_a_training_cut_within_its_first_pass_has_not_met_all_rows(steps):
    model = keras.Sequential([keras.Input((3,)), L.Dense(1)])
    run = static(model, *arrays(x=[(0, 0)]))
    update(run.fit, steps=steps)
    outcome = finding(with_signals(run, train__loss=[1.0]), RULES[0]).outcome
    assert outcome == ("fault" if steps == 1 else "advice")
