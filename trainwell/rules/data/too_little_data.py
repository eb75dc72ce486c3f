"""There are too few rows for what is to be learned: the model knows them by heart and nothing else.

Symptom
-------
The training loss goes to 0 within some epochs, and that of the validation stays many times as large at its best.

Why it happens
--------------
A model with many more parameters than rows can fit any labels. What it needs to find the rule behind them is rows that
leave it no other choice.

How it is measured
------------------
Trainable parameters for each row; rows for each class (or each half of a range of values); the loss of the training
rows at the end, and the best loss that the validation ever had, each over that of an answer that ignores the inputs,
and the second over the first.
All must be bad at once: few rows that a model learns well from are enough.

Known limits
------------
Without validation rows it cannot be told. Where the inputs hardly tell the target, more rows of the same kind help
less than they seem to.

References:
----------
Figueroa et al., "Predicting sample size required for classification performance" (2012): from 80 labelled rows up, of
tasks with two classes. Zhang et al., "Understanding deep learning requires rethinking generalization" (2017).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from trainwell.rule import NotApplicable, NotMeasured, Threshold, evidence, need, rule
from trainwell.run import constant_loss, curve, heads

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import Head, Run

PARAMETERS = Threshold("parameters", 10.0, "for each row", "above", "benchmarks/rules.py")
ROWS = Threshold("rows", 25.0, "rows for each class", "below", "benchmarks/rules.py; Figueroa et al. (2012): from 40")
FITTED = Threshold("fitted", 0.1, "of a constant's loss", "below", "benchmarks/rules.py")
HELD = Threshold("held", 0.02, "of a constant's loss", "above", "benchmarks/rules.py")
APART = Threshold("apart", 10.0, "times the training rows' loss", "above", "benchmarks/rules.py")


@rule(
    id="TW013",
    family="data",
    severity="serious",
    fault_if=PARAMETERS & ROWS & FITTED & HELD & APART,
    needs=("model.trainable_parameters", "data.targets"),
    remedies=("more-data", "transfer", "data-augmentation", "pretraining"),
    explained_by=("repeated-batches", "unrepresentative-validation", "validation-scaled-differently"),
)
def too_little_data(run: Run) -> list[Evidence]:
    """Measures rows against parameters and classes, and what was learned of rows never seen."""
    if run.data.split is None:
        raise NotApplicable("without validation rows it cannot be told")
    groups = max((_groups(head) for head in heads(run)), default=0)
    if not groups:
        raise NotApplicable("no target holds numbers")
    training, held = curve(run, "inference/loss"), curve(run, "validation/loss")
    constant = constant_loss(run)
    if training is None or held is None or not constant or constant <= 0:
        raise NotMeasured("the losses of training and validation, or that of a constant answer, were not seen")
    penalty = run.signals.get("inference/penalty")
    best = held.lowest - (float(penalty.values[-1]) if penalty is not None and len(penalty.values) else 0.0)
    rows = need(run.data.rows.train, "data.rows.train")
    parameters = need(run.model.trainable_parameters, "model.trainable_parameters")
    fitted, known = training.last / constant, best / constant
    if not (math.isfinite(fitted) and math.isfinite(known)):
        raise NotMeasured("the losses are no finite numbers")
    says = (
        f"{rows:,} rows for {parameters:,} trained parameters: at the end the training rows have {fitted:.0%} of a "
        f"constant answer's loss, and validation had {known:.0%} of it at best."
    )
    measured = (
        (parameters / rows, PARAMETERS),
        (rows / groups, ROWS),
        (fitted, FITTED),
        (known, HELD),
        (known / fitted if fitted > 0 else math.inf, APART),
    )
    return [evidence("", *measured, says=says, series=("train/loss", "validation/loss"))]


def _groups(head: Head) -> int:
    """Classes of an output, or two halves of a range of values; 0 where it is not known."""
    if head.target is None or head.target.kind == "other":
        return 0
    counts = head.target.class_counts
    return len(counts) if head.task == "multi-class" and counts else 2
