"""Some one-hot targets are all zero, so nothing is learned there.

Symptom
-------
The loss is low and falls, but the accuracy stays low: it counts the rows or positions without a class as wrong, or as
class 0.

Why it happens
--------------
A categorical loss sums `-target * log(output)` over the classes. If all targets are zero, the sum is zero whatever the
model answers. Padding sequences of one-hot vectors with zeros makes such targets, and so do classes that the encoder
did not know.

How it is measured
------------------
For outputs with a categorical loss whose targets are 0 or 1, with at most a single 1: the share of the one-hot vectors
that are all zero and are not left out by a mask or a weight of zero.

Known limits
------------
Positions may be meant to be ignored, such as pixels without a label. State this with a mask or a `sample_weight` of
zero: metrics then leave them out too.

References:
----------
Keras, "Masking and padding with Keras". Keras issue 13266: labels of padded steps. Goodfellow, Bengio and Courville,
"Deep Learning" (2016), section 6.2.2.3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.rule import NotApplicable, Threshold, evidence, need, rule
from trainwell.run import heads
from trainwell.run.heads import EXCLUSIVE, SPARSE

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import EmptyTargetsRecord, Head, Run

EMPTY = Threshold(
    "empty",
    0.02,
    "of the one-hot targets",
    "above",
    "0 by definition of one-hot; one in fifty may be rows whose class was not known",
)


@rule(
    id="TW017",
    family="data",
    severity="serious",
    fault_if=EMPTY,
    needs=("experiment:one_hot",),
    remedies=("class-for-padding",),
    proof="facts",
)
def empty_targets(run: Run) -> list[Evidence]:
    """Measures how many one-hot targets of a categorical loss are all zero."""
    record = need(run.experiments.one_hot, "the experiment one_hot")
    by_name = {each.output: each for each in record.outputs}
    concerned = [head for head in heads(run) if head.name in by_name and head.loss_name in EXCLUSIVE - SPARSE]
    if not concerned:
        raise NotApplicable("no output has one-hot targets under a categorical loss")
    return [_judged(head, by_name[head.name]) for head in concerned]


def _judged(head: Head, targets: EmptyTargetsRecord) -> Evidence:
    share = targets.uncovered / max(1, targets.positions)
    where = "positions of the targets" if targets.unit == "positions" else "rows of the targets"
    says = f"{targets.uncovered:,} of {targets.positions:,} {where} of {head.where!r} ({share:.1%}) are all zero."
    if targets.uncovered:
        says += f" They cost nothing under {head.loss_name}, whatever the model answers, so nothing is learned there."
    elif targets.empty:
        says = f"{targets.empty:,} {where} of {head.where!r} are all zero, and a mask or weights leave them out."
    return evidence(head.where, (share, EMPTY), says=says)
