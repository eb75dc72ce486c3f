"""Scores and reference learners in words, for the sentences of rules and verdicts."""

from __future__ import annotations


def score(metric: str, value: float | None) -> str:
    """Return a score as people write it.

    Example:
    >>> score("accuracy", 0.82), score("R²", 0.3)
    ('82.0 %', 'R² 0.30')
    """
    if value is None:
        return "an unknown score"
    return f"{100 * value:.1f} %" if "accuracy" in metric else f"{metric} {value:.2f}"


def said(metric: str, value: float | None) -> str:
    """Return a score with the name of its metric.

    Example:
    >>> said("accuracy", 0.82), said("R²", -0.5)
    ('an accuracy of 82.0%', 'an R² of -0.50')
    """
    if value is None:
        return f"an unknown {metric}"
    article = "a" if metric.startswith("b") else "an"
    return f"{article} {metric} of {value:.1%}" if "accuracy" in metric else f"{article} {metric} of {value:.2f}"


def a_learner(name: str) -> str:
    """Return the name of a reference learner with its article: `a linear model`, `gradient boosting`."""
    return f"a {name}" if name.endswith("model") else name
