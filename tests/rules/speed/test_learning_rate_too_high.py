from __future__ import annotations

import numpy as np
import pytest
from rules.courses import course, tried
from rules.runs import finding

FALLING = np.array([2.0, 0.9, 0.5, 0.2])
STUCK = np.array([2.0, 1.1, 1.0, 1.05])


def high(run, *last, **arguments):
    return finding(tried(run, 2.0, *last, **arguments), "learning-rate-too-high")


def test_a_rate_whose_tenth_gets_further_is_too_high():
    found = high(course(STUCK), 0.6, 0.2, 1.1, 1.2, 1.5, None)
    assert found.outcome == "fault"
    assert found.message == (
        "In 200 steps from the same weights, a learning rate of 0.1 reaches a loss of 1.1 and one of 0.01 reaches 0.2; "
        "the whole training ended at 1.05."
    )


def test_the_best_of_the_lower_rates_counts():
    assert high(course(STUCK), 0.2, 1.0, 1.1, 1.2, 1.5, None).outcome == "fault"


def test_a_rate_that_diverges_where_a_lower_one_trains_is_too_high():
    run = course(STUCK)
    run.fit.diverged = True
    found = high(run, 0.6, 0.2, None, None, None, None)
    assert found.outcome == "fault"
    assert "0.1 diverges" in found.message
    assert "whole training diverged" in found.message


def test_a_training_that_got_there_in_the_end_is_in_order():
    assert high(course(FALLING), 0.6, 0.2, 1.1, 1.2, 1.5, None).outcome == "passed"


def test_a_rate_that_gets_almost_as_far_is_in_order():
    assert high(course(STUCK), 0.9, 0.5, 0.6, 1.2, 1.5, None).outcome == "passed"


def test_a_fall_that_is_small_says_nothing():
    assert high(course(np.array([1.0, 0.99, 1.0])), 0.99, 0.97, 1.0, 1.0, 1.1, None).outcome == "passed"


def test_the_fall_to_a_constant_answer_is_no_learning():
    run = course(np.array([900.0, 1.1, 1.0, 1.05]))
    found = finding(tried(run, 900.0, 1.0, 0.2, 1.1, 1.2, 2.0, None), "learning-rate-too-high")
    assert found.evidence[0].measurements[0].value == pytest.approx((1.1 - 0.2) / 0.8)
    assert found.outcome == "fault"


def test_where_every_rate_diverges_it_is_not_the_rate():
    assert high(course(STUCK), None, None, None, None, None, None).outcome == "not measured"


def test_without_the_probe_it_is_not_measured():
    assert finding(course(STUCK), "learning-rate-too-high").outcome == "not measured"
