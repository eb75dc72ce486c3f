"""Labels of -1 and 1 are given to a loss that reads probabilities.

Symptom
-------
The loss falls below 0 without end, or turns NaN; outputs stick to 0 and 1.

Why it happens
--------------
Cross-entropy takes the label for a probability. With a label of -1 the loss has no minimum: it falls the further the
output goes, and the weights grow. Labels of -1 and 1 belong to hinge losses, or to a tanh output with a squared error.

How it is measured
------------------
The values of each target are looked through; the fault is there where they are -1 and 1 alone.

Known limits
------------
Labels that also hold 0 are told as out of range.

References:
----------
Humbatova et al., "Taxonomy of real faults in deep learning systems" (ICSE 2020).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.rule import NotApplicable, Threshold, evidence, rule
from trainwell.run import SplitRecord, heads
from trainwell.run.heads import OF_PROBABILITIES

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import Run

OUTPUTS = Threshold(
    "outputs", 0.0, "outputs", "above", "a count of faults: cross-entropy is defined for labels in [0, 1]"
)


@rule(
    id="TW007",
    family="data",
    severity="fatal",
    fault_if=OUTPUTS,
    needs=("data.targets",),
    remedies=("labels-from-0-to-1", "hinge-loss"),
    proof="facts",
)
def signed_labels(run: Run) -> list[Evidence]:
    """Looks for outputs whose labels are -1 and 1 under a loss of probabilities."""
    held = (run.data.split or SplitRecord()).targets
    found = []
    for head in heads(run):
        if head.loss_name not in OF_PROBABILITIES or head.target is None or head.target.kind == "other":
            continue
        validation = held.get(head.name)
        counts = (validation and validation.class_counts) or {}
        parts = {"training": head.target.signed, "validation": set(counts) == {"-1", "1"}}
        for part, signed in parts.items():
            labels = "-1 and 1" if signed else "not just -1 and 1"
            says = f"The {part} labels of {head.where!r} are {labels}, and {head.loss_name} reads probabilities."
            found.append(evidence(head.where, (signed, OUTPUTS), says=says))
    if not found:
        raise NotApplicable("no loss of Keras's reads probabilities")
    return found
