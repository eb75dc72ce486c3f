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
Weights that differ by design, such as those of a rare class, leave a smaller effective number too, but hardly so small
a part. Where only a few rows of many have a target on purpose, train on these
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


EFFECTIVE = Threshold(
    "effective",
    0.01,
    "of the rows",
    "below",
    "estimate: balanced weights of classes 1 to 99 leave 0.04 of the rows",
)


@rule(
    id="TW015",
    family="data",
    severity="fatal",
    fault_if=ZERO | EFFECTIVE,
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
    found = [evidence("", (zero / max(1, rows), ZERO), says=says)]
    if record.effective is not None and zero < rows and run.fit.class_weight is not True:
        says = (
            f"The weights of {rows:,} rows differ so much that only about {record.effective:,.0f} of them count "
            "(Kish's effective sample size)."
        )
        found.append(evidence("", (record.effective / max(1, rows), EFFECTIVE), says=says))
    return found
