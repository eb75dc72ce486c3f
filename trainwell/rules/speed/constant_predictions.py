"""The model gives the same answer for every input.

Symptom
-------
All predictions are alike: one class for every row, or one number near the mean. The loss stops where the best constant
answer lies.

Why it happens
--------------
Somewhere between input and output the rows lose what tells them apart: inputs that are constant, a normalization over a
single number, units that give 0 for every row, saturated ones, or weights that penalties have driven to 0.

How it is measured
------------------
At the end of the training, how far the outputs for different rows lie apart, against how far their targets do; and the
loss of these rows against that of the best constant answer. The first layer that nothing leads around and behind which
rows no longer differ is named.

Known limits
------------
Mostly a symptom, which follows from whatever took the differences away. Where the inputs say next to nothing of the
targets, a constant is the best answer there is, but even then a trained model's outputs differ more than this.

References:
----------
Karpathy, "A recipe for training neural networks" (2019): an input-independent baseline. DeepDiagnosis (ICSE 2022).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from trainwell.rule import NotApplicable, Threshold, evidence, rule
from trainwell.rules.causes import IN_DATA, ON_THE_WAY
from trainwell.run import Graph, Losses, carries_all, heads

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import Head, Run

SPREAD = Threshold("spread", 0.02, "share of the targets' deviation", "below", "benchmarks/rules.py")
LOSS = Threshold("loss", 0.98, "share of the constant answer's loss", "above", "benchmarks/rules.py")
_SAME = 1e-4  # of their size: outputs whose rows differ by less do not differ


@rule(
    id="TW305",
    family="speed",
    severity="fatal",
    fault_if=SPREAD & LOSS,
    needs=("model.calls", "data.targets", "probe:baseline", "signal:inference/spread", "signal:inference/loss"),
    remedies=("check-inputs", "remove-collapsing-layer", "lower-learning-rate", "batch-normalization"),
    explained_by=(
        *IN_DATA,
        "TW008",
        "TW009",
        *ON_THE_WAY,
        *(f"TW10{number}" for number in (1, 2, 3, 5, 6, 7, 9)),
        *(f"TW11{number}" for number in range(1, 10)),
        "frozen-base-batch-norm-training",
        "nothing-trainable",
        "collapsed-feature-map",
        "TW2",
        "learning-rate-too-high",
        "learning-rate-too-low",
        "cannot-fit-one-batch",
        "over-regularized",
    ),
)
def constant_predictions(run: Run) -> list[Evidence]:
    """Measures how far the answers for different rows lie apart."""
    losses, graph = Losses.of(run), Graph.of(run)
    share = losses.left(losses.training.last)
    found = []
    for head in heads(run):
        series = run.signals.get(f"inference/spread/{head.name}")
        deviation = _deviation(head)
        if series is None or not deviation:
            continue
        spread = float(series.values[-1]) / deviation
        says = (
            f"The answers of {head.where!r} for different inputs differ by {spread:.2%} of what their targets do; the "
            f"loss is {share:.0%} of that of an answer that ignores the inputs."
        )
        if spread < SPREAD.value and (place := _lost_in(run, graph, head)):
            says = f"{says} Behind {place}, inputs no longer differ."
        names = (f"inference/spread/{head.name}", "inference/loss")
        found.append(evidence(head.where, (spread, SPREAD), (share, LOSS), says=says, series=names))
    if not found:
        raise NotApplicable("no target varies, or none was compared with the outputs")
    return found


def _deviation(head: Head) -> float:
    """How far targets lie from their mean, as the outputs would have to: of class numbers, that of their shares."""
    target = head.target
    if target is None or target.kind == "other":
        return 0.0
    counts = target.class_counts
    if head.task == "multi-class" and counts and head.units > 1:
        shares = np.asarray(list(counts.values()), float) / max(1, sum(counts.values()))
        return math.sqrt(float((shares * (1 - shares)).sum() / head.units))
    each = np.asarray(target.feature_deviations, float)
    return float(np.sqrt(np.mean(each**2))) if len(each) else 0.0


def _lost_in(run: Run, graph: Graph, head: Head) -> str:
    """The first place that all that is known passes, and behind which rows are alike; `""` if there is none."""
    inputs = run.data.inputs or []
    if all(each.constant_features == max(1, len(each.feature_means)) for each in inputs):
        return "the input"
    if head.call is None:
        return ""
    for call in [*graph.before(head.call), head.call]:
        apart, mean, deviation = (
            run.signals.get(f"inference/{name}/{call.place}")
            for name in ("output_unit_deviation", "output_mean", "output_deviation")
        )
        if apart is None or mean is None or deviation is None or not carries_all(graph, call, head.call):
            continue
        size = math.hypot(float(mean.values[-1]), float(deviation.values[-1]))
        if float(apart.values[-1]) <= _SAME * size:
            return repr(call.place)
    return ""
