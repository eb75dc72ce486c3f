import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trainwell.repairing.bootstrap import compare


def scored(values, numbers=None):
    values = np.asarray(values, float)
    return (np.arange(len(values)) if numbers is None else np.asarray(numbers)), values


def test_the_same_answers_improve_nothing_and_lose_nothing():
    rows = scored(np.random.default_rng(0).normal(size=100))
    found = compare([rows], [rows], 0, "held back")
    assert (found.improvement, found.low, found.high, found.rows) == (0, 0, 0, 100)


def test_a_clear_improvement_is_above_0():
    found = compare([scored([0] * 60 + [1] * 40)], [scored([0] * 10 + [1] * 90)], 0, "held back")
    assert found.improvement == pytest.approx(0.5)
    assert 0.3 < found.low < found.improvement < found.high < 0.7


def test_rows_that_were_left_out_count_in_neither():
    found = compare([scored([0, 0, 0, 1])], [scored([1, 1], numbers=[1, 3])], 0, "held back")
    assert (found.rows, found.improvement) == (2, 0.5)


def test_folds_are_put_together():
    before, after = [scored([0, 0]), scored([0, 0])], [scored([1, 1]), scored([1, 0])]
    found = compare(before, after, 0, "cross-validated")
    assert (found.rows, found.improvement, found.how) == (4, 0.75, "cross-validated")


@pytest.mark.heavy
def test_chance_alone_is_found_to_improve_in_about_one_of_forty():
    generator = np.random.default_rng(0)
    found = [
        compare([scored(generator.normal(size=80))], [scored(generator.normal(size=80))], seed, "held back").low >= 0
        for seed in range(200)
    ]
    assert 0 <= sum(found) <= 12


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**16))
def test_the_interval_holds_the_improvement(seed):
    generator = np.random.default_rng(seed)
    found = compare([scored(generator.normal(size=40))], [scored(generator.normal(size=40))], seed, "held back")
    assert found.low <= found.improvement <= found.high
