"""Labels are written in another way than the loss reads them: class numbers for one-hot rows, or the reverse.

Symptom
-------
An error about shapes, or none: the loss falls while the accuracy stays that of a guess.

Why it happens
--------------
Losses of class numbers (`sparse_categorical_crossentropy`) and of rows with one 1 (`categorical_crossentropy`) are
easily mistaken for each other. Where shapes can be broadcast, a class number is compared with every unit. And where
class numbers are divided along with the pixels, the loss cuts what is left down to whole numbers: most rows become
class 0, which is soon learned.

How it is measured
------------------
The shape and the values of each target against the loss and the shape of the output. Values that are no whole numbers
are labels where there are no more different ones than units; more of them are amounts, for which the loss is wrong.

Known limits
------------
Where Keras itself refuses the pair, its error comes before any rule. A loss of the user's own is not judged.

References:
----------
Humbatova et al., "Taxonomy of real faults in deep learning systems" (ICSE 2020).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.rule import NotApplicable, Threshold, evidence, need, rule
from trainwell.run import heads, number
from trainwell.run.heads import OF_PROBABILITIES, SPARSE

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import Head, Run

OUTPUTS = Threshold(
    "outputs", 0.0, "outputs", "above", "a count of faults: the form is the loss's own, as Keras says it"
)


@rule(
    id="TW006",
    family="data",
    severity="fatal",
    fault_if=OUTPUTS,
    needs=("data.targets",),
    remedies=("re-index-labels", "sparse-loss", "one-hot-loss", "one-hot-labels"),
    proof="facts",
)
def wrong_label_encoding(run: Run) -> list[Evidence]:
    """Compares the form of each target with the one that its loss reads."""
    found = []
    for head in heads(run):
        target = head.target
        if head.loss_name not in OF_PROBABILITIES or head.units < 2 or target is None or target.kind == "other":  # noqa: PLR2004 -- a choice
            continue
        given = "class numbers" if _holds_numbers(head) else f"one value for each of {head.units} units"
        wanted = "class numbers" if head.loss_name in SPARSE else "one value for each unit"
        wrong = _holds_numbers(head) != (head.loss_name in SPARSE)
        if not wrong and _are_parts(head):
            wrong = True
            least, most = number(target.minimum), number(target.maximum)
            given = f"{target.distinct} different numbers from {least:.4g} to {most:.4g}"
            wanted = "whole class numbers: it cuts them down to these"
        says = f"The labels of {head.where!r} are {given}, and {head.loss_name} reads {wanted}."
        found.append(evidence(head.where, (wrong, OUTPUTS), says=says))
    if not found:
        raise NotApplicable("no output chooses among classes by a loss of Keras's")
    return found


def _are_parts(head: Head) -> bool:
    """Whether class numbers were divided, as pixels are."""
    target = need(head.target, "data.targets")
    is_number = head.loss_name in SPARSE and not target.whole_numbers
    return is_number and 1 < target.distinct <= head.units


def _holds_numbers(head: Head) -> bool:
    """Whether a target has one number where the output has a row of units."""
    shape = need(head.target, "data.targets").shape
    is_by_unit = len(shape) == len(head.shape) - 1 and shape[-1:] != [1]
    return not is_by_unit
