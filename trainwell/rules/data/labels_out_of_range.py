"""Labels lie outside of what the loss can take.

Symptom
-------
The loss is NaN, negative or oddly small; one class is never learned. Nothing raises an error.

Why it happens
--------------
A loss of class numbers takes numbers from 0 to units - 1. On JAX, a number outside, such as those of classes counted
from 1, silently stands for no class at all. A loss of probabilities takes targets from 0 to 1: beyond them it has no
minimum.

How it is measured
------------------
Smallest and largest label of each output, of training and validation rows, against the loss and the number of units;
where labels are few, those outside are counted.

Known limits
------------
Losses of the user's own take what they take and are not judged. Values of a regression under a binary loss are no
labels: there the loss is at fault.

References:
----------
Humbatova et al., "Taxonomy of real faults in deep learning systems" (ICSE 2020). Keras documentation of
`SparseCategoricalCrossentropy`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.rule import NotApplicable, Threshold, evidence, rule
from trainwell.run import SplitRecord, heads, number
from trainwell.run.heads import BINARY, OF_PROBABILITIES, SPARSE

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import Head, HeldTarget, Run, TargetRecord

LABELS = Threshold("labels", 0.0, "labels", "above", "a count of faults: the range is the loss's own, as Keras says it")

_TWO_SIDED = {"hinge", "squared_hinge"}
_ROUNDING = 1e-5


@rule(
    id="TW005",
    family="data",
    severity="fatal",
    fault_if=LABELS,
    needs=("data.targets",),
    remedies=("re-index-labels", "more-output-units", "rescale-target"),
    proof="facts",
)
def labels_out_of_range(run: Run) -> list[Evidence]:
    """Counts the labels of each output that its loss cannot take."""
    held = (run.data.split or SplitRecord()).targets
    found = []
    for head in heads(run):
        low, high = _range(head)
        if high < low or head.target is None:
            continue
        for part, target in (("training", head.target), ("validation", held.get(head.name))):
            if target is None or (low == 0 and set(target.class_counts or ()) == {"-1", "1"}):
                continue
            count = _outside(target, low, high, head)
            least, most = number(target.minimum), number(target.maximum)
            says = (
                f"The {part} labels of {head.where!r} run from {least:g} to {most:g}, and {head.loss_name} takes "
                f"{low:g} to {high:g}."
            )
            found.append(evidence(head.where, (count, LABELS), says=says))
    if not found:
        raise NotApplicable("no loss asks for labels of a certain range")
    return found


def _range(head: Head) -> tuple[float, float]:
    """Of the labels that a loss takes; empty where that is not known or another rule's."""
    target, name = head.target, head.loss_name
    nothing = (1.0, 0.0)
    if target is None or target.kind == "other":
        return nothing
    is_by_unit = target.shape == list(head.shape[1:])
    if name in SPARSE:
        is_numbers = target.whole_numbers and not (is_by_unit and target.shape)
        return (0.0, head.units - 1.0) if head.units > 1 and is_numbers else nothing
    if name in BINARY:
        is_labels = head.task != "values" if head.units == 1 else is_by_unit and target.whole_numbers
        return (0.0, 1.0) if is_labels or (number(target.minimum) >= 0 and number(target.maximum) <= 1) else nothing
    if name in OF_PROBABILITIES:
        return (0.0, 1.0) if is_by_unit and head.units > 1 else nothing
    return (-1.0, 1.0) if name in _TWO_SIDED else nothing


def _outside(target: TargetRecord | HeldTarget, low: float, high: float, head: Head) -> int:
    """How many labels lie outside; 1 where they cannot be counted."""
    allowed = head.loss.config.get("ignore_class") if head.loss else None
    counts = target.class_counts
    if counts and not (head.target and head.target.one_hot):  # which are counted by their place in the row
        return sum(count for label, count in counts.items() if not low <= int(label) <= high and int(label) != allowed)
    least, most = number(target.minimum), number(target.maximum)
    if allowed is not None:  # an ignored label may be the least or the greatest
        least, most = (low if least == allowed else least), (high if most == allowed else most)
    return int(least < low - _ROUNDING or most > high + _ROUNDING)
