"""Rules that read a learning rate off the curve of a range test.

Each takes the rates `(steps,)`, growing by a constant factor, and the smoothed losses `(steps,)`, and returns a rate of
those. They differ by up to a power of ten on one curve: none of them knows how long the training will be.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trainwell.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

FALLEN = 0.9  # share of the loss's whole fall; benchmarks/find_lr.py sets it beside the other rules
BELOW_MINIMUM = 10.0  # how far below the rate of the lowest loss "minimum/10" stays


@dataclass(frozen=True)
class LearningRateRule:
    """How a suggestion follows from a curve.

    Args:
        name: as `find_lr` takes it.
        meaning: the rule in words.
        read: rates and smoothed losses, both `(steps,)`, to a rate.
        source: who proposed it.
    """

    name: str
    meaning: str
    read: Callable[[np.ndarray, np.ndarray], float]
    source: str


def fall(rates: np.ndarray, smoothed: np.ndarray) -> float:
    """The rate by which `FALLEN` of the fall from the first loss to the lowest is done."""
    deepest = smoothed[0] - smoothed.min()
    return float(rates[int(np.argmax(smoothed <= smoothed[0] - FALLEN * deepest))])


def steepest(rates: np.ndarray, smoothed: np.ndarray) -> float:
    """The rate at which the loss falls fastest over the logarithm of the rate."""
    return float(rates[int(np.argmin(np.gradient(smoothed, np.log(rates))))])


def valley(rates: np.ndarray, smoothed: np.ndarray) -> float:
    """The middle, on a logarithmic axis, of the longest stretch over which the loss falls without a rise."""
    falling = np.diff(smoothed) < 0
    ends = np.flatnonzero(np.diff(np.concatenate([[False], falling, [False]]).astype(int)))
    starts, stops = ends[::2], ends[1::2]
    longest = int(np.argmax(stops - starts))
    return float(rates[(starts[longest] + stops[longest]) // 2])


def below_minimum(rates: np.ndarray, smoothed: np.ndarray) -> float:
    """A tenth of the rate of the lowest loss, or the lowest rate where that is below it."""
    return float(max(rates[int(np.argmin(smoothed))] / BELOW_MINIMUM, rates[0]))


RULES = {
    rule.name: rule
    for rule in (
        LearningRateRule(
            "fall", f"the rate by which the smoothed loss has done {FALLEN:.0%} of its fall", fall, "trainwell"
        ),
        LearningRateRule(
            "steepest",
            "the rate at which the smoothed loss falls fastest",
            steepest,
            "Smith, arXiv 1506.01186 (2015), as read by fastai",
        ),
        LearningRateRule(
            "valley", "the middle of the longest fall of the smoothed loss", valley, "fastai's rule of that name"
        ),
        LearningRateRule(
            "minimum/10",
            "a tenth of the rate at which the smoothed loss is lowest",
            below_minimum,
            "Géron, Hands-On Machine Learning, chapter 11",
        ),
    )
}
DEFAULT = "fall"


def find_rule(name: str) -> LearningRateRule:
    """The rule of that name.

    Raises:
        InputError: there is none.
    """
    if name in RULES:
        return RULES[name]
    close = difflib.get_close_matches(str(name), RULES, n=1)
    hint = f"Did you mean {close[0]!r}? " if close else ""
    raise InputError(f"There is no rule {name!r} for a learning rate.", f"{hint}The rules are: {', '.join(RULES)}.")


def suggestions(rates: np.ndarray, smoothed: np.ndarray) -> dict[str, float | None]:
    """What each rule suggests; `None` where the loss never fell below where it began."""
    fell = len(rates) > 1 and smoothed.min() < smoothed[0]
    return {name: rule.read(rates, smoothed) if fell else None for name, rule in RULES.items()}
