"""A softmax must choose one class, and the rows of the target hold several ones or none.

Symptom
-------
Of several labels that are right, the model is sure of none: probabilities of 1/2 or 1/3 below any threshold. Rows
without a label get one all the same.

Why it happens
--------------
A softmax shares out a sum of 1 among the classes, and a categorical cross-entropy judges the shares. Labels that are
right or wrong each for itself need a sigmoid each, and a binary loss.

How it is measured
------------------
Where a target of zeros and ones stands beside a softmax, or beside one of Keras's categorical losses, by the share of
its rows that do not sum to 1. Rows without any 1 count only with losses that are not categorical: those pass such rows
over, which is how padding is masked.

Known limits
------------
Losses of the user's own are not judged: a target may mean a choice of allowed answers to them. Softmaxes that are not
seen in the model are known by outputs whose rows sum to 1 at every look.

References:
----------
Géron, "Hands-On Machine Learning", chapter 10, classification MLPs. Nikanjam et al., "Automatic fault detection for
deep learning programs using graph transformations", arXiv 2105.08095 (2021).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.rule import Circumstance, NotApplicable, NotMeasured, Threshold, evidence, need, rule
from trainwell.run import Head, heads, number
from trainwell.run.heads import EXCLUSIVE, SPARSE

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import Run

_CATEGORICAL = EXCLUSIVE - SPARSE

ROWS = Threshold(
    "rows", 0.01, "share of rows", "above", "by definition none; one in a hundred is left to rows labelled by mistake"
)
MORE = Threshold("more", 0.01, "ones per row too many", "above", "the same, of the ones beyond the first of a row")


CATEGORICAL = Circumstance("the loss is one of Keras's categorical losses")
NOT_CATEGORICAL = Circumstance("the loss is none of Keras's categorical losses")


@rule(
    id="TW105",
    family="setup",
    severity="fatal",
    fault_if=ROWS & MORE & CATEGORICAL | ROWS & NOT_CATEGORICAL,
    needs=("model.calls", "compile.losses"),
    remedies=("sigmoid-output", "binary-loss"),
    proof="facts",
)
def softmax_on_multi_label(run: Run) -> list[Evidence]:
    """Measures how many rows of zeros and ones a choice of a single class cannot answer."""
    found, unseen = [], []
    for head in heads(run):
        target = head.target
        if not head.loss_name or target is None or target.kind == "other":
            continue
        if not target.binary or head.width == 1 or list(target.shape) != list(head.shape[1:]):
            continue
        categorical = head.loss_name in _CATEGORICAL
        if not categorical and head.is_softmax is None:
            unseen.append(head.where)
        elif categorical or head.is_softmax:
            found.append(_evidence(head, categorical=categorical))
    if not found and unseen:
        raise NotMeasured(f"the activation of {unseen[0]!r} cannot be seen, and there are no looks at its outputs")
    if not found:
        raise NotApplicable("no target of zeros and ones stands beside a softmax or a categorical loss")
    return found


def _evidence(head: Head, *, categorical: bool) -> Evidence:
    target = need(head.target, "data.targets")
    share = 1 - target.rows_sum_to_one
    more = number(target.ones_per_row) - target.rows_sum_to_one  # only rows of several ones raise it
    measured = ((share, ROWS), (more, MORE), CATEGORICAL) if categorical else ((share, ROWS), NOT_CATEGORICAL)
    what = "a softmax" if head.is_softmax else f"the loss {head.loss_name}"
    return evidence(
        head.where,
        *measured,
        says=f"{share:.0%} of the target's rows of {head.where!r} hold several ones or none "
        f"({number(target.ones_per_row):.2g} ones a row), and {what} chooses one class.",
    )
