"""Small pictures, and experiments short enough to train in a test."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from trainwell.reproduce.data import Pictures
from trainwell.reproduce.experiment import VALIDATION, Preparation
from trainwell.reproduce.experiments import EXPERIMENTS
from trainwell.reproduce.results import Result


@pytest.fixture(scope="session")
def pictures():
    """Pictures of ten classes, each a bright bar at a height of its own; a net learns them in an epoch or two."""
    generator = np.random.default_rng(0)

    def draw(rows):
        y = np.arange(rows, dtype="uint8") % 10
        x = generator.integers(0, 100, (rows, 28, 28), dtype="uint8")
        for row, label in enumerate(y):
            x[row, 2 * label + 3 : 2 * label + 5] += 150
        return x, y

    return Pictures(*draw(360), *draw(40))


@pytest.fixture(scope="session")
def short():
    """The Leaky ReLU experiment in two epochs, with two printed values, 40 rows held out and three seeds."""
    leaky = EXPERIMENTS["leaky-relu"]
    return replace(
        leaky, epochs=2, preparation=Preparation("first", 40), printed={VALIDATION: (0.5, 0.6)}, seeds=3, explanation=""
    )


@pytest.fixture
def made():
    """Results of one series with the given curves, a seed each."""

    def make(*curves, experiment="leaky-relu"):
        return [Result(experiment, seed, {VALIDATION: list(curve)}, 1.5) for seed, curve in enumerate(curves)]

    return make
