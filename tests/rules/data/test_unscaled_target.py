from __future__ import annotations

import keras
import numpy as np
import pytest
from rules.runs import finding, static, with_signals

from trainwell.run import BaselineRecord, Series

L = keras.layers
X = np.random.default_rng(0).normal(size=(200, 4))
VALUES = np.random.default_rng(1).normal(size=(200, 1))
FAST = np.r_[10.0, 2.0, np.ones(98)]
SLOW = np.linspace(10, 1, 100)
STANDS = np.full(100, 10.0)


def judged(y, losses, *, units=1, loss="mse", ended=1.0, constant=1.0):
    run = static(
        keras.Sequential([keras.Input((4,)), L.Dense(8, "relu"), L.Dense(units, name="head")]), X, y, loss=loss
    )
    with_signals(run, "step", loss=losses)
    with_signals(run, inference__loss=[2.0, ended], start=0)
    run.probes.baseline = BaselineRecord(loss=constant)
    return finding(run, "unscaled-target")


def test_a_target_far_away_that_takes_the_training_to_reach_is_named():
    found = judged(150 + 77 * VALUES, SLOW)
    assert found.outcome == "fault"
    assert found.message.startswith("The target of 'head' is 1")
    assert "needed 50% of the steps for the first half of its way down" in found.message


@pytest.mark.parametrize(
    ("y", "losses"),
    [(150 + 77 * VALUES, FAST), (3 * VALUES, SLOW), (VALUES, STANDS), (np.abs(VALUES) / 3, SLOW)],
)
def test_a_target_that_is_near_or_soon_reached_is_in_order(y, losses):
    assert judged(y, losses).outcome == "passed"


def test_a_target_not_so_far_away_does_not_explain_a_divergence():
    assert judged(15 + VALUES, np.r_[10.0, np.inf, np.nan]).outcome == "passed"


@pytest.mark.parametrize("losses", [STANDS, np.r_[10.0, np.inf, np.nan], np.geomspace(10, 1e9, 100)])
def test_a_training_that_came_nowhere_is_named(losses):
    assert judged(150 + 77 * VALUES, losses).outcome == "fault"


def test_a_target_far_below_1_is_named_where_the_loss_ends_above_a_constants():
    assert judged(1e-4 * VALUES, FAST, ended=1e-3, constant=1e-8).outcome == "fault"
    assert judged(1e-4 * VALUES, FAST, ended=1e-8, constant=1e-8).outcome == "passed"


def test_a_column_that_drowns_the_others_is_named():
    y = VALUES * [1, 1000]
    assert judged(y, FAST, units=2).outcome == "fault"
    assert judged(VALUES * [1, 3], FAST, units=2).outcome == "passed"


def test_an_output_that_begins_at_the_mean_is_near():
    run = static(keras.Sequential([keras.Input((4,)), L.Dense(1, name="head")]), X, 150 + VALUES)
    with_signals(run, "step", loss=SLOW)
    assert finding(run, "unscaled-target").outcome == "fault"
    with_signals(run, start=0, **{"inference__output_mean/head": [150.0], "inference__output_deviation/head": [1.0]})
    assert finding(run, "unscaled-target").outcome == "passed"


@pytest.mark.parametrize(
    ("last", "loss"),
    [
        (lambda: L.Dense(1, "exponential"), "poisson"),
        (lambda: L.Dense(1), "mean_squared_logarithmic_error"),
        (lambda: L.Dense(1), lambda y, outputs: keras.ops.mean((y - outputs) ** 2)),
        (lambda: L.Dense(1, "sigmoid"), "mse"),
        (lambda: L.Rescaling(100.0), "mse"),
    ],
)
def test_other_losses_and_models_that_scale_do_not_concern_it(last, loss):
    last = last()
    layers = [L.Dense(1), last] if isinstance(last, L.Rescaling) else [last]
    run = static(keras.Sequential([keras.Input((4,)), *layers]), X, 150 + VALUES, loss=loss)
    assert finding(with_signals(run, "step", loss=SLOW), "unscaled-target").outcome == "not applicable"


def test_without_the_loss_of_steps_it_is_not_measured():
    run = static(keras.Sequential([keras.Input((4,)), L.Dense(1)]), X, 150 + VALUES)
    assert finding(run, "unscaled-target").outcome == "not measured"


def test_steps_count_and_not_readings_which_lie_densely_at_the_start():
    run = static(keras.Sequential([keras.Input((4,)), L.Dense(1, name="head")]), X, 150 + VALUES)
    at = np.r_[np.arange(1, 21), np.arange(50, 1001, 50)]
    run.signals["loss"] = Series(np.where(at <= 50, 10.0, 1.0), at, "step")  # comes down at one step in twenty
    found = finding(run, "unscaled-target")
    assert "needed 7% of the steps" in found.message or "needed 8% of the steps" in found.message
    assert found.outcome == "passed"
