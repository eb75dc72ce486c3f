"""From pictures to comparisons: trained once, kept, and gone on with."""

from __future__ import annotations

from dataclasses import replace

import keras
import numpy as np
import pytest

import trainwell as tw
from trainwell.errors import InputError
from trainwell.reproduce import nets, training
from trainwell.reproduce.data import prepare
from trainwell.reproduce.experiment import VALIDATION
from trainwell.reproduce.reproduce import reproduce
from trainwell.reproduce.results import Result


@pytest.fixture
def run(tmp_path, pictures, short, monkeypatch):
    """Reproduces the short experiment in one folder, two seeds at a time."""
    monkeypatch.setattr("os.cpu_count", lambda: 2)

    def call(**arguments):
        said = []
        experiments = arguments.pop("experiments", {"leaky-relu": short})
        found = reproduce(
            pictures=pictures, experiments=experiments, out=tmp_path / "out", say=said.append, **arguments
        )
        return found, said

    return call


@pytest.fixture
def trained(monkeypatch):
    """Stands in for the training, and lists the seeds that it was asked for."""
    asked = []

    def train(experiment, data, seeds):
        del data
        asked.extend(seeds)
        return [Result(experiment.name, seed, {VALIDATION: [0.5, 0.6 + seed / 100]}, 1.0) for seed in seeds]

    monkeypatch.setattr(training, "train_seeds", train)
    return asked


def test_a_second_call_goes_on_where_the_first_was_interrupted(run, trained, monkeypatch):
    whole = training.train_seeds

    def interrupted(experiment, data, seeds):
        if 2 in seeds:
            raise KeyboardInterrupt
        return whole(experiment, data, seeds)

    with monkeypatch.context() as patch:
        patch.setattr(training, "train_seeds", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run()
    assert trained == [0, 1]
    found, said = run()
    assert trained == [0, 1, 2]
    assert said[0] == "leaky-relu: 2 of 3 seeds done already."
    assert found.comparisons[0].seeds == (0, 1, 2)


def test_nothing_is_trained_twice_and_more_seeds_are_added(run, trained):
    run(seeds=1)
    run(seeds=1)
    run(seeds=4)
    assert trained == [0, 1, 2, 3]
    found, _ = run(seeds=2)
    assert found.comparisons[0].seeds == (0, 1, 2, 3)
    assert len(trained) == 4


def test_what_is_said_tells_seeds_and_ends(run, trained):
    del trained
    _, said = run()
    assert said == ["leaky-relu, seeds 0, 1 of 3: 0.6000, 0.6100 in 2.0 s", "leaky-relu, seed 2 of 3: 0.6200 in 1.0 s"]


@pytest.mark.heavy
def test_the_comparison_holds_what_a_training_by_hand_gives(run, pictures, short):
    found, _ = run(seeds=2)
    data = prepare(pictures, short.preparation)
    keras.utils.set_random_seed(1)
    model = nets.builder(short.net)()
    history = tw.fit(model, data.x, data.y, epochs=2, validation_data=data.validation, verbose=0).history
    values = [row.values[1] for row in found.comparisons[0].of(VALIDATION)]
    np.testing.assert_allclose(values, history["val_accuracy"], atol=1 / 40 + 1e-4)  # one row of 40, by rounding


@pytest.mark.parametrize("seeds", [0, -1])
def test_no_seeds_are_refused(run, seeds):
    with pytest.raises(InputError, match="--seeds must be at least 1"):
        run(seeds=seeds)


def test_experiments_of_earlier_calls_stay_in_the_comparison(run, trained, short):
    del trained
    other = replace(short, name="batch-norm")
    run(seeds=1)
    found, _ = run(seeds=1, experiments={"leaky-relu": short, "batch-norm": other})
    assert [comparison.experiment.name for comparison in found.comparisons] == ["leaky-relu", "batch-norm"]
