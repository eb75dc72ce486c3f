"""Batch normalization's stored statistics have not caught up with the data when the training ends.

Symptom
-------
The model does well in training and badly outside it, even on the very rows it was trained on.

Why it happens
--------------
Outside training, batch normalization scales by a moving average that begins at mean 0 and variance 1 and moves by a
small share (1 - momentum) in each step. After few steps, most of it is still what it began with.

How it is measured
------------------
The share of the first values that is left after the steps of the planned training, momentum ** steps; and what that
costs. By the statistics of the rows at hand, the model is better on training rows than the best constant answer (or,
where that is not known, than before the first step) by some amount of loss; the cost is the share of this that is lost
by the stored statistics.

Known limits
------------
Dropout makes the loss by the rows' own statistics look worse than it is, which hides a small cost.

References:
----------
Ioffe and Szegedy, "Batch normalization", arXiv 1502.03167 (2015). Keras, documentation of `BatchNormalization`:
momentum.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from trainwell.rule import NotApplicable, NotMeasured, Threshold, evidence, need, rule
from trainwell.run import Graph, constant_loss

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import Run

LEFT = Threshold("left", 0.5, "share of the first statistics", "above", "by definition: more old than new")
COST = Threshold("cost", 0.1, "share of what was learned", "above", "benchmarks/rules.py")


@rule(
    id="TW118",
    family="setup",
    severity="serious",
    fault_if=LEFT & COST,
    needs=("model.calls", "fit.epochs", "fit.steps_per_epoch"),
    remedies=("lower-batch-norm-momentum", "train-longer"),
    explained_by=("batch-norm-on-tiny-batches", "learning-rate-too-high"),
)
def batch_norm_statistics_not_settled(run: Run) -> list[Evidence]:
    """Measures how much of the first statistics is left, and what that costs."""
    trained = [
        call for call in Graph.of(run).calls if call.of_keras and call.kind == "BatchNormalization" and call.trainable
    ]
    if not trained:
        raise NotApplicable("no batch normalization is trained")
    fit = run.fit
    epochs, per_epoch = need(fit.epochs, "fit.epochs"), need(fit.steps_per_epoch, "fit.steps_per_epoch")
    if fit.stopped_by_callback and not fit.cut and fit.epochs_run is not None:
        epochs = fit.epochs_run
    steps = epochs * per_epoch
    slowest = max(trained, key=lambda call: call.config.get("momentum", 0.0))
    momentum = float(slowest.config.get("momentum", 0.0))
    left = momentum**steps
    says = f"After {steps} steps at momentum {momentum:g}, {left:.0%} of the statistics of {slowest.place!r} are still"
    says += " what they began with"
    seen, own = run.signals.get("inference/loss"), run.signals.get("inference/loss_in_training_mode")
    if seen is None or own is None:
        if left > LEFT.value:
            raise NotMeasured("the loss by the batch's own statistics is not known")
        return [evidence(slowest.place, (left, LEFT), (math.nan, COST), says=f"{says}.")]
    first, last, with_own = float(seen.values[0]), float(seen.values[-1]), float(own.values[-1])
    if not all(map(math.isfinite, (first, last, with_own))):
        raise NotMeasured("the loss is no longer a number")
    constant = constant_loss(run)
    learned = (first if constant is None else float(constant)) - with_own
    cost = (last - with_own) / learned if learned > 0 else 0.0
    says += f"; by them the loss of training rows is {last:.3g}, and {with_own:.3g} by the rows' own statistics."
    series = ("inference/loss", "inference/loss_in_training_mode")
    return [evidence(slowest.place, (left, LEFT), (cost, COST), says=says, series=series)]
