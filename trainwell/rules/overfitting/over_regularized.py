"""Penalties outweigh the data, and the model learns to have small weights instead of the task.

Symptom
-------
Training loss falls fast and then stands still; without its penalties it hardly fell at all. Answers are nearly alike.

Why it happens
--------------
A regularizer adds a sum over all weights to the loss, which grows with the size of the net. Where it is many times the
loss of the data, each step follows it, and the weights shrink until nothing is left to tell inputs apart.

How it is measured
------------------
The penalties before the first step, as a share of the loss of the best constant answer; the share of them that is left
at the end; and the loss of the training rows at the end, penalties apart, against that of the constant answer. It is a
fault where penalties that began large fell clearly while much of that loss is left, or where they fell to less than a
tenth and still outweigh the loss of the data.

Known limits
------------
Penalties that begin large and still leave the data fit are in order. A term that a model adds to its own loss counts as
a penalty, whatever it is for. Decoupled weight decay of an optimizer is no part of the loss: there its strength is
measured, which is usually 0.05 or less.

References:
----------
Goodfellow et al., "Deep Learning" (2016), section 7.1. Loshchilov and Hutter, "Decoupled weight decay
regularization", ICLR 2019. Krogh & Hertz, "A simple weight decay can improve
generalization", NIPS (1991).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.rule import NotApplicable, Threshold, evidence, rule
from trainwell.rules.causes import IN_DATA, ON_THE_WAY
from trainwell.run import Losses

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import Run

PENALTY = Threshold("penalty", 0.5, "share of the constant answer's loss", "above", "benchmarks/rules.py")
KEPT = Threshold("kept", 0.7, "share of the first penalty", "below", "benchmarks/rules.py")
LEFT = Threshold("left", 0.6, "share of the constant answer's loss", "above", "benchmarks/rules.py")
PRESSED = Threshold("pressed", 0.1, "share of the first penalty", "below", "benchmarks/rules.py")
RULES = Threshold("rules", 1.0, "times the loss without it", "above", "by definition: most of the loss is penalty")
DECAY = Threshold("decay", 1.0, "per unit of the learning rate", "above", "Loshchilov and Hutter (2019): 0.05 and less")
SOME = Threshold("some", 0.15, "share of the constant answer's loss", "above", "benchmarks/rules.py")


@rule(
    id="TW403",
    family="overfitting",
    severity="serious",
    fault_if=PENALTY & KEPT & LEFT | PENALTY & PRESSED & RULES & SOME | DECAY & LEFT,
    needs=("signal:inference/penalty", "signal:inference/loss", "probe:baseline"),
    remedies=("weaker-penalty", "no-penalty"),
    explained_by=(
        *IN_DATA,
        *ON_THE_WAY,
        *(f"TW10{number}" for number in (1, 2, 3, 5, 6, 7, 9)),
        "constant-initialization",
        "mismatched-initializer",
        "nothing-trainable",
    ),
)
def over_regularized(run: Run) -> list[Evidence]:
    """Measures penalties before and after, and what was learned beside them."""
    losses = Losses.of(run)
    first, last = losses.penalty.first, losses.penalty.last
    left = losses.left(losses.training.last)
    decay = _decay(run)
    found = []
    if decay > 0:
        says = (
            f"The optimizer's weight decay is {decay:g}, and {left:.0%} of a constant answer's loss is left. Steps "
            f"of Adam and its kin balance such a decay at weights of about {1 / decay:.2g}."
        )
        found.append(evidence("", (decay, DECAY), (left, LEFT), says=says, series=("inference/loss",)))
    if first <= 0:
        if found:
            return found
        raise NotApplicable("nothing adds a penalty to the loss, and the optimizer has no weight decay")
    says = (
        f"Penalties begin at {first:.3g}, {losses.share(first):.3g} times the loss of an answer that ignores the "
        f"inputs, and end at {last:.3g}; without them {left:.0%} of that loss is left."
    )
    measured = ((losses.share(first), PENALTY), (last / first, KEPT), (left, LEFT))
    series = ("inference/penalty", "inference/loss")
    still = last / losses.training.last if losses.training.last > 0 else 0.0
    return [
        *found,
        evidence("", *measured, says=says, series=series),
        evidence(
            "",
            (losses.share(first), PENALTY),
            (last / first, PRESSED),
            (still, RULES),
            (left, SOME),
            says=says,
            series=series,
        ),
    ]


def _decay(run: Run) -> float:
    """Return the weight decay of the optimizer; 0 without."""
    config = run.compile.optimizer.config if run.compile.optimizer else {}
    value = config.get("weight_decay")
    return float(value) if isinstance(value, (int, float)) else 0.0
