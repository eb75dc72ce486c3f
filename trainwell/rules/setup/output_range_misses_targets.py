"""The output's activation cannot reach the values that it is to give.

Symptom
-------
The loss falls to a level and stays there. Predictions pile up at 0, at 1 or at -1, and rows beyond are missed by the
same amount however long the training lasts.

Why it happens
--------------
A ReLU gives no negative value, a sigmoid nothing outside [0, 1], a tanh nothing outside [-1, 1]. Targets beyond pull
the output against its end, where the slope is 0 as well.

How it is measured
------------------
For outputs whose loss compares values, from the target's percentiles: the share of its values that the activation
cannot reach, and the share of its variance that is lost even if every prediction were the nearest value in reach. Where
the activation cannot be seen, the range is taken from the outputs: bounds at 0, 1 or -1 that they touch and never leave
at any look. A softmax, whose rows sum to 1, is judged by the share of the target's rows that do not. Outliers out of
reach are only advice. A hinge loss wants values of both signs.

Known limits
------------
Only rows trained on are looked at. A loss of the user's own that compares the target with something else than the
output itself is judged as if it did not.

References:
----------
Géron, "Hands-On Machine Learning", chapter 10, regression MLPs. Braiek and Khomh, "Testing feedforward
neural networks training programs" (TheDeepChecker), TOSEM 2023, checks of the output's range.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from trainwell.rule import NotApplicable, NotMeasured, Threshold, evidence, need, rule
from trainwell.run import Head, heads, number
from trainwell.run.heads import HINGE, OF_VALUES, SOFTMAXES

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import Run

_INDIFFERENT = frozenset({"cosine_similarity"})  # to the scale
_TOUCHES = 0.02  # of [0, 1]: how near outputs come to a bound that holds them
_FEWEST_LOOKS = 2

SHARE = Threshold(
    "share",
    0.01,
    "share of values",
    "above",
    "a percentile, the finest that is kept of a target",
)
ROW_SUMS = Threshold(
    "row_sums", 0.01, "share of rows", "above", "as of the values: one in a hundred is left to outliers and rounding"
)
FAR = Threshold("far", 0.1, "deviations", "above", "by definition of an outlier that matters: advice alone")
LOST = Threshold(
    "lost",
    0.02,
    "share of the variance",
    "above",
    "by definition: R² can reach no more than 1 minus this",
)


@rule(
    id="TW106",
    family="setup",
    severity="fatal",
    fault_if=SHARE & LOST | ROW_SUMS,
    advice_if=FAR,
    needs=("model.calls", "compile.losses"),
    remedies=("linear-output", "scale-target"),
    explained_by=("loss-does-not-fit-task", "softmax-on-one-unit", "broadcast-target", "wrong-label-encoding"),
    proof="facts",
)
def output_range_misses_targets(run: Run) -> list[Evidence]:
    """Measures how much of each target lies where the output cannot go."""
    found, unseen = [], []
    for head in heads(run):
        if not _concerns(head):
            continue
        bounds = head.range or _seen_bounds(head)
        if bounds is None:
            unseen.append(head.where)
        else:
            found += _evidence(head, *bounds)
    if not found and unseen:
        raise NotMeasured(f"the activation of {unseen[0]!r} cannot be seen, and there are no looks at its outputs")
    if not found:
        raise NotApplicable("no output has a loss that compares values")
    return found


def _concerns(head: Head) -> bool:
    target = head.target
    if target is None or target.kind == "other" or not target.percentiles or not head.is_aligned:
        return False
    if head.loss_name in HINGE - {"categorical_hinge"}:
        return bool(target.binary or target.signed)
    if head.loss is not None and not head.loss.of_keras:  # its target may stand for a kind rather than a value
        return not target.binary and not target.signed and target.class_counts is None
    return head.loss_name in OF_VALUES - _INDIFFERENT


def _seen_bounds(head: Head) -> tuple[float, float] | None:
    """Bounds that outputs touch at the end and have never left; infinite where there are none."""
    if head.seen is None or len(head.looks["minimum"]) < _FEWEST_LOOKS:
        return None
    (lowest, highest), last_low, last_high = head.seen, head.looks["minimum"][-1], head.looks["maximum"][-1]
    low = next((end for end in (0.0, -1.0) if lowest >= end and last_low < end + _TOUCHES), -math.inf)
    high = 1.0 if highest <= 1 and last_high > 1 - _TOUCHES else math.inf
    return low, high


def _evidence(head: Head, low: float, high: float) -> list[Evidence]:
    target = need(head.target, "data.targets")
    columns = np.asarray(target.percentiles, np.float64)
    if head.loss_name in HINGE and target.binary:  # Keras takes 0 for -1
        columns = 2 * columns - 1
    reached = np.clip(columns, low, high)
    rounding = 1e-6 * max(1.0, float(np.abs(columns).max()))
    share = float((np.abs(columns - reached) > rounding).mean())
    variances = columns.var(axis=1)
    losses = ((columns - reached) ** 2).mean(axis=1)
    lost = float(np.max(np.where(variances > 0, losses / np.maximum(variances, 1e-30), losses > 0)))
    if share == 0 and head.activation is not None and head.activation.name in SOFTMAXES and head.units > 1:
        return [_of_sums(head)]
    within = f"[{low:g}, {high:g}]".replace("[-inf", "(-inf").replace("inf]", "inf)")
    how = f" behind {head.activation.title}" if head.activation and head.activation.name != "linear" else ""
    least, most = number(target.minimum), number(target.maximum)
    ends = f"between {least:.4g} and {most:.4g}"
    says = f"The output {head.where!r} gives values in {within}{how}, and the target lies {ends}"
    series = (f"inference/minimum/{head.name}", f"inference/maximum/{head.name}")
    found = [
        evidence(
            head.where,
            (share, SHARE),
            (lost, LOST),
            says=f"{says}: {share:.0%} of it is out of reach.",
            series=series,
        )
    ]
    far = max(low - least, most - high) / max(number(target.deviation), 1e-30)
    if head.activation is not None and head.loss_name in OF_VALUES:
        found.append(evidence(head.where, (far, FAR), says=f"{says}: a few of its values are out of reach."))
    return found


def _of_sums(head: Head) -> Evidence:
    """Rows of a softmax sum to 1, which those of values do not."""
    target = need(head.target, "data.targets")
    share = 0.0 if target.binary else 1 - target.rows_sum_to_one
    return evidence(
        head.where,
        (share, ROW_SUMS),
        says=f"The rows of the softmax {head.where!r} sum to 1, and {share:.0%} of the target's rows do not.",
    )
