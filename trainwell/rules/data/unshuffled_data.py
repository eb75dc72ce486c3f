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
batches of that size: 0 for rows in no order, 1 for batches that each hold one value.

Known limits
------------
Only the order of the targets is seen. A stateful recurrent layer needs its order and is not judged.

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
    from trainwell.run import Run

BETWEEN = Threshold(
    "between",
    0.5,
    "share of variance",
    "above",
    "Koo and Li, J. Chiropractic Medicine 15 (2016): an intraclass correlation below 0.5 is poor agreement",
)


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
    if run.fit.shuffle is not False:
        raise NotApplicable("rows are shuffled before each epoch")
    if any(call.config.get("stateful") for call in Graph.of(run).calls):
        raise NotApplicable("a stateful layer needs the rows in their order")
    chance = 1 / need(run.fit.batch_size, "fit.batch_size")
    if chance == 1:
        raise NotApplicable("each row is a batch of its own")
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
