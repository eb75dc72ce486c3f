"""What a training brings beside its curves: the stages of transfer, and the signal by depth."""

from __future__ import annotations

from dataclasses import replace

import keras
import numpy as np
import pytest

from trainwell.reproduce import nets
from trainwell.reproduce.comparison import compare
from trainwell.reproduce.data import prepare
from trainwell.reproduce.experiment import BASE, TEST, VALIDATION
from trainwell.reproduce.experiments import EXPERIMENTS
from trainwell.reproduce.figures import depth_plates
from trainwell.reproduce.page import render_page
from trainwell.reproduce.reproduce import Reproduction
from trainwell.reproduce.results import Results
from trainwell.reproduce.training import train_seeds
from trainwell.techniques.activation_statistics import activation_statistics


@pytest.mark.heavy
def test_transfer_brings_model_a_both_stages_and_the_test(pictures):
    experiment = replace(EXPERIMENTS["transfer"], epochs=3, base_epochs=1, head_epochs=2)
    data = prepare(pictures, experiment.preparation)
    (result,) = train_seeds(experiment, data, [3])
    assert {name: len(values) for name, values in result.series.items()} == {VALIDATION: 3, TEST: 1, BASE: 1}
    (again,) = train_seeds(experiment, data, [3])
    assert again.series == result.series
    rows_of_b = int((pictures.y_test >= 8).sum())
    right = result.series[TEST][0] * rows_of_b
    assert abs(right - round(right)) < 1e-4, "the test has other rows than those of classes 8 and 9"


@pytest.mark.heavy
def test_the_signal_by_depth_is_that_of_the_net_before_and_after(pictures, short, tmp_path):
    experiment = replace(short, depth="Leaky")
    data = prepare(pictures, experiment.preparation)
    (result,) = train_seeds(experiment, data, [5])
    keras.utils.set_random_seed(5)
    fresh = activation_statistics(nets.builder(short.net)(), data.validation[0])
    np.testing.assert_allclose(result.depth["before"], [fresh.mean, fresh.deviation], rtol=1e-6)
    assert not np.allclose(result.depth["after"], result.depth["before"], rtol=1e-3)

    Results(tmp_path, 360, [experiment]).write(result)
    assert Results(tmp_path, 360, [experiment]).of(experiment)[0].depth == {
        when: tuple(pair) for when, pair in result.depth.items()
    }
    found = compare(experiment, [result])
    before, after = depth_plates([found])
    assert before.description.startswith("Deviation of outputs: Leaky from ")
    assert after.name == "depth_after"
    page = render_page(Reproduction((found,), tmp_path, {"trainwell": "0.1.0"}, 360))
    assert "Before training" in page


def test_other_experiments_are_not_looked_into(pictures, short, made):
    (result,) = train_seeds(short, prepare(pictures, short.preparation), [0])
    assert result.depth == {}
    assert depth_plates([compare(short, made((0.5, 0.6)))]) == []
