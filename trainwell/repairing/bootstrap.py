"""Whether after is better than before, on rows that no trial saw: a paired bootstrap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from trainwell.edits import edited
from trainwell.experiments.scoring import scores
from trainwell.progress import stage
from trainwell.repairing.holdout import FOLDS, folds
from trainwell.repairing.recorded import train
from trainwell.repairing.result import Proof

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainwell.repairing.state import State

_DRAWS = 2000
_LEVEL = 0.95
Scored = tuple[np.ndarray, np.ndarray]  # numbers of the rows, and the score of each


def evidence_of(state: State) -> Proof:
    """Compares the training as it was given with the best one, on the rows held back; cross-validated without any."""
    if state.held.rows:
        return compare([state.first.held], [state.best.held], state.seed, "held back")
    before, after = [], []
    with stage("", 2 * FOLDS, counter="training"):
        for spec, held in folds(state.whole, state.seed, FOLDS):
            for edits, into in (((), before), (state.accepted.edits, after)):
                with stage("with the repair" if edits else "without the repair"):
                    one = edited(spec, edits, seed=state.seed)
                    if edits or not state.first.raised:
                        train(one, state.seed)
                    kept = held.after(edits, spec)
                    into.append((kept.numbers, scores(one, kept.x, kept.y, state.metric)))
    return compare(before, after, state.seed, "cross-validated")


def compare(
    before: Sequence[Scored], after: Sequence[Scored], seed: int, how: Literal["held back", "cross-validated"]
) -> Proof:
    """The improvement of the mean score, and the interval that drawing the rows anew gives it.

    Rows that the edits left out are left out of both.

    Args:
        before: by fold, the rows and their scores; a higher score is better.
        after: the same.
        seed: of the draws.
        how: the rows come about.

    Source: Efron and Tibshirani, "An introduction to the bootstrap" (1993), chapter 13.
    """
    differences = []
    for (numbers, scored), (kept, improved) in zip(before, after, strict=True):
        _, first, second = np.intersect1d(numbers, kept, return_indices=True)
        differences.append(improved[second] - scored[first])
    all_of_them = np.concatenate(differences)
    generator = np.random.default_rng(seed)
    rows = len(all_of_them)
    means = np.array([all_of_them[generator.integers(0, rows, rows)].mean() for _ in range(_DRAWS)])
    low, high = np.quantile(means, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
    return Proof(float(all_of_them.mean()), float(low), float(high), rows, how)
