"""Inputs hold NaN or infinity.

Symptom
-------
The loss is NaN from the first batches on, or validation figures are; all predictions are NaN afterwards.

Why it happens
--------------
Missing values in a file are read as NaN, a division by a deviation of 0 or a logarithm of 0 gives NaN or infinity.
Whatever is computed from them is NaN too, and one such batch turns every weight of the model into NaN for good.

How it is measured
------------------
All rows of all inputs are looked through, those of the validation part too.

Known limits
------------
A model that masks or fills missing values itself trains well on them: where every loss stayed finite, this is told as
advice.

References:
----------
UMLAUT (CHI 2021), check of NaN inputs. Amazon SageMaker Debugger, rule ExplodingTensor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.rule import Circumstance, NotApplicable, Threshold, evidence, rule
from trainwell.run import not_finite, stayed_finite

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import Run

ROWS = Threshold("rows", 0.0, "rows", "above", "a count of faults: UMLAUT (CHI 2021)")

STAYED_FINITE = Circumstance("every loss stayed finite")


@rule(
    id="TW003",
    family="data",
    severity="fatal",
    fault_if=ROWS,
    advice_if=ROWS & STAYED_FINITE,
    needs=("data.inputs",),
    remedies=("impute-missing-values", "drop-missing-rows"),
    proof="facts",
)
def non_finite_inputs(run: Run) -> list[Evidence]:
    """Counts the rows of each input that hold NaN or infinity."""
    found = []
    for each in not_finite(run, "inputs"):
        what = "The inputs" if each.name == "x" else f"The input {each.name!r}"
        survived = (STAYED_FINITE,) if stayed_finite(run, each.part) else ()
        found.append(evidence(each.name, (each.rows, ROWS), *survived, says=each.said(what)))
    if not found:
        raise NotApplicable("no input holds numbers")
    return found
