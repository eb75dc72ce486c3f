"""Comparisons made of plain numbers: no training is needed to look at one."""

from __future__ import annotations

import numpy as np
import pytest

from trainwell.report.comparison.result import Comparison, Outcome


def make_outcome(name, mean, standing, *, spread=0.004, epochs=5, seeds=3, behind=0.0, rates=5, start=0.6):
    generator = np.random.default_rng(len(name))
    scores = mean + spread * generator.standard_normal(seeds)
    way = np.linspace(0, 1, epochs) ** 0.5
    curves = start * mean + (scores[:, None] - start * mean) * way[None, :]
    curves[:, -1] = scores
    if standing == "diverged":
        scores, curves = np.full(seeds, np.nan), np.full((seeds, epochs), np.nan)
    return Outcome(
        choice=name,
        meaning=f"{name} in words",
        scores=scores,
        curves=curves,
        losses=1 - curves,
        learning_rate=0.0021,
        rate_found=standing != "diverged",
        rates=np.linspace(0.1, 0.001, rates),
        seconds=12.3,
        standing=standing,
        behind=behind,
        behind_at_least=behind / 2,
        p=0.01,
    )


@pytest.fixture
def outcome():
    """Makes an outcome."""
    return make_outcome


@pytest.fixture
def comparison():
    """Makes a comparison; by default one with every standing."""

    def make(outcomes=None, *, metric="accuracy", over="optimizer", epochs=5, source="digits", left_out=()):
        if outcomes is None:
            outcomes = (
                make_outcome("nadam", 0.89, "best"),
                make_outcome("adam", 0.888, "within the noise", behind=0.002),
                make_outcome("sgd", 0.85, "worse", behind=0.04),
                make_outcome("lion", 0.5, "diverged"),
            )
        return Comparison(
            source=source,
            over=over,
            plural=f"{over}s",
            outcomes=tuple(outcomes),
            metric=metric,
            higher_is_better=metric == "accuracy",
            target="price" if metric == "mae" else "class",
            rows={"train": 55_000, "validation": 5000},
            network="dense 300-100",
            recipe="default",
            epochs=epochs,
            batch_size=32,
            seeds=(0, 1, 2),
            rule="Each trains at a constant rate, which is what a range test with that optimizer suggests.",
            confidence=0.95,
            seconds=150.0,
            left_out=left_out,
            notes=("A note.",),
            facts={"versions": {"trainwell": "0.1.0", "keras": "3.15.1"}, "machine": {}},
        )

    return make
