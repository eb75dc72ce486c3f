"""Nearly all rows have a weight of zero, so nothing is learned from them.

Symptom
-------
The loss is nearly zero from the start and hardly changes; the outputs stay what they were before the training.

Why it happens
--------------
The loss of each row is multiplied by its `sample_weight`. Weights of zero come from a mask that is the wrong way round,
from a comparison of another type (`y == "1"`), or from whole-number division.

How it is measured
------------------
The share of the rows whose weights are all zero, from `sample_weight` or from what a source of batches yields third.

Known limits
------------
Weights that are nearly zero are not counted. Where only a few rows of many have a target on purpose, train on these
rows alone: the result is the same, and an epoch is shorter.

References:
----------
Keras, "Model.fit": `sample_weight` is "used for weighting the loss function (during training only)".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.rule import Threshold, evidence, need, rule

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import Run

ZERO = Threshold(
    "zero",
    0.99,
    "of the rows",
    "above",
    "a batch of 32 rows then has a weight in one of four batches; fewer labelled rows than that are trained on alone",
)


@rule(
    id="TW015",
    family="data",
    severity="fatal",
    fault_if=ZERO,
    needs=("experiment:weights",),
    remedies=("weights-above-zero",),
    proof="facts",
)
def no_weight_left(run: Run) -> list[Evidence]:
    """Measures the share of the rows whose weights are all zero."""
    record = need(run.experiments.weights, "the experiment weights")
    zero, rows = record.zero, record.rows
    has = "have" if zero != 1 else "has"
    says = f"{zero:,} of {rows:,} rows {has} a sample_weight of zero, and nothing is learned from such rows."
    return [evidence("", (zero / max(1, rows), ZERO), says=says)]
