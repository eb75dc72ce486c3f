"""Scores, rates and standings of a comparison in words, for terminal, page and figures alike."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from trainwell.report.metrics import spoken
from trainwell.report.wording import count, duration, figure, plural

if TYPE_CHECKING:
    from trainwell.report.comparison.result import Comparison, Outcome

_MANY_ROWS = 2000  # from here on an accuracy's second decimal of a percent says something
_MOST_NAMES = 6
_MOST_DECIMALS = 5


def digits_of(comparison: Comparison) -> int:
    """Decimals of a percentage that the validation rows support, or of an error, four digits of the best one's."""
    if comparison.metric == "accuracy":
        return 2 if comparison.rows["validation"] >= _MANY_ROWS else 1
    size = abs(comparison.best.mean) if comparison.best else 1.0
    return max(0, 3 - math.floor(math.log10(size))) if size else 3


def score(value: float, comparison: Comparison) -> str:
    """A score: `88.91%`, or an error in the target's units."""
    if not math.isfinite(value):
        return "–"
    return f"{100 * value:.{digits_of(comparison)}f}%" if comparison.metric == "accuracy" else _error(value, comparison)


def difference(value: float, comparison: Comparison) -> str:
    """A difference of scores, in percentage points without their sign, or in the target's units."""
    if not math.isfinite(value):
        return "–"
    return f"{100 * value:.{digits_of(comparison)}f}" if comparison.metric == "accuracy" else _error(value, comparison)


def _error(value: float, comparison: Comparison) -> str:
    digits = digits_of(comparison)
    return f"{value:,.{digits}f}" if digits <= _MOST_DECIMALS else figure(value, 3)


def unit(comparison: Comparison) -> str:
    """What differences are in."""
    return "percentage points" if comparison.metric == "accuracy" else f"units of {comparison.target}"


def rate(value: float, *, found: bool) -> str:
    """A learning rate, with a word where no range test led to it."""
    if not math.isfinite(value):
        return "–"
    return figure(value, 2) if found else f"{figure(value, 2)} (no range test helped)"


def standing(outcome: Outcome, comparison: Comparison) -> str:
    """How a choice stands beside the best: `worse, by 2.1 or more`."""
    if outcome.standing == "worse":
        bound = difference(outcome.behind_at_least, comparison)
        return "worse" if not bound.strip("0.") else f"worse, by {bound} or more"
    if outcome.standing == "diverged":
        part = "" if outcome.diverged == len(outcome.scores) else f" from {plural(outcome.diverged, 'seed')}"
        return f"diverged{part}"
    return outcome.standing


def done(outcome: Outcome, metric: str) -> str:
    """A choice that was trained, in one line: `nadam: accuracy 0.889 ± 0.002 at a rate of 0.0021, in 12 s`."""
    if outcome.diverged:
        result = f"diverged from {outcome.diverged} of {plural(len(outcome.scores), 'seed')}"
    else:
        result = f"{spoken(metric)} {figure(outcome.mean, 3)} ± {figure(outcome.spread, 2)}"
    at = "" if math.isnan(outcome.learning_rate) else f" at a rate of {figure(outcome.learning_rate, 2)}"
    return f"{outcome.choice}: {result}{at}, in {duration(outcome.seconds)}"


def network(comparison: Comparison) -> str:
    """`dense 300-100, from the recipe default`."""
    start = "" if comparison.over == "recipe" else f", from the recipe {comparison.recipe}"
    return f"{comparison.network}{start}"


def names(outcomes: list[Outcome]) -> str:
    """`adam, nadam and lion`; of many, the first few."""
    listed = [outcome.choice for outcome in outcomes[:_MOST_NAMES]]
    if len(outcomes) > _MOST_NAMES:
        return f"{', '.join(listed)} and {len(outcomes) - _MOST_NAMES} more"
    return listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} and {listed[-1]}"


def verdict(comparison: Comparison) -> str:
    """What came out, in two or three sentences."""
    best = comparison.best
    if best is None:
        return f"All {comparison.plural} diverged."
    seeds = plural(len(comparison.seeds), "seed")
    what = f"validation {spoken(comparison.metric)}"
    words = [f"{best.choice} came out best: {what} {score(best.mean, comparison)} over {seeds}."]
    close, worse = comparison.standing("within the noise"), comparison.standing("worse")
    if close:
        verb = "is" if len(close) == 1 else "are"
        words.append(f"Within the noise {verb} {names(close)}.")
    if worse:
        verb = "is" if len(worse) == 1 else "are"
        words.append(f"Beyond it, and worse, {verb} {names(worse)}.")
    if lost := comparison.standing("diverged"):
        words.append(f"{names(lost)} diverged.")
    return " ".join(words)


def rule(comparison: Comparison) -> str:
    """What "worse" means, in words that leave nothing out."""
    others = max(1, sum(outcome.standing != "diverged" for outcome in comparison.outcomes) - 1)
    return (
        f"Worse: the best beats it in a paired t test over the {len(comparison.seeds)} seeds, one-sided, at "
        f"{100 * (1 - comparison.confidence):.0f}% / {others}. "
        f"So the truly best choice is called worse in at most "
        f"{100 * (1 - comparison.confidence):.0f} of 100 comparisons."
    )


def limits(comparison: Comparison) -> str:
    """What the spread is, and what it does not cover."""
    return (
        f"± is the standard deviation over the seeds; it and how far a choice is behind are in {unit(comparison)}. "
        "The seeds vary the first weights and the order of the rows, not the data. All figures are of the "
        f"{count(comparison.rows['validation'])} validation rows; the test part was not looked at."
    )
