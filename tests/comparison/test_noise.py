"""Which choices are called worse: values worked out by hand, and the promise about the best, tried out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from trainwell.comparison.noise import against_best


def test_two_choices_and_three_seeds_by_hand():
    # Differences 1, 2, 3: mean 2, deviation 1, so t = 2 / (1 / √3) = 2√3 with 2 degrees of freedom.
    found = against_best(np.array([[11.0, 12.0, 13.0], [10.0, 10.0, 10.0]]))
    assert found.best == 0
    np.testing.assert_allclose(found.behind, [0, 2])
    # The t distribution of 2 degrees of freedom has a closed form: P(T > t) = 1/2 - t / (2 √(2 + t²)).
    t = 2 * np.sqrt(3)
    assert found.p[1] == pytest.approx(0.5 - t / (2 * np.sqrt(2 + t**2)))
    assert found.p[1] == pytest.approx(0.0371, abs=1e-4)
    assert found.worse.tolist() == [False, True]
    limit = 2.919986  # of 2 degrees of freedom at 5%
    assert found.at_least[1] == pytest.approx(2 - limit / np.sqrt(3), abs=1e-5)


def test_more_choices_ask_for_more():
    scores = np.array([[11.0, 12.0, 13.0], [10.0, 10.0, 10.0], [10.5, 9.5, 10.0]])
    found = against_best(scores)
    assert found.p[1] == pytest.approx(2 * 0.0371, abs=2e-4)
    assert not found.worse.any()


def test_pairs_by_seed_and_not_only_by_mean():
    """A seed that lifts all choices alike is no noise between them."""
    lift = np.array([0.0, 10.0, -10.0, 5.0])
    scores = np.stack([lift + 1, lift + np.array([0.0, 0.1, -0.1, 0.0])])
    assert against_best(scores).worse.tolist() == [False, True]
    assert not against_best(np.stack([lift + 1, np.roll(lift, 1)])).worse.any()


def test_seeds_that_agree_to_the_row_are_not_certain():
    same = np.array([[0.90, 0.91], [0.89, 0.90]])  # one row of a hundred behind, twice
    assert against_best(same).worse.tolist() == [False, True]
    assert not against_best(same, resolution=0.01).worse.any()
    assert against_best(np.array([[0.90, 0.91], [0.70, 0.71]]), resolution=0.01).worse.tolist() == [False, True]


def test_choices_without_any_difference_are_within_the_noise():
    found = against_best(np.full((3, 4), 0.5))
    assert found.best == 0
    assert not found.worse.any()
    np.testing.assert_array_equal(found.p, np.ones(3))


def test_a_single_choice_is_the_best():
    found = against_best(np.array([[0.1, 0.2]]))
    assert (found.best, found.worse.tolist(), found.p.tolist()) == (0, [False], [1.0])


@pytest.mark.parametrize("deviations", [[1.0] * 6, [0.1, 0.1, 0.1, 1.0, 1.0, 10.0]])
@pytest.mark.heavy
def test_the_truly_best_is_called_worse_in_at_most_a_twentieth_of_comparisons(deviations):
    """All choices are equally good, the hardest case, and scatter alike or not: each is the truly best."""
    generator = np.random.default_rng(0)
    trials, called = 4000, np.zeros(6)
    for _ in range(trials):
        called += against_best(generator.normal(0, np.array(deviations)[:, None], (6, 5))).worse
    margin = 3 * np.sqrt(0.05 * 0.95 / trials)
    assert (called / trials <= 0.05 + margin).all(), called / trials
    assert called.sum() > 0, "a rule that never calls would promise nothing"


@settings(deadline=None, max_examples=50)
@given(st.integers(2, 6), st.integers(2, 8), st.integers(0, 2**32 - 1))
def test_it_is_the_paired_t_test_of_scipy(choices, seeds, seed):
    scores = np.random.default_rng(seed).normal(0, 1, (choices, seeds))
    found = against_best(scores)
    for place in range(choices):
        if place != found.best:
            alone = stats.ttest_rel(scores[found.best], scores[place], alternative="greater").pvalue
            assert found.p[place] == pytest.approx(min(1.0, (choices - 1) * alone))
            assert found.worse[place] == (alone * (choices - 1) < 0.05)
            assert found.worse[place] == (found.at_least[place] > 0)
