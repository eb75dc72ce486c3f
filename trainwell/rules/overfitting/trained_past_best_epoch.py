"""The training went on long after its best epoch, and its end is worse.

Symptom
-------
Validation loss is lowest early on, and rises for most of the training. The model that is kept is the last one.

Why it happens
--------------
What generalizes is learned first, what is particular to the training rows later. Nothing stopped the training in
between, or put the best weights back.

How it is measured
------------------
The epoch of the lowest smoothed validation loss against all epochs, how many epochs followed it, and which part of what
had been gained until then was lost by the end. It is this fault rather than overfitting where the best epoch had a
useful model, well below the best constant answer and not far above the loss of its own training rows, and where the
model has too few parameters to know all rows by heart from the beginning.

Known limits
------------
Loss is looked at, and a metric such as accuracy may stay good for longer. With a callback that saves the best model to
a file it is only advice, since that file may be what is used.

References:
----------
Prechelt, "Early stopping - but when?", in Neural Networks: Tricks of the Trade (1998). Amazon SageMaker Debugger, rule
Overtraining.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.rule import Circumstance, NotApplicable, Threshold, evidence, need, rule
from trainwell.run import Losses
from trainwell.run.best import Best

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import Run

LONG = Threshold("long", 3, "epochs per epoch to the best", "above", "benchmarks/rules.py")
CAPACITY = Threshold("capacity", 10.0, "trained parameters for each row", "below", "benchmarks/rules.py")
AFTER = Threshold("after", 5, "epochs", "above", "Amazon SageMaker Debugger, rule Overtraining: patience 5")
LOST = Threshold("lost", 0.2, "share of what was gained", "above", "benchmarks/rules.py")
USEFUL = Threshold("useful", 0.3, "share of the constant answer's loss", "above", "benchmarks/rules.py")
CLOSE = Threshold("close", 0.25, "share of the constant answer's loss", "below", "benchmarks/rules.py")
SAVED = Circumstance("a ModelCheckpoint may have saved the best weights")

_LONG_AFTER = LONG & CAPACITY & AFTER & LOST & USEFUL & CLOSE


@rule(
    id="TW402",
    family="overfitting",
    severity="serious",
    fault_if=_LONG_AFTER,
    advice_if=_LONG_AFTER & SAVED,
    needs=(
        "signal:inference/loss",
        "probe:baseline",
        "fit.epochs_run",
        "model.trainable_parameters",
        "data.rows.train",
    ),
    remedies=("early-stopping", "fewer-epochs", "dropout", "l2-penalty"),
    explained_by=("TW0", "TW1", "TW2", "learning-rate-too-high"),
)
def trained_past_best_epoch(run: Run) -> list[Evidence]:
    """Measures how long the training went on after its best epoch, and what that cost."""
    losses = Losses.of(run)
    if losses.validation is None:
        raise NotApplicable("there are no validation rows")
    if losses.restored:
        raise NotApplicable("early stopping puts the best epoch's weights back")
    best, epochs = Best.of(losses), need(run.fit.epochs_run, "fit.epochs_run")
    useful, close = losses.share(losses.constant - best.loss), losses.share(best.loss - best.training)
    parameters = need(run.model.trainable_parameters, "model.trainable_parameters")
    capacity = parameters / need(run.data.rows.train, "data.rows.train")
    says = (
        f"Validation loss is lowest at epoch {best.epoch} of {epochs}, {best.loss:.3g}, and ends at {best.end:.3g}; "
        f"nothing puts the best weights back."
    )
    saved = any(each.kind == "ModelCheckpoint" for each in run.fit.callbacks or ())
    measured = (
        (epochs / best.epoch, LONG),
        (capacity, CAPACITY),
        (epochs - best.epoch, AFTER),
        (best.rise, LOST),
        (useful, USEFUL),
        (close, CLOSE),
    )
    where_saved = (SAVED,) if saved else ()
    return [evidence("", *measured, *where_saved, says=says, series=("validation/loss", "inference/loss"))]
