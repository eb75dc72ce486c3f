"""The target of a regression is far from 1 in size, and the model spends its training on getting there.

Symptom
-------
The loss starts at many times the variance of the target and falls slowly; predictions stay far below the target; or the
loss jumps to infinity at a rate that is sound elsewhere.

Why it happens
--------------
A linear output begins near 0 with deviation about 1. Steps of an adaptive optimizer move each weight by about the
learning rate, so a target of a few hundreds is thousands of steps away. Plain gradient descent takes steps in
proportion to the target, and diverges instead.

How it is measured
------------------
For each linear output under a squared or absolute error: how far the target's values lie from the outputs that the
model begins with, in root mean square; and the share of all steps after which the loss had come half of its way down. A
training that ended at more than one and a half times the loss of a constant answer has not come down, which holds for
tiny targets too; one that diverged is told where the target is very far. Columns of one target are also compared with
each other: the widest one decides the loss, and it must be large itself.

Known limits
------------
Slow learning for another reason, with a target that is large as well, is told as this. A model that scales its output
itself is not judged, nor are losses that are relative or logarithmic.

References:
----------
LeCun et al., "Efficient BackProp" (1998), section 4.5 on target values. Godbole et al., "Deep learning tuning playbook"
(2023).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from trainwell.rule import Circumstance, NotApplicable, NotMeasured, Threshold, evidence, rule
from trainwell.run import constant_loss, curve, heads, number

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import Head, Run, TargetRecord

DISTANCE = Threshold("distance", 10.0, "", "above", "AUTOTRAINER (ICSE 2021): outputs of magnitude 10 and more")
FAR = Threshold("far", 50.0, "", "above", "benchmarks/rules.py")
LATE = Threshold("late", 0.25, "share of steps", "above", "benchmarks/rules.py")
COLUMNS = Threshold(
    "columns", 100.0, "", "above", "a column's share of a squared error goes with the square: 10,000 to 1"
)
CONSTANT = Threshold("constant", 1.5, "of a constant's loss", "above", "benchmarks/rules.py")
DIVERGED = Circumstance("the training diverged, or its loss rose a thousandfold on the way")
TINY = Threshold("tiny", 0.01, "", "below", "as far below 1 as 100 is above: benchmarks/rules.py")

_LOSSES = {"mean_squared_error", "mean_absolute_error", "huber", "log_cosh"}
_OPEN = {"linear", "relu", "softplus", "leaky_relu", "elu"}
_WINDOWS = 50
_RISE = 1000.0  # times the first loss: steps that far outshoot the target, though the loss came down again


@rule(
    id="TW002",
    family="data",
    severity="serious",
    fault_if=DISTANCE & LATE | DISTANCE & CONSTANT | TINY & CONSTANT | COLUMNS & DISTANCE | FAR & DIVERGED,
    needs=("model.calls", "data.targets", "fit"),
    remedies=("scale-target", "output-bias-at-the-mean"),
    explained_by=("TW003", "TW004", "outputs-outweighed"),
)
def unscaled_target(run: Run) -> list[Evidence]:
    """Measures how far each target lies from where its output begins, and how long the way took."""
    found: list[Evidence] = []
    concerned = False
    for head in heads(run):
        target = head.target
        if target is None or target.kind == "other" or not _is_open(head):
            continue
        concerned = True
        distance = _distance(run, head, target)
        mean, deviation = _short(number(target.mean)), _short(number(target.deviation))
        if divergence := _divergence(run):
            says = f"The target of {head.where!r} is {mean} ± {deviation}, and {divergence}."
            found.append(evidence(head.where, (distance, FAR), DIVERGED, says=says, series=("loss",)))
            continue
        late = _late(run)
        if late is None:
            continue
        says = (
            f"The target of {head.where!r} is {mean} ± {deviation}; the loss needed {late:.0%} of the steps for the "
            "first half of its way down."
        )
        found.append(evidence(head.where, (distance, DISTANCE), (late, LATE), says=says, series=("loss",)))
        found += _short_of_a_constant(run, head, distance, target)
        found += _columns(head, target)
    if found:
        return found
    if concerned:
        raise NotMeasured("the loss of the steps was not recorded")
    raise NotApplicable("no output is linear under a squared or absolute error")


def _short_of_a_constant(run: Run, head: Head, distance: float, target: TargetRecord) -> list[Evidence]:
    """Where the loss ended at more than what the best constant has, for targets far above 1 and far below."""
    ends = curve(run, "inference/loss")
    constant = constant_loss(run)
    size = target.size
    if ends is None or not constant or constant <= 0 or not size:
        return []
    worth = ends.last / constant
    says = (
        f"The target of {head.where!r} is {_short(number(target.mean))} ± {_short(number(target.deviation))}; the loss "
        f"ended at {_short(worth)} times that of a constant answer."
    )
    return [
        evidence(head.where, (distance, DISTANCE), (worth, CONSTANT), says=says),
        evidence(head.where, (size, TINY), (worth, CONSTANT), says=says),
    ]


def _is_open(head: Head) -> bool:
    """Whether an output comes from weights, without bounds, and is judged in the units of its target."""
    is_linear = head.activation is not None and head.activation.name in _OPEN
    return head.loss_name in _LOSSES and head.call is not None and is_linear and head.call.parameters > 0


def _distance(run: Run, head: Head, target: TargetRecord) -> float:
    """Root mean square from the first outputs to the target; in their own deviation where that is above 1."""
    place = head.call.place if head.call else ""
    begins, spreads = (
        float(series.values[0]) if series is not None and math.isfinite(series.values[0]) else fallback
        for series, fallback in (
            (run.signals.get(f"inference/output_mean/{place}"), 0.0),
            (run.signals.get(f"inference/output_deviation/{place}"), 1.0),
        )
    )
    if head.units > 1:
        begins = 0.0  # a mean over columns says nothing of each
        means, deviations = np.asarray(target.feature_means), np.asarray(target.feature_deviations)
        size = float(np.hypot(means, deviations).max())
    else:
        size = math.hypot(number(target.mean) - begins, number(target.deviation))
    return size / max(1.0, spreads)


def _divergence(run: Run) -> str:
    """Return how the training diverged or nearly did, as a clause; `""` if it did not."""
    series = run.signals.get("loss")
    values = np.asarray([] if series is None else series.values, np.float64)
    if run.fit.diverged or not np.isfinite(values).all():
        return "the training diverged"
    if not len(values) or not values.max() > _RISE * abs(values[0]) > 0:
        return ""
    return f"the loss of a batch rose from {_short(float(values[0]))} to {_short(float(values.max()))} on the way"


def _late(run: Run) -> float | None:
    """The share of the steps after which the loss had come half of its way down; 1 where it went up."""
    series = run.signals.get("loss")
    if series is None or len(series.values) < 2:  # noqa: PLR2004 -- a way has two ends
        return None
    losses, at = np.asarray(series.values, np.float64), np.asarray(series.at, np.float64)
    windows = min(_WINDOWS, len(losses))
    # Readings lie densely at the start: each goes to the window of its step, and a window may have none.
    window = ((at - at[0]) / (at[-1] - at[0] + 1) * windows).astype(int)
    known = np.unique(window)
    course = np.asarray([np.median(losses[window == each]) for each in known])
    first = max(float(losses[0]), float(course[0]))
    if course.min() >= first:
        return 1.0
    half = course.min() + 0.5 * (first - course.min())
    return float(known[np.argmax(course <= half)] / windows)


def _columns(head: Head, target: TargetRecord) -> list[Evidence]:
    deviations = np.asarray(target.feature_deviations)
    varying = deviations[deviations > 0]
    if len(head.shape) > 2 or len(varying) < 2:  # noqa: PLR2004 -- images and sequences have no columns of their own
        return []
    most, least = float(varying.max()), float(varying.min())
    says = f"The columns of the target of {head.where!r} deviate by {_short(least)} to {_short(most)}."
    return [evidence(head.where, (most / least, COLUMNS), (most, DISTANCE), says=says)]


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"  # noqa: PLR2004 -- how numbers are written
