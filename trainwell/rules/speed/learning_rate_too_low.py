"""The learning rate is so low that the whole training hardly moves the model.

Symptom
-------
The loss falls from epoch to epoch, but by next to nothing, and ends far above what the model can reach.

Why it happens
--------------
Each step moves the weights by the rate times a slope. A rate that is ten or a thousand times too low would need as many
times more steps. A schedule can do the same: one that counts epochs where steps are meant is at its end within moments.

How it is measured
------------------
Copies of the model are trained from the same weights, on the same batches in the same order, at the rate and at ten
times of it and more. The rate is too low where it makes a small part of the fall that the higher one makes, and where
the whole training, and a longer one at the same rate, did not make half of it either. For a schedule: how soon the rate
is a hundredth of its largest, and what part of the fall was made in all. The fall counts from the loss of the best
constant answer, where that is lower than the first loss.

Known limits
------------
A model that begins with a low loss, as in fine-tuning, is not judged: there a low rate protects what was learned. A
rate that is low but gets there in time passes, and so does one that would gain from being doubled.

References:
----------
Smith, "Cyclical learning rates for training neural networks", arXiv 1506.01186 (2017). Godbole et al., "Deep learning
tuning playbook" (2023).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from trainwell.rule import NotApplicable, Threshold, evidence, rule
from trainwell.rules.causes import IN_DATA, ON_THE_WAY
from trainwell.run import Rates

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import Run

OWN = Threshold("own", 0.3, "share of the fall", "below", "benchmarks/rules.py")
WHOLE = Threshold("whole", 0.5, "share of the fall", "below", "benchmarks/rules.py")
POSSIBLE = Threshold("possible", 0.2, "share of the first loss", "above", "benchmarks/rules.py")
GONE = Threshold("gone", 0.5, "share of the steps", "below", "benchmarks/rules.py")
_SMALL = 0.01  # of its largest: a rate that is as good as gone
_KNOWS = 0.5  # of a constant answer's loss: a model that begins below was trained before
_FEWEST = 10  # readings of the rate


@rule(
    id="TW302",
    family="speed",
    severity="serious",
    fault_if=OWN & WHOLE & POSSIBLE | GONE & WHOLE & POSSIBLE,
    needs=("probe:rates",),
    remedies=("raise-learning-rate", "longer-schedule", "one-cycle", "adam"),
    explained_by=(
        *IN_DATA,
        *ON_THE_WAY,
        *(f"TW10{number}" for number in (1, 2, 3, 5, 6, 7, 9)),
        *(f"TW11{number}" for number in range(10)),
        "frozen-base-batch-norm-training",
        "nothing-trainable",
        "collapsed-feature-map",
        "TW2",
        "over-regularized",
    ),
)
def learning_rate_too_low(run: Run) -> list[Evidence]:
    """Compares the rate with ten times of it and more, and both with the whole training."""
    rates = Rates.of(run)
    if rates.first < _KNOWS * rates.constant < math.inf:
        raise NotApplicable("the model knows its task before the first step, and a low rate protects that")
    factor, higher = rates.higher()
    best = min(rates.reached.values())
    found = [] if not math.isfinite(higher) else [_against(rates, factor, higher)]
    gone = _gone(run)
    if gone is not None and math.isfinite(best):
        start = rates.start(best)
        whole = _share(start, rates.end, best)
        says = (
            f"The learning rate falls to a hundredth of its largest within {gone:.0%} of the steps; the training ended "
            f"at a loss of {rates.end:.3g}, and {rates.steps} steps at a steady rate reach {best:.3g}."
        )
        possible = (start - best) / max(abs(start), 1e-12)
        measured = ((gone, GONE), (whole, WHOLE), (possible, POSSIBLE))
        found.append(evidence("schedule", *measured, says=says, series=("learning_rate", "train/loss")))
    if not found:
        raise NotApplicable("no higher learning rate trains")
    return found


def _against(rates: Rates, factor: float, higher: float) -> Evidence:
    start = rates.start(higher)
    own = _share(start, rates.own, higher)
    whole = _share(start, min(rates.end, rates.longer), higher)
    possible = (start - higher) / max(abs(start), 1e-12)
    says = (
        f"In {rates.steps} steps from the same weights, a learning rate of {rates.rate:.2g} leads from a loss of "
        f"{rates.first:.3g} to {rates.own:.3g} and one of {rates.rate * factor:.2g} to {higher:.3g}; the whole "
        f"training ended at {rates.end:.3g}."
    )
    series = (f"probe/rates/{factor:g}", "probe/rates/1", "train/loss")
    return evidence("", (own, OWN), (whole, WHOLE), (possible, POSSIBLE), says=says, series=series)


def _share(start: float, loss: float, best: float) -> float:
    """The part of the fall from start to best that a training made; 1 where there was none to make."""
    return max(0.0, (start - loss) / (start - best)) if best < start else 1.0


def _gone(run: Run) -> float | None:
    """The share of the steps after which the rate was below a hundredth of its largest; `None` where it never was."""
    series = run.signals.get("learning_rate")
    steps = run.fit.steps
    if series is None or len(series.values) < _FEWEST or not steps:
        return None
    values = np.asarray(series.values, float)
    peak = int(values.argmax())
    below = np.flatnonzero(values[peak:] < _SMALL * values[peak])
    if not len(below):
        return None
    last = peak + int(below[0])  # readings are sparse: where between the last two it fell so low, by its logarithm
    logs = np.log(np.maximum(values[[last - 1, last]], 1e-300))
    wanted = np.log(_SMALL * values[peak])
    part = (logs[0] - wanted) / (logs[0] - logs[1])
    return float((series.at[last - 1] + part * (series.at[last] - series.at[last - 1])) / steps)
