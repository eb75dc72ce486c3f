from __future__ import annotations

import keras
import numpy as np
import pytest
from records import update
from rules.gradients.signals import learned, of_kernels
from rules.runs import finding, static, with_signals

from trainwell.run import RatesRecord, Series

L = keras.layers


@pytest.fixture
def run():
    model = keras.Sequential([keras.Input((4,)), L.Dense(4, "relu", use_bias=False, name="first"), L.Dense(1)])
    return static(model, np.random.default_rng(0).normal(size=(64, 4)), np.zeros((64, 1)))


def with_gradients(run, first, norms=(1.0, 1.0, 1.0)):
    return with_signals(of_kernels(run, {"first": [first] * len(norms)}), "step", 1, gradient_norm=norms)


def outcome(run):
    return finding(run, "exploding-gradients").outcome


def test_huge_gradients_before_any_update_are_named(run):
    found = finding(learned(with_gradients(run, 1e5), 1e9, 1e3, 4), "exploding-gradients")
    assert found.outcome == "fault"
    assert found.evidence[0].step == 1
    assert found.message == (
        "Before the first step, moving the weights of 'first' by their own size along the gradient would change the "
        "loss by 1.6e+06 times that of a constant answer; the loss ended at 4 times that of a constant answer."
    )


def test_huge_gradients_that_the_optimizer_masters_are_in_order(run):
    assert outcome(learned(with_gradients(run, 1e5), 1e9, 1, 0.1)) == "passed"


def test_gradients_count_beside_the_scale_of_the_loss(run):
    assert outcome(learned(with_gradients(run, 1e5), 1, 1, 1, baseline=1e6)) == "passed"


def test_an_ordinary_step_beside_tiny_targets_is_in_order(run):
    """A constant answer's loss of 0.01 makes the first step of a sound network look thousands of times too large."""
    assert outcome(learned(with_gradients(run, 17.5), 100, 500, baseline=0.01)) == "passed"


def test_large_outputs_that_a_smaller_rate_can_use_are_the_rates_fault(run):
    update(run.data.inputs[0], mean=0.0, deviation=2.0)
    outputs(learned(with_gradients(run, 0.0), 20, 20), 1e6)
    for last, expected in ((0.3, "passed"), (5.0, "fault")):
        run.probes.rates = RatesRecord(rate=0.1, factors=[0.01, 0.1, 1.0], last=[last, None, None], first=1e9)
        assert outcome(run) == expected


def test_a_training_that_fails_with_usual_gradients_is_no_explosion(run):
    assert outcome(learned(with_gradients(run, 1.0), 1, np.nan)) == "passed"


def outputs(run, size):
    for name, value in (("mean", 0.0), ("deviation", size)):
        run.signals[f"inference/output_{name}/first"] = Series.over("epoch", [value], start=0)
    return run


def test_outputs_that_outgrow_the_inputs_are_named_where_no_gradient_is_left(run):
    update(run.data.inputs[0], mean=0.0, deviation=2.0)
    found = finding(outputs(learned(with_gradients(run, 0.0), 20, 20), 1e6), "exploding-gradients")
    assert found.outcome == "fault"
    assert "outputs of 'first' are 5e+05 times as large as the inputs" in found.message


def test_large_inputs_may_have_large_outputs(run):
    update(run.data.inputs[0], mean=1e4, deviation=1e4)
    assert outcome(outputs(learned(with_gradients(run, 0.0), 20, 20), 1e5)) == "passed"


def spiking(run, *slower):
    learned(with_gradients(run, 1.0, (1, 1, 1, 1, 1, 1, 1e5)), 1, 2, 3)
    run.probes.rates = RatesRecord(rate=0.1, factors=[0.01, 0.1, 1.0], last=[*slower, None], first=1.0)
    return run


def test_gradients_that_grow_later_are_named_where_the_loss_rises_at_smaller_rates_too(run):
    found = finding(spiking(run, 5.0, None), "exploding-gradients")
    assert found.outcome == "fault"
    assert found.message == (
        "At step 7 gradients are 1e+05 times as large as in the first steps, and the loss rises even at a tenth or a "
        "hundredth of the rate; the loss ended at 3 times that of a constant answer."
    )


@pytest.mark.parametrize("slower", [(0.99, None), (0.99, 0.2)])
def test_gradients_that_a_smaller_rate_tames_are_the_rates_fault(run, slower):
    assert outcome(spiking(run, *slower)) == "passed"


def test_gradients_that_are_no_numbers_from_the_start_tell_nothing(run):
    assert outcome(learned(with_gradients(run, np.nan, (np.nan,) * 3), 1, np.nan)) == "not measured"


def test_without_steps_it_is_not_measured(run):
    assert outcome(run) == "not measured"
