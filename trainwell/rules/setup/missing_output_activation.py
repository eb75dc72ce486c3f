"""The loss expects probabilities and the output is none: nothing brings it into their range.

Symptom
-------
The loss begins far above where it should, jumps, stands still or becomes NaN; accuracy stays near chance.

Why it happens
--------------
A cross-entropy takes the logarithm of what it is given as probabilities. Keras cuts values outside [0, 1] off, and
where it cuts, no gradient flows: units that begin on the wrong side never come back. Either the output lacks its
sigmoid or softmax, or the loss was not told that it gets logits. A Poisson loss takes the logarithm of a rate, which
cannot be negative.

How it is measured
------------------
By the last activation in front of an output whose loss is one of Keras's for probabilities, without `from_logits`.
Where the activation cannot be seen, by the outputs themselves: a value outside [0, 1] in any look is no probability.
So for a Poisson loss, whose output may learn to stay positive without an activation. A categorical cross-entropy
divides each row by its sum, so that positive outputs will do for it.

Known limits
------------
Losses of the user's own are not judged. An unseen activation whose outputs stay inside [0, 1] by luck is taken for one
that holds them there.

References:
----------
Nikanjam et al., "Automatic fault detection for deep learning programs using graph transformations", arXiv 2105.08095
(2021), rules on losses and last activations. Schoop et al., "UMLAUT", CHI 2021, missing softmax.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from trainwell.rule import NotApplicable, NotMeasured, Threshold, evidence, rule
from trainwell.run import Head, heads
from trainwell.run.heads import OF_PROBABILITIES, SPARSE

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import Run

_NORMALIZED = SPARSE | {"categorical_crossentropy", "categorical_focal_crossentropy"}  # Keras divides by the row's sum

OUTPUTS = Threshold("outputs", 0, "outputs", "above", "by definition: a logarithm is taken of what may be 0 or less")
BEYOND = Threshold(
    "beyond", 0.01, "beyond the range", "above", "by definition, and the rounding of half precision near 1 (2**-10)"
)


@rule(
    id="TW101",
    family="setup",
    severity="fatal",
    fault_if=OUTPUTS | BEYOND,
    needs=("model.calls", "compile.losses"),
    remedies=("softmax-output", "sigmoid-output", "from-logits"),
    explained_by=("loss-does-not-fit-task",),
    proof="facts",
)
def missing_output_activation(run: Run) -> list[Evidence]:
    """Measures which outputs of losses of probabilities are held in their range, and how far the others leave it."""
    found, unseen = [], []
    for head in heads(run):
        if (head.loss_name not in OF_PROBABILITIES or head.from_logits) and head.loss_name != "poisson":
            continue
        is_known = head.range is not None and (head.loss_name != "poisson" or head.range[0] >= 0)
        if is_known or _broke(head):
            found.append(_by_activation(head))
        elif head.seen is not None:
            found.append(_by_looks(head))
        else:
            unseen.append(head.where)
    if not found and unseen:
        raise NotMeasured(f"the activation of {unseen[0]!r} cannot be seen, and there are no looks at its outputs")
    if not found:
        raise NotApplicable("no output has one of Keras's losses for probabilities")
    return found


def _broke(head: Head) -> bool:
    """Whether outputs that a rate is taken from, and that may be negative, became NaN or infinite."""
    return head.range is not None and "non_finite_share" in head.looks and head.looks["non_finite_share"].max() > 0


def _wanted(head: Head) -> tuple[float, float]:
    """The range that the loss can take."""
    return (0, math.inf) if head.loss_name == "poisson" or head.loss_name in _NORMALIZED else (0, 1)


def _by_activation(head: Head) -> Evidence:
    low, high = head.range or (-math.inf, math.inf)
    least, most = _wanted(head)
    # A row of zeros, which ReLU may give, has no sum to be divided by; only of a rate is 0 an answer.
    vanishes = "relu" in head.activation.name if head.activation else False
    misses = low < least or high > most or (vanishes and head.loss_name != "poisson")
    name = head.activation.title if head.activation else ""
    what = "no activation" if name == "linear" else f"the activation {name}"
    return evidence(
        head.where,
        (float(misses), OUTPUTS),
        says=f"The output {head.where!r} has {what}, and its loss {head.loss_name} takes {_words(head)}.",
    )


def _by_looks(head: Head) -> Evidence:
    lowest, highest = head.seen or (math.nan, math.nan)
    least, most = _wanted(head)
    beyond = max(least - lowest, highest - most)
    return evidence(
        head.where,
        (beyond, BEYOND),
        says=f"The outputs of {head.where!r} lie between {lowest:.3g} and {highest:.3g}, and its loss "
        f"{head.loss_name} takes {_words(head)}.",
        series=(f"inference/minimum/{head.name}", f"inference/maximum/{head.name}"),
    )


def _words(head: Head) -> str:
    return "positive rates" if head.loss_name == "poisson" else "probabilities"
