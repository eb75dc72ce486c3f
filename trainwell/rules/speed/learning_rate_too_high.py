"""The learning rate is so high that a tenth of it gets further in the same steps.

Symptom
-------
The loss jumps, swings or stands still far above what the model can reach, from the first epoch on; it may become
infinite. Answers may end up the same for every input.

Why it happens
--------------
A step follows a slope that holds only near by. Beyond that the loss rises again: weights overshoot, units are pushed to
where no gradient reaches them, and no later step brings them back.

How it is measured
------------------
Copies of the model are trained from the same weights, on the same batches in the same order, at the rate and at lower
ones. The rate is too high where a lower one reaches a clearly lower loss, measured as a share of the fall that was
possible, and where the whole training, with all its steps, did not get below what the lower rate reached in a few. The
fall counts from the loss of the best constant answer, where that is lower than the first loss.

Known limits
------------
A rate that does well for some hundred steps and diverges later is not seen. A rate somewhat too high, with which the
training still gets below what the lower rate reached in few steps, passes. Under a schedule the largest rate is tried.

References:
----------
Smith, "Cyclical learning rates for training neural networks", arXiv 1506.01186 (2017). Godbole et al., "Deep learning
tuning playbook" (2023).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from trainwell.rule import MOST, NotMeasured, Threshold, evidence, rule
from trainwell.rules.causes import IN_DATA, ON_THE_WAY
from trainwell.run import Rates

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import Run

LOST = Threshold("lost", 0.3, "share of the possible fall", "above", "benchmarks/rules.py")
BEHIND = Threshold("behind", 0.2, "share of the possible fall", "above", "benchmarks/rules.py")
POSSIBLE = Threshold("possible", 0.1, "share of the first loss", "above", "benchmarks/rules.py")


@rule(
    id="TW301",
    family="speed",
    severity="serious",
    fault_if=LOST & BEHIND & POSSIBLE,
    needs=("probe:rates",),
    remedies=("lower-learning-rate", "warmup", "clip-gradients", "batch-normalization"),
    explained_by=(
        *IN_DATA,
        *ON_THE_WAY,
        *(f"TW10{number}" for number in (1, 2, 3, 5, 6, 7, 9)),
        "constant-initialization",
        "mismatched-initializer",
        "batch-norm-on-tiny-batches",
        "nothing-trainable",
        "epsilon-below-precision",
        "non-finite-gradient",
        "outputs-outweighed",
        "exploding-gradients",
        "over-regularized",
    ),
)
def learning_rate_too_high(run: Run) -> list[Evidence]:
    """Compares the rate with a tenth and a hundredth of it, and both with the whole training."""
    rates = Rates.of(run)
    factor, lower = rates.lower()
    if not math.isfinite(lower):
        raise NotMeasured("the training diverges at much lower learning rates too")
    start = rates.start(lower)
    fall = start - lower
    lost, behind = (min(MOST, (loss - lower) / fall) if fall > 0 else 0.0 for loss in (rates.own, rates.end))
    possible = fall / max(abs(start), 1e-12)
    own = f"reaches a loss of {rates.own:.3g}" if math.isfinite(rates.own) else "diverges"
    end = f"ended at {rates.end:.3g}" if math.isfinite(rates.end) else "diverged"
    says = (
        f"In {rates.steps} steps from the same weights, a learning rate of {rates.rate:.2g} {own} and one of "
        f"{rates.rate * factor:.2g} reaches {lower:.3g}; the whole training {end}."
    )
    series = tuple(f"probe/rates/{each:g}" for each in (factor, 1.0))
    measured = ((lost, LOST), (behind, BEHIND), (possible, POSSIBLE))
    return [evidence("", *measured, says=says, series=(*series, "train/loss"))]
