"""The class weights are the wrong way round: the more common a class is, the more its rows count.

Symptom
-------
The accuracy looks good, and the rare class is found even less often than without weights.

Why it happens
--------------
Class weights are to make up for how common classes are, so they fall with the number of rows of a class. Shares of the
classes in place of their inverse, or labels in another order than the weights, turn this round: common classes then
count for their number and for their weight.

How it is measured
------------------
The number of rows and the weight of each class, from `class_weight`, or from a `sample_weight` that is the same for all
rows of a class. Three numbers must speak for the fault: the most common class has several times the rows of the rarest
one, it has several times its weight, and over all classes weights rise with counts (Spearman's correlation).

Known limits
------------
Weights may stand for what an error costs. If errors in the common class are meant to cost more, ignore this rule.

References:
----------
King and Zeng, "Logistic regression in rare events data" (2001). scikit-learn, "compute_class_weight": `"balanced"` is
n_samples / (n_classes * count).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from scipy import stats

from trainwell.rule import NotApplicable, Threshold, evidence, need, rule

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import Run

COUNTS = Threshold(
    "counts", 2.0, "rows for each row of the rarest class", "above", "by definition of imbalance above 1"
)
WEIGHTS = Threshold(
    "weights", 2.0, "times the weight of the rarest class", "above", "1 for equal weights, below 1 for balanced ones"
)
RISING = Threshold(
    "rising", 0.5, "Spearman's correlation", "above", "Cohen, Statistical power analysis (1988): 0.5 is a large effect"
)


@rule(
    id="TW016",
    family="data",
    severity="serious",
    fault_if=COUNTS & WEIGHTS & RISING,
    needs=("experiment:class_weights",),
    remedies=("class-weights",),
    proof="facts",
)
def class_weights_inverted(run: Run) -> list[Evidence]:
    """Measures whether the weights of classes rise with their numbers of rows."""
    record = need(run.experiments.class_weights, "the experiment class_weights")
    known = [each for each in record.classes if each.rows and each.weight > 0]
    if len(known) < 2:  # noqa: PLR2004 -- one class cannot be compared
        raise NotApplicable("fewer than two classes have rows and a weight")
    common, rare = max(known, key=lambda each: each.rows), min(known, key=lambda each: each.rows)
    rising = 0.0
    if len({each.rows for each in known}) > 1 and len({each.weight for each in known}) > 1:
        correlation: Any = stats.spearmanr([each.rows for each in known], [each.weight for each in known])
        rising = float(correlation.statistic)
    counts, weights = common.rows / rare.rows, common.weight / rare.weight
    says = (
        f"{record.source} gives the most common class, {common.label} with {common.rows:,} rows, a weight of "
        f"{common.weight:.3g}, and the rarest, {rare.label} with {rare.rows:,} rows, a weight of {rare.weight:.3g}."
    )
    if weights > 1:
        says += f" Class {common.label} then counts {counts * weights:,.1f} times as much as class {rare.label}."
    measured = [(counts, COUNTS), (weights, WEIGHTS), (rising if math.isfinite(rising) else 0.0, RISING)]
    return [evidence("", *measured, says=says)]
