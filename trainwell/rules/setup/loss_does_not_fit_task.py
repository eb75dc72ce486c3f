"""The loss asks another question than the target answers.

Symptom
-------
The loss is negative or huge, or is 0 from the first step; or it falls, and the predictions are of no use: class 1 for
whatever lies between class 0 and class 2.

Why it happens
--------------
A cross-entropy wants probabilities or classes, and values are neither. A squared error takes the numbers of classes for
amounts, as if class 2 were twice class 1. A Poisson or a logarithmic error has no meaning for negative values, a
percentage none for 0, a hinge none for other values than two signs. A cross-entropy or a cosine over a single unit is
the same for every answer.

How it is measured
------------------
From the target's values beside Keras's loss: the share of them that the loss has no meaning for. For errors of values
on whole numbers 0, 1 ... K - 1, how evenly these are spread, as entropy over ln K: classes are about even, counts and
grades heap up somewhere. Less evenness will do where an accuracy is asked for as well, and no class is rare. Fewer than
ten numbers beside a metric that is an error are meant as amounts: that is only advice. So is an error of values behind
a softmax on one-hot targets.

Known limits
------------
Even grades look like classes, and classes of very different sizes like counts, which are then not named. Losses of the
user's own are not judged.

References:
----------
Humbatova et al., "Taxonomy of real faults in deep learning systems", ICSE 2020, wrong loss function. Géron, "Hands-On
Machine Learning", chapter 10, which loss for which task.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from trainwell.rule import Circumstance, NotApplicable, Threshold, evidence, need, rule
from trainwell.run import Head, heads, number
from trainwell.run.heads import EXCLUSIVE, HINGE, OF_PROBABILITIES, OF_VALUES, SPARSE
from trainwell.targets import MOST_CLASSES_OF_A_COLUMN

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import Run

_ERRORS = OF_VALUES - {"poisson", "cosine_similarity"}
_OF_POSITIVE = frozenset({"poisson", "mean_squared_logarithmic_error"})
_OF_ROWS = EXCLUSIVE - SPARSE
_OVER_UNITS = frozenset({"categorical_crossentropy", "categorical_focal_crossentropy", "cosine_similarity"})
_MANY_CLASSES = 10
_FEWEST_CLASSES = 3  # of two, a squared error is that of probabilities
_MASKED = 0.5  # share of rows that may be nothing but padding
_ACCURACIES = ("accuracy", "acc")

VALUES = Threshold(
    "values", 0.01, "share of values", "above", "by definition none; one in a hundred is left to outliers and rounding"
)
SINGLE = Threshold("single", 0, "losses over one unit", "above", "by definition: it is the same for every answer")
EVEN = Threshold(
    "even",
    0.97,
    "of ln K",
    "above",
    "entropy: a binomial of two fair draws, as near to even as counts come, has 0.946",
)
EVEN_WITH_ACCURACY = Threshold("even_with_accuracy", 0.8, "of ln K", "above", "entropy: a Poisson of mean 1 has 0.73")
RAREST = Threshold(
    "rarest",
    0.1,
    "of an even share",
    "above",
    "counts have tails: of a thousand Poisson draws, the rarest has below 0.05",
)
ONE_HOT = Threshold("one_hot", 0, "one-hot targets", "above", "Golik et al., Interspeech 2013")


ACCURACY = Circumstance("a metric is an accuracy")
NO_ACCURACY = Circumstance("no metric is an accuracy")
FEW_GRADES = Circumstance(f"a metric is an error and the target holds fewer than {_MANY_CLASSES} different numbers")


@rule(
    id="TW107",
    family="setup",
    severity="fatal",
    fault_if=VALUES | SINGLE | EVEN & NO_ACCURACY | EVEN_WITH_ACCURACY & RAREST & ACCURACY,
    advice_if=EVEN & NO_ACCURACY & FEW_GRADES | ONE_HOT,
    needs=("model.calls", "compile.losses", "data.targets"),
    remedies=("loss-for-task",),
    explained_by=("labels-out-of-range", "wrong-label-encoding", "softmax-on-one-unit", "broadcast-target"),
    proof="facts",
)
def loss_does_not_fit_task(run: Run) -> list[Evidence]:
    """Measures how much of each target means nothing to its loss."""
    found = []
    for head in heads(run):
        if head.loss_name and head.target is not None and head.target.kind == "number":
            found += [*_over_one_unit(head), *_strange_values(head), *_classes_as_amounts(head)]
    if not found:
        raise NotApplicable("no output has one of Keras's losses beside a target of numbers")
    return found


def _over_one_unit(head: Head) -> list[Evidence]:
    if head.loss_name not in _OVER_UNITS:
        return []
    of = f"{head.units} units with each other" if head.units > 1 else "one unit with itself"
    says = f"The loss {head.loss_name} of {head.where!r} compares {of}."
    return [evidence(head.where, (float(head.units == 1), SINGLE), says=says)]


def _strange_values(head: Head) -> list[Evidence]:
    """The share of the target that the loss has no meaning for."""
    target, name = need(head.target, "data.targets"), head.loss_name
    values = np.asarray(target.percentiles, np.float64)
    if name in OF_PROBABILITIES:
        if target.class_counts is not None:  # labels: whether they are the right ones is asked elsewhere
            share, what = 0.0, "classes"
        elif name in SPARSE:
            share, what = float((values != np.rint(values)).mean()), "no whole numbers, which are classes"
        else:
            share, what = float(((values < 0) | (values > 1)).mean()), "outside [0, 1], which are no probabilities"
            if name in _OF_ROWS and not target.binary and head.width > 1 and share == 0:
                share = 1 - target.rows_sum_to_one
                share, what = share if share > _MASKED else 0.0, "in rows that do not sum to 1"
    elif name in _OF_POSITIVE:
        share, what = target.negative_share, "negative"
    elif name == "mean_absolute_percentage_error":
        share, what = float((values == 0).mean()), "0, of which there is no percentage"
    elif name in HINGE:
        fits = target.binary or target.signed or target.class_counts is not None
        share, what = 0.0 if fits else 1.0, "neither of two signs"
    else:
        return []
    says = (
        f"{share:.0%} of the target of {head.where!r} is {what}, and its loss is {name}."
        if share
        else f"The target of {head.where!r}, from {number(target.minimum):.4g} to {number(target.maximum):.4g}, means "
        f"something to its loss {name}."
    )
    return [evidence(head.where, (share, VALUES), says=says)]


def _classes_as_amounts(head: Head) -> list[Evidence]:
    target = need(head.target, "data.targets")
    counts = target.class_counts or {}
    if head.loss_name not in _ERRORS:
        return []
    if target.one_hot and head.is_softmax:
        says = f"The loss {head.loss_name} judges the softmax {head.where!r} on one-hot classes."
        return [evidence(head.where, (1, ONE_HOT), says=says)]
    numbers = sorted(map(int, counts)) if counts and not target.one_hot else []
    says = f"The target of {head.where!r} holds values rather than a few numbers of classes."
    even = rarest = 0.0
    if head.units == head.width == 1 and _FEWEST_CLASSES <= len(numbers) <= MOST_CLASSES_OF_A_COLUMN:
        if numbers == list(range(len(numbers))):
            even, rarest = _evenness(counts), min(counts.values()) * len(counts) / sum(counts.values())
        says = (
            f"The target of {head.where!r} holds the whole numbers {numbers[0]} to {numbers[-1]} "
            f"(spread with {even:.2f} of the greatest entropy), and the loss {head.loss_name} takes them for amounts."
        )
    asked = [str(each.kind).replace("_", "").lower() for each in head.metrics]
    if any(each.endswith(_ACCURACIES) for each in asked):
        return [evidence(head.where, (even, EVEN_WITH_ACCURACY), (rarest, RAREST), ACCURACY, says=says)]
    means_amounts = any("error" in each or each == "r2score" for each in asked)
    # Few grades may be even by chance; ten and more numbers that come equally often are labels.
    grades = means_amounts and len(numbers) < _MANY_CLASSES
    return [evidence(head.where, (even, EVEN), NO_ACCURACY, *((FEW_GRADES,) if grades else ()), says=says)]


def _evenness(counts: dict[str, int]) -> float:
    """Entropy of the counts' shares, over that of even ones."""
    shares = np.asarray(list(counts.values()), np.float64)
    shares = shares[shares > 0] / shares.sum()
    return float(-(shares * np.log(shares)).sum() / math.log(len(counts)))
