"""Rows come in an order that means something, and are not shuffled.

Symptom
-------
The loss swings with a period of one epoch; the model is good at what came last and has forgotten what came first.

Why it happens
--------------
Each step follows the gradient of its own batch. Where a batch holds one class, or one end of the target's range, the
steps pull one after another in directions that are not those of the whole data.

How it is measured
------------------
The share of the target's variance that lies between batches in the order of the rows, above what chance gives for
batches of that size: 0 for rows in no order, 1 for batches that each hold one value. Of a source of batches, which
`fit` does not shuffle row by row, the batches are taken as they come, and only targets that are classes are judged.

Known limits
------------
Only the order of the targets is seen. Values in batches of a source are not judged: a series in its order is common.
A stateful recurrent layer needs its order and is not judged.

References:
----------
Bengio, "Practical recommendations for gradient-based training of deep architectures" (2012), section 3.3. Fisher,
"Statistical methods for research workers" (1925), on the intraclass correlation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.rule import NotApplicable, NotMeasured, Threshold, evidence, need, rule
from trainwell.run import Graph

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import BatchesRecord, Run

BETWEEN = Threshold(
    "between",
    0.5,
    "share of variance",
    "above",
    "Koo and Li, J. Chiropractic Medicine 15 (2016): an intraclass correlation below 0.5 is poor agreement",
)
_FEWEST_BATCHES = 4


@rule(
    id="TW009",
    family="data",
    severity="serious",
    fault_if=BETWEEN,
    needs=("data.targets", "fit.batch_size"),
    remedies=("shuffle",),
)
def unshuffled_data(run: Run) -> list[Evidence]:
    """Measures how much batches differ from each other in the order of the rows."""
    batches = run.experiments.batches
    if run.fit.shuffle is not False and batches is None:
        raise NotApplicable("rows are shuffled before each epoch")
    if any(call.config.get("stateful") for call in Graph.of(run).calls):
        raise NotApplicable("a stateful layer needs the rows in their order")
    chance = 1 / need(run.fit.batch_size, "fit.batch_size")
    if chance == 1:
        raise NotApplicable("each row is a batch of its own")
    if batches is not None:
        return [_of_source(batches, chance)]
    found = []
    for target in run.data.targets or ():
        share = target.between_batches
        if share is None:
            continue
        above = (share - chance) / (1 - chance)
        of = f" of {target.name!r}" if target.name else ""
        says = f"Rows are not shuffled, and {max(0.0, above):.0%} of the target's variance{of} lies between batches."
        found.append(evidence(target.name, (above, BETWEEN), says=says))
    if not found:
        raise NotMeasured("there are too few batches, or targets that are no finite numbers")
    return found


def _of_source(batches: BatchesRecord, chance: float) -> Evidence:
    if batches.between_batches is None or batches.one_class is None:
        raise NotApplicable("the data come in batches, and the targets are not one of several classes")
    if batches.batches < _FEWEST_BATCHES:
        raise NotMeasured(f"only {batches.batches} batches were read, and {_FEWEST_BATCHES} are needed")
    above = (batches.between_batches - chance) / (1 - chance)
    says = (
        f"Of {batches.batches:,} batches of the source, {batches.one_class:.0%} hold rows of one class only, and there "
        f"are {batches.classes} classes. {max(0.0, above):.0%} of the target's variance lies between batches."
    )
    return evidence("", (above, BETWEEN), says=says)
