from __future__ import annotations

import numpy as np
from rules.courses import course
from rules.runs import finding

LITTLE = np.array([1.1, 0.95, 0.98])


def penalized(*penalty, training=LITTLE):
    return finding(course(training, penalty=np.array(penalty)), "over-regularized")


def test_penalties_that_outweigh_the_data_are_named():
    found = penalized(20.0, 3.0, 0.1)
    assert found.outcome == "fault"
    assert found.message == (
        "Penalties begin at 20, 20 times the loss of an answer that ignores the inputs, and end at 0.1; without them "
        "98% of that loss is left."
    )


def test_a_mild_penalty_is_in_order():
    assert penalized(0.1, 0.05, 0.04).outcome == "passed"


def test_a_large_penalty_beside_which_the_data_are_fit_is_in_order():
    assert penalized(20.0, 3.0, 0.5, training=np.array([1.1, 0.5, 0.1])).outcome == "passed"


def test_penalties_that_do_not_shrink_did_not_steer():
    assert penalized(20.0, 19.5, 19.0).outcome == "passed"


def test_without_penalties_it_does_not_apply():
    assert penalized(0.0, 0.0, 0.0).outcome == "not applicable"


def test_without_looks_it_is_not_measured():
    run = course(LITTLE)
    del run.signals["inference/penalty"]
    assert finding(run, "over-regularized").outcome == "not measured"
