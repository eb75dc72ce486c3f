from __future__ import annotations

import keras
import numpy as np
import pytest
from records import update
from rules.runs import finding, static, with_signals

from trainwell.run import BaselineRecord

L = keras.layers


def run(*, momentum=0.99, epochs=5, norm=L.BatchNormalization):
    """Two steps an epoch."""
    layer = norm(momentum=momentum, name="norm") if norm is L.BatchNormalization else norm()
    model = keras.Sequential([keras.Input((6,)), L.Dense(4), layer, L.Dense(1)])
    return static(model, np.zeros((64, 6)), np.zeros((64, 1)), epochs=epochs)


def told(run, losses=(1.0, 0.9), own=0.2):
    run = with_signals(run, inference__loss=losses)
    return finding(with_signals(run, inference__loss_in_training_mode=[own]), "batch-norm-statistics-not-settled")


def test_statistics_that_are_not_settled_and_cost_much():
    found = told(run())
    assert found.outcome == "fault"
    assert found.message == (
        "After 10 steps at momentum 0.99, 90% of the statistics of 'norm' are still what they began with; by them the "
        "loss of training rows is 0.9, and 0.2 by the rows' own statistics."
    )


def test_what_costs_little_is_in_order():
    assert told(run(), (1.0, 0.25), 0.2).outcome == "passed"


def test_what_a_constant_would_reach_was_not_learned():
    wild = run()
    assert told(wild, (9.0, 1.0), 0.2).outcome == "passed"
    wild.probes.baseline = BaselineRecord(loss=2.0, rows=64)
    found = told(wild, (9.0, 1.0), 0.2)
    assert found.outcome == "fault"
    assert found.evidence[0].measurements[1].value == pytest.approx(0.8 / 1.8)


def test_what_has_settled_is_not_to_blame():
    assert told(run(momentum=0.5)).outcome == "passed"
    assert told(run(epochs=200)).outcome == "passed"


def test_a_cut_training_is_not_blamed():
    cut = run(epochs=200)
    update(cut.fit, epochs_run=2, steps=4, cut=True)
    assert told(cut).outcome == "passed"


def test_a_training_that_a_callback_ended_has_only_its_steps():
    stopped = run(epochs=200)
    update(stopped.fit, epochs_run=5, stopped_by_callback=True, cut=False)
    assert told(stopped).outcome == "fault"


def test_a_training_that_learned_nothing_has_nothing_to_lose():
    assert told(run(), (1.0, 1.0), 1.5).outcome == "passed"


@pytest.mark.parametrize("losses", [(1.0, np.nan), (1.0, np.inf)])
def test_a_loss_that_is_no_number_is_not_measured(losses):
    assert told(run(), losses).outcome == "not measured"


def test_without_looks_it_is_told_only_where_it_has_settled():
    assert finding(run(), "batch-norm-statistics-not-settled").outcome == "not measured"
    assert finding(run(epochs=500), "batch-norm-statistics-not-settled").outcome == "passed"


def test_without_batch_normalization_it_does_not_apply():
    assert told(run(norm=L.LayerNormalization)).outcome == "not applicable"
