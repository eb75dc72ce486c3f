"""Rows that the model is trained on are among the validation rows.

Symptom
-------
Validation figures are as good as those of training and stay so however long the training; new data fare worse.

Why it happens
--------------
The data were split after rows had been copied, as oversampling does, or the same arrays were given for both parts. The
validation then asks for what was learned by heart.

How it is measured
------------------
The share of validation rows whose inputs are exactly those of a training row. Inputs of few distinct values repeat by
nature: from them, the share of training rows that have a twin among the training rows is taken off, with what chance
adds to it.

Known limits
------------
Rows that are nearly alike (overlapping windows of a series, pictures of one film) are not seen. Copies made before the
split are seen in measurements only, not among inputs of whole numbers.

References:
----------
Kaufman et al., "Leakage in data mining" (2012). Barz and Denzler, "Do we train on test data?" (2020): 3 % and 10 % in
CIFAR-10 and CIFAR-100.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from trainwell.rule import NotApplicable, NotMeasured, Threshold, evidence, need, rule

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import Run

SHARE = Threshold(
    "share",
    0.1,
    "share of validation rows",
    "above",
    'Barz and Denzler, "Do we train on test data?" (2020): well-known data sets have up to 10 %',
)
SOME = Threshold("some", 0.01, "share of validation rows", "above", "benchmarks/rules.py")

_MANY = 1000  # distinct values at which `describe_input` stops counting
_CHANCE = 3  # standard errors


@rule(
    id="TW011",
    family="data",
    severity="serious",
    fault_if=SHARE,
    advice_if=SOME,
    needs=("data.inputs",),
    remedies=("split-before-copying", "drop-duplicates"),
    proof="facts",
)
def leaked_validation(run: Run) -> list[Evidence]:
    """Measures how many validation rows are training rows, above what repeats by nature."""
    split = run.data.split
    if split is None:
        raise NotApplicable("there are no validation rows")
    leaked, repeated = split.leaked, split.repeated
    if leaked is None or repeated is None:
        raise NotMeasured("the rows of the inputs could not be compared")
    held = max(1, split.held_rows)
    natural = 0.0 if _is_measured(run, repeated) else repeated
    natural += _CHANCE * math.sqrt(natural * (1 - natural) / held)
    above = max(0.0, leaked - natural)
    says = f"{leaked:.1%} of the validation rows are training rows"
    says += f"; {repeated:.1%} of the training rows have a twin among themselves." if repeated else "."
    return [evidence("", (above, SHARE), says=says), evidence("", (above, SOME), says=says)]


def _is_measured(run: Run, repeated: float) -> bool:
    """Whether an input holds measurements, so many distinct ones that two rows are not alike by chance."""
    unique = (1 - repeated) * need(run.data.rows.train, "data.rows.train")
    return any(
        each.kind == "number" and not each.whole_numbers and each.distinct >= min(_MANY, max(unique, 100))
        for each in run.data.inputs or ()
    )
