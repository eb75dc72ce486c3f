from __future__ import annotations

import numpy as np
import pytest
from rules.courses import course, tried
from rules.runs import finding, with_signals

SLOW = np.array([1.0, 0.98, 0.96, 0.94])


def low(run, *last, first=1.0, **arguments):
    return finding(tried(run, first, *last, **arguments), "learning-rate-too-low")


def test_a_rate_whose_tenfold_gets_much_further_is_too_low():
    found = low(course(SLOW), 1.0, 1.0, 0.97, 0.95, 0.5, 0.1, rate=1e-5)
    assert found.outcome == "fault"
    assert found.message == (
        "In 200 steps from the same weights, a learning rate of 1e-05 leads from a loss of 1 to 0.97 and one of 0.001 "
        "to 0.1; the whole training ended at 0.94."
    )


def test_a_slow_rate_that_gets_there_in_time_is_in_order():
    assert low(course(np.array([1.0, 0.7, 0.5, 0.3])), 1.0, 1.0, 0.9, 0.8, 0.5, 0.1).outcome == "passed"


def test_a_training_that_was_too_short_is_no_rate_too_low():
    assert low(course(SLOW), 1.0, 1.0, 0.97, 0.95, 0.5, 0.1, longer=0.2).outcome == "passed"


def test_a_rate_that_gets_as_far_as_higher_ones_is_in_order():
    assert low(course(SLOW), 1.0, 0.99, 0.6, 0.55, 0.5, 1.2).outcome == "passed"


def test_a_model_that_knows_its_task_already_is_not_judged():
    found = low(course(np.array([0.3, 0.29, 0.28])), 0.3, 0.3, 0.29, 0.28, 0.1, 0.01, first=0.3)
    assert found.outcome == "not applicable"


def test_noise_that_no_rate_learns_is_in_order():
    assert low(course(SLOW), 1.0, 1.0, 1.0, 0.99, 0.98, 0.95).outcome == "passed"


def test_where_no_higher_rate_trains_it_does_not_apply():
    assert low(course(SLOW), 1.0, 1.0, 0.9, None, None, None).outcome == "not applicable"


def decayed(run, half_life):
    return with_signals(run, "step", 1, learning_rate=0.1 * 0.5 ** (np.arange(300) / half_life))


def test_a_schedule_that_is_over_at_once_is_too_low():
    found = low(decayed(course(SLOW), 5), 1.0, 0.9, 0.2, 0.1, 0.1, None)
    assert found.outcome == "fault"
    assert found.evidence[0].where == "schedule"
    assert found.message.startswith("The learning rate falls to a hundredth of its largest within 11% of the steps")


@pytest.mark.parametrize("half_life", [40, 1000])
def test_a_schedule_that_lasts_is_in_order(half_life):
    assert low(decayed(course(SLOW), half_life), 1.0, 0.9, 0.2, 0.1, 0.1, None).outcome == "passed"


def test_a_short_schedule_that_was_enough_is_in_order():
    run = decayed(course(np.array([1.0, 0.2, 0.1, 0.1])), 5)
    assert low(run, 1.0, 0.9, 0.2, 0.1, 0.1, None).outcome == "passed"


def test_without_the_probe_it_is_not_measured():
    assert finding(course(SLOW), "learning-rate-too-low").outcome == "not measured"
