from __future__ import annotations

import keras
import numpy as np
import pytest
from rules.runs import static, with_signals

from trainwell.rule import NotMeasured
from trainwell.run import BaselineRecord, OneBatchRecord, ProbesRecord, progress

L = keras.layers


def of(y, loss="mse"):
    model = keras.Sequential([keras.Input((2,)), L.Dense(1, "sigmoid")])
    return static(model, np.eye(16, 2), y, loss=loss)


def probed(run, baseline, one_batch):
    run.probes = ProbesRecord(baseline=BaselineRecord(loss=baseline), one_batch=OneBatchRecord(last=one_batch))
    return run


@pytest.fixture
def run():
    return of(np.zeros((16, 1)))


def test_losses_are_told_as_shares_of_a_constant_answers(run):
    seen = progress(with_signals(probed(run, 2.0, 0.1), inference__loss=[4, 3, 1, 0.5]))
    assert (seen.begun, seen.typical, seen.left) == (2.0, 0.5, 0.25)


def test_without_looks_and_probes_the_first_batches_are_the_baseline(run):
    seen = progress(with_signals(run, "step", loss=[9, 4, 4, 4, 1, 2, 2, 1, 1, 1]))
    assert (seen.begun, seen.left) == (1.0, 0.25)


@pytest.mark.parametrize("last", [np.nan, np.inf])
def test_a_training_that_diverged_has_all_left(run, last):
    seen = progress(with_signals(probed(run, 2.0, 0.1), inference__loss=[4, last]))
    assert seen.left == seen.typical == np.inf


def test_soft_targets_leave_their_entropy():
    soft = probed(of(np.linspace(0.2, 0.8, 16)[:, None], "binary_crossentropy"), 0.7, 0.6)
    assert progress(with_signals(soft, inference__loss=[0.7, 0.61])).left == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("loss", "one_batch"), [("mse", 0.6), ("binary_crossentropy", 0.69)], ids=["values", "learned nothing"]
)
def test_else_a_perfect_fit_leaves_nothing(loss, one_batch):
    soft = probed(of(np.linspace(0.2, 0.8, 16)[:, None], loss), 0.7, one_batch)
    assert progress(with_signals(soft, inference__loss=[0.7, 0.63])).left == pytest.approx(0.9)


@pytest.mark.parametrize("losses", [[0.5, -1], [np.nan, np.nan]])
def test_losses_that_cannot_be_compared_are_not_measured(run, losses):
    with pytest.raises(NotMeasured, match="cannot be compared"):
        progress(with_signals(run, inference__loss=losses))


def test_without_losses_it_is_not_measured(run):
    with pytest.raises(NotMeasured, match="does not hold the loss"):
        progress(run)
