"""The loss expects logits and gets an output that an activation has already squeezed.

Symptom
-------
Training goes, slowly, and ends early: the loss stays well above 0 even on rows that are answered rightly, and the
probabilities never come near 0 or 1.

Why it happens
--------------
With `from_logits=True` the loss applies its own sigmoid or softmax. What passed one before lies between 0 and 1, so
that after the second one the answers are pressed together: of ten classes, the surest can get no more than 23 %. Keras
on JAX does this in silence.

How it is measured
------------------
By the last activation in front of an output whose loss takes logits: one that is bounded on both sides is a fault, and
with a binary loss also one that is bounded on one side, for then one of the two classes can never be sure. Where the
activation cannot be seen, by the outputs: all within [0, 1] at every look, and rows that sum to 1, or values that reach
for both ends.

Known limits
------------
Losses of the user's own are not judged. An unseen sigmoid in front of a binary loss is known only once its outputs
reach for both ends of the range.

References:
----------
Nikanjam et al., "Automatic fault detection for deep learning programs using graph transformations", arXiv 2105.08095
(2021), rules on losses and last activations.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from trainwell.rule import Circumstance, NotApplicable, NotMeasured, Threshold, evidence, rule
from trainwell.run import Head, heads
from trainwell.run.heads import BINARY, OF_PROBABILITIES

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import Run

_NO_HARM = frozenset({"log_softmax"})  # a softmax of it gives the same probabilities

ENDS = Threshold("ends", 0, "bounded sides", "above", "by definition: logits are any numbers")
BOTH_ENDS = Threshold("both_ends", 1, "bounded sides", "above", "by definition: a softmax needs differences alone")
BEYOND = Threshold("beyond", 1e-3, "beyond [0, 1]", "below", "the rounding of half precision near 1 (2**-10)")
SUMS = Threshold("sums", 1e-3, "from 1", "below", "the rounding of half precision near 1 (2**-10)")
SPAN = Threshold(
    "span", 0.8, "of [0, 1]", "above", "by definition: within [0, 1], logits give one class alone; sigmoids reach out"
)


BINARY_LOSS = Circumstance("the loss is a binary cross-entropy")
OTHER_LOSS = Circumstance("the loss is another one")


@rule(
    id="TW102",
    family="setup",
    severity="serious",
    fault_if=ENDS & BINARY_LOSS | BOTH_ENDS & OTHER_LOSS | BEYOND & SUMS | BEYOND & SPAN,
    needs=("model.calls", "compile.losses"),
    remedies=("linear-output", "no-from-logits"),
    explained_by=("softmax-on-one-unit",),
    proof="facts",
)
def activated_logits(run: Run) -> list[Evidence]:
    """Measures on how many sides the outputs of losses of logits are bounded."""
    found, unseen = [], []
    for head in heads(run):
        if head.loss_name not in OF_PROBABILITIES or not head.from_logits:
            continue
        if head.activation is not None:
            found.append(_by_activation(head))
        elif head.seen is not None and len(head.looks["minimum"]) > 1:
            found.append(_by_looks(head))
        else:
            unseen.append(head.where)
    if not found and unseen:
        raise NotMeasured(f"the activation of {unseen[0]!r} cannot be seen, and there are no looks at its outputs")
    if not found:
        raise NotApplicable("no loss is said to take logits")
    return found


def _by_activation(head: Head) -> Evidence:
    sides = sum(map(math.isfinite, head.range or ()))
    name = head.activation.name if head.activation else ""
    what = f"passed {head.activation.title}" if head.activation and name != "linear" else "no activation"
    limit, loss = (ENDS, BINARY_LOSS) if head.loss_name in BINARY else (BOTH_ENDS, OTHER_LOSS)
    return evidence(
        head.where,
        (0 if name in _NO_HARM else sides, limit),
        loss,
        says=f"The output {head.where!r} has {what}, and its loss {head.loss_name} takes logits (from_logits=True).",
    )


def _by_looks(head: Head) -> Evidence:
    lowest, highest = head.seen or (math.nan, math.nan)
    beyond = max(-lowest, highest - 1, 0.0)
    limits = [(beyond, BEYOND)]
    if head.units > 1 and head.loss_name not in BINARY:
        sums = float(head.looks["sum_from_one"].max())
        limits.append((sums, SUMS))
        told = f", their rows sum to 1 within {sums:.2g}"
    else:
        limits.append((float(head.looks["maximum"][-1] - head.looks["minimum"][-1]), SPAN))
        told = ""
    return evidence(
        head.where,
        *limits,
        says=f"The outputs of {head.where!r} lie between {lowest:.3g} and {highest:.3g}{told}, and its loss "
        f"{head.loss_name} takes logits (from_logits=True).",
        series=(f"inference/minimum/{head.name}", f"inference/maximum/{head.name}"),
    )
