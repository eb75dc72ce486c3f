"""Which choices are worse than the best by more than the seeds scatter.

A choice is called worse where the best beats it in a one-sided paired t test over the seeds, at level 0.05 divided by
the number of the others. The best is picked from the same scores, and that is accounted for: whichever choice is truly
the best is called worse with a probability of at most 0.05, so that those left are a confidence set for the best. With
two or three seeds only large differences pass. What the seeds do not vary, such as which rows validate, is not seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Against:
    """How each choice stands against the best.

    Args:
        best: position of the choice with the highest mean score.
        behind: `(choices,)`, mean difference of the best's score and its own over the seeds.
        at_least: `(choices,)`, lower bound of that difference at the confidence of the rule.
        p: `(choices,)`, p value times the number of comparisons, 1 at most; 1 for the best.
        worse: `(choices,)`, whether it is behind by more than the noise.
    """

    best: int
    behind: np.ndarray
    at_least: np.ndarray
    p: np.ndarray
    worse: np.ndarray


def against_best(scores: np.ndarray, resolution: float = 0.0, confidence: float = CONFIDENCE) -> Against:
    """Compares each choice with the best one.

    With d the paired differences over n seeds, s their standard deviation and k choices, each choice is worse where
    `mean(d) > t(1 - a / (k - 1), n - 1) · s / √n`.

    Args:
        scores: `(choices, seeds)`, higher is better; at least 2 seeds; column by column from the same seed.
        resolution: the smallest difference that the score can show, such as 1 / rows for an accuracy; s is never taken
            to be smaller, because a few seeds that agree to the row are luck.
        confidence: 1 - a, in (0, 1).

    Returns:
        The best, and how far the others are behind.

    Example:
        >>> close, far = [0.90, 0.92, 0.91], [0.80, 0.83, 0.81]
        >>> found = against_best(np.array([far, close, [0.91, 0.91, 0.92]]))
        >>> found.best, found.worse.tolist()
        (2, [True, False, False])

    Source: Gupta, "On some multiple decision (selection and ranking) rules", Technometrics 7 (1965), for the set that
    holds the best; Bonferroni's inequality in place of equal variances.
    """
    choices, seeds = scores.shape
    best = int(np.argmax(scores.mean(axis=1)))
    differences = scores[best] - scores
    behind = differences.mean(axis=1)
    error = np.maximum(differences.std(axis=1, ddof=1), resolution) / np.sqrt(seeds)
    comparisons = max(1, choices - 1)
    limit = float(stats.t.ppf(1 - (1 - confidence) / comparisons, seeds - 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.where(behind > 0, behind / error, 0.0)
    p = np.minimum(1.0, comparisons * stats.t.sf(statistic, seeds - 1))
    p[best] = 1.0
    return Against(best, behind, behind - limit * error, p, statistic > limit)
