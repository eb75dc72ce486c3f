"""A binary loss judges classes of which exactly one is right.

Symptom
-------
The loss looks small from the first epoch on, and accuracy lags behind what the same net reaches with a categorical
loss. A binary accuracy beside it shows 90 % for ten classes when nothing was learned.

Why it happens
--------------
A binary cross-entropy asks of every class alone whether it is there. With K exclusive classes, K - 1 of the K answers
are a plain no, so that most of the loss is won by saying no to all; that exactly one must be chosen is not told.

How it is measured
------------------
Where an output has one of Keras's binary cross-entropies and every row of its target holds a single 1, by the number of
its columns.

Known limits
------------
Rows that hold several classes in other data than that of the training are not known. Targets that are an input of the
model (one-hot texts given back by an autoencoder) are left alone, and so are soft targets.

References:
----------
Nikanjam et al., "Automatic fault detection for deep learning programs using graph transformations", arXiv 2105.08095
(2021), rules on losses. Géron, "Hands-On Machine Learning", chapter 10, classification MLPs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.rule import NotApplicable, NotMeasured, Threshold, evidence, need, rule
from trainwell.run import Head, heads
from trainwell.run.heads import BINARY

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import InputRecord, Run, TargetRecord

CLASSES = Threshold("classes", 2, "exclusive classes", "above", "by definition: of two, no to one is yes to the other")
PAIR = Threshold("pair", 1, "exclusive classes", "above", "by definition: two columns say one thing twice")


@rule(
    id="TW104",
    family="setup",
    severity="serious",
    fault_if=CLASSES,
    advice_if=PAIR,
    needs=("model.calls", "compile.losses"),
    remedies=("categorical-loss", "softmax-output"),
    proof="facts",
)
def binary_loss_on_exclusive_classes(run: Run) -> list[Evidence]:
    """Measures how many exclusive classes a binary loss judges."""
    found, unseen = [], []
    for head in heads(run):
        if head.loss_name not in BINARY or head.units < CLASSES.value:
            continue
        if head.target is None or head.target.kind == "other":
            unseen.append(head.where)
            continue
        classes = _exclusive(run, head)
        says = (
            f"Each row of the target of {head.where!r} holds one 1 among {head.width} columns, and its loss is "
            f"{head.loss_name}."
            if classes
            else f"Rows of the target of {head.where!r} may hold several ones or none, as its loss "
            f"{head.loss_name} expects."
        )
        if classes == CLASSES.value:
            found.append(evidence(head.where, (classes, PAIR), says=says))
        else:
            found.append(evidence(head.where, (classes, CLASSES), says=says))
    if not found and unseen:
        raise NotMeasured(f"the target of {unseen[0]!r} is not known")
    if not found:
        raise NotApplicable("no output of several units has a binary cross-entropy")
    return found


def _exclusive(run: Run, head: Head) -> int:
    """The number of classes of which every row holds one; 0 where they are not exclusive."""
    target = need(head.target, "data.targets")
    if not target.one_hot or not head.is_aligned or _is_input(run, target):
        return 0
    return head.width


def _is_input(run: Run, target: TargetRecord) -> bool:
    """Whether the target is what the model gets as an input, as far as shapes and moments tell."""
    return any(_moments(each) == _moments(target) for each in run.data.inputs or ())


def _moments(of: InputRecord) -> tuple[object, ...]:
    return of.shape, of.minimum, of.maximum, of.mean, of.deviation
