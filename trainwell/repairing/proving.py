"""Whether after is better than before, on rows that no trial saw: a paired bootstrap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from trainwell.repairing.result import Evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

_DRAWS = 2000
_LEVEL = 0.95
Scored = tuple[np.ndarray, np.ndarray]  # numbers of the rows, and the score of each


def compare(
    before: Sequence[Scored], after: Sequence[Scored], seed: int, how: Literal["held back", "cross-validated"]
) -> Evidence:
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
    for (numbers, scores), (kept, improved) in zip(before, after, strict=True):
        _, first, second = np.intersect1d(numbers, kept, return_indices=True)
        differences.append(improved[second] - scores[first])
    all_of_them = np.concatenate(differences)
    generator = np.random.default_rng(seed)
    rows = len(all_of_them)
    means = np.array([all_of_them[generator.integers(0, rows, rows)].mean() for _ in range(_DRAWS)])
    low, high = np.quantile(means, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
    return Evidence(float(all_of_them.mean()), float(low), float(high), rows, how)
