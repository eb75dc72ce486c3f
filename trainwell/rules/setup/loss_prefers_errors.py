"""A loss of the user's own does not fall as the answers get better.

Symptom
-------
The loss falls, and predictions get worse; or the loss hardly moves, and nothing is learned.

Why it happens
--------------
A sign is wrong (a coefficient or a likelihood that should be large is returned as it is, and is made small), arguments
are exchanged (Keras calls `loss(y_true, y_pred)`), or a mean over the wrong axis leaves nothing of the answers.

How it is measured
------------------
The loss of some rows is asked for with the targets themselves as answers, and with the same answers dealt to other
rows. The difference is divided by the largest of the two and the loss of the model's first answers. A loss that is
higher for right answers has the wrong sign; one that is the same does not look at the answers.

Known limits
------------
Outputs that are no answers to the target itself, such as distances or parameters of a distribution, are not judged.
Losses of Keras's own are not asked.

References:
----------
Keras, "keras.losses": the smaller the better, and `loss(y_true, y_pred)`. Karpathy, "A recipe for training neural
networks" (2019): verify the loss.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.rule import NotApplicable, Threshold, evidence, need, rule

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import Run

HIGHER = Threshold("higher", 0.01, "of the loss", "above", "by definition 0: a hundredth for the sampling of the rows")
ALIKE = Threshold("alike", 1e-6, "of the loss", "below", "float32 has seven digits")


@rule(
    id="TW127",
    family="setup",
    severity="fatal",
    fault_if=HIGHER | ALIKE,
    needs=("experiment:loss_function",),
    remedies=("check-loss",),
    proof="facts",
)
def loss_prefers_errors(run: Run) -> list[Evidence]:
    """Measures how much higher the loss is for right answers than for answers of other rows."""
    record = need(run.experiments.loss_function, "the experiment loss_function")
    found = []
    for each in record.losses:
        if each.right is None or each.other is None:
            continue
        size = max(abs(each.right), abs(each.other), abs(record.first or 0.0), 1e-12)
        higher = (each.right - each.other) / size
        says = (
            f"The loss of {each.output!r} is {each.right:.3g} for right answers and {each.other:.3g} for the same "
            "answers dealt to other rows"
        )
        if higher > HIGHER.value:
            says += ": the training makes the answers worse. Check its sign and the order of its arguments."
        elif abs(higher) < ALIKE.value:
            says += ": it does not look at the answers."
        else:
            says += ", as it should be."
        found.append(evidence(each.output, (higher, HIGHER), says=says))
        found.append(evidence(each.output, (abs(higher), ALIKE), says=says))
    if not found:
        raise NotApplicable("the loss of right answers is not finite")
    return found
