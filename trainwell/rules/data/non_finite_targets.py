"""Targets hold NaN or infinity.

Symptom
-------
The loss is NaN from the first batches on, or validation figures are; all predictions are NaN afterwards.

Why it happens
--------------
Missing values in a file are read as NaN, a division by a deviation of 0 or a logarithm of 0 gives NaN or infinity.
The loss of such a row is NaN, and one batch that holds it turns every weight of the model into NaN for good.

How it is measured
------------------
All rows of all targets are looked through, those of the validation part too.

Known limits
------------
A loss that masks missing targets itself trains well on them: where every loss stayed finite, this is told as
advice.

References:
----------
Amazon SageMaker Debugger, rule ExplodingTensor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.rule import Circumstance, NotApplicable, Threshold, evidence, rule
from trainwell.run import not_finite, stayed_finite

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import Run

ROWS = Threshold("rows", 0.0, "rows", "above", "a count of faults: Amazon SageMaker Debugger, rule ExplodingTensor")

STAYED_FINITE = Circumstance("every loss stayed finite")


@rule(
    id="TW004",
    family="data",
    severity="fatal",
    fault_if=ROWS,
    advice_if=ROWS & STAYED_FINITE,
    needs=("data.targets",),
    remedies=("drop-missing-rows", "mask-missing-targets"),
    proof="facts",
)
def non_finite_targets(run: Run) -> list[Evidence]:
    """Counts the rows of each target that hold NaN or infinity."""
    found = []
    for each in not_finite(run, "targets"):
        what = f"The targets of {each.name!r}" if each.name else "The targets"
        survived = (STAYED_FINITE,) if stayed_finite(run, each.part) else ()
        found.append(evidence(each.name, (each.rows, ROWS), *survived, says=each.said(what)))
    if not found:
        raise NotApplicable("no target holds numbers")
    return found
