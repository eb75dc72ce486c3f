"""The target does not vary: every row has the same value.

Symptom
-------
The loss falls to 0 within an epoch, and every prediction is the same number.

Why it happens
--------------
The target was cut or cast on its way: fractions between 0 and 1 cast to whole numbers are all 0; a wrong column was
taken; a filter left one class.

How it is measured
------------------
By the number of different values of each target, all of its columns together.

Known limits
------------
A target with one value in a thousand rows that differs is class-imbalance.

References:
----------
Karpathy, "A recipe for training neural networks" (2019): become one with the data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.rule import NotMeasured, Threshold, evidence, rule

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import Run

DISTINCT = Threshold("distinct", 2, "different values", "below", "by definition: one value teaches nothing")


@rule(
    id="TW023",
    family="data",
    severity="fatal",
    fault_if=DISTINCT,
    needs=("data.targets",),
    remedies=("match-rows",),
    proof="facts",
)
def constant_target(run: Run) -> list[Evidence]:
    """Counts the different values of each target."""
    found = []
    for each in run.data.targets or ():
        if each.kind == "other" or not each.distinct or each.rows < 2:  # noqa: PLR2004 -- one row has one value
            continue
        of = f" of {each.name!r}" if each.name else ""
        says = (
            f"The target{of} is {each.mean:g} in all {each.rows:,} rows."
            if each.distinct == 1 and each.mean is not None
            else f"The target{of} has {each.distinct:,} different values{' or more' if each.distinct >= 1000 else ''}."  # noqa: PLR2004 -- counted up to there
        )
        found.append(evidence(each.name, (each.distinct, DISTINCT), says=says))
    if not found:
        raise NotMeasured("there are no targets of numbers")
    return found
