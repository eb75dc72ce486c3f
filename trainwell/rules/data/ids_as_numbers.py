"""Whole numbers that name things, such as word numbers, are read as sizes.

Symptom
-------
The loss stays near that of a constant answer, or only the training rows are learned; scaling the inputs does not help.

Why it happens
--------------
Word 17 is not a little more than word 16. Dense, convolutional and recurrent layers multiply their inputs by weights,
so ids that are close give outputs that are close, whatever they name. An `Embedding`, or one-hot columns, give each id
weights of its own.

How it is measured
------------------
Before the training, linear models are fitted to some of the training rows and scored on others. One has a column for
each value; the others have the values as numbers, and in ranges of neighbouring values. The gain is how much more of
the targets' variance the first explains. Pixels, counts and ages gain nothing, since neighbouring values mean nearly
the same.

Known limits
------------
Inputs with fewer than 25 different values, or with ids that were divided by a constant, are not compared. If the
targets depend on the order of the ids alone, no linear model sees it.

References:
----------
Bengio et al., "A neural probabilistic language model" (2003). Guo and Berkhahn, "Entity embeddings of categorical
variables", arXiv 1604.06737 (2016). Keras issue 1280.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.rule import Threshold, evidence, need, rule

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import IdsAsNumbersRecord, Run

GAIN = Threshold(
    "gain",
    0.1,
    "of the targets' variance",
    "above",
    "Cohen, Statistical power analysis (1988): between a small (0.02) and a medium effect (0.13)",
)
CERTAIN = Threshold(
    "certain", 4.0, "standard errors", "above", "one in 30,000 by chance, since many inputs are compared"
)


@rule(
    id="TW019",
    family="data",
    severity="serious",
    fault_if=GAIN & CERTAIN,
    needs=("experiment:ids_as_numbers",),
    remedies=("embedding-for-ids",),
    proof="facts",
)
def ids_as_numbers(run: Run) -> list[Evidence]:
    """Compares how well linear models explain the targets by values as categories and as numbers."""
    record = need(run.experiments.ids_as_numbers, "the experiment ids_as_numbers")
    return [_judged(each) for each in record.inputs]


def _judged(each: IdsAsNumbersRecord) -> Evidence:
    certain = each.gain / each.gain_error if each.gain_error > 0 else (10.0 if each.gain > 0 else 0.0)
    categories, numbers = max(0.0, each.categories), max(0.0, each.numbers)
    compared = (
        f"On {each.held_rows:,} rows left out, linear models explain {categories:.0%} of the targets' variance if each "
        f"value counts as a category, and {numbers:.0%} if values count as numbers."
    )
    numbers_of = f"The {each.distinct:,} different whole numbers of {each.name!r}"
    says = f"{numbers_of} are read as numbers by {each.place!r}. {compared}"
    if each.gain > GAIN.value and certain > CERTAIN.value:
        says = (
            f"{numbers_of} are ids, such as word numbers, and {each.place!r} ({each.kind}) reads them as sizes. "
            f"{compared}"
        )
    return evidence(each.name, (each.gain, GAIN), (certain, CERTAIN), says=says)
