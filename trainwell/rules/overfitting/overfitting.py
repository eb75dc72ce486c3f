"""The model learns its training rows by heart, at the cost of rows that it has not seen.

Symptom
-------
Training loss goes on falling while validation loss stands still far above it, or rises.

Why it happens
--------------
A net with many weights can fit whatever is particular to its rows, noise included. What it learns that way holds for no
other row, and makes it sure where it is wrong.

How it is measured
------------------
Both losses without penalties, that of the training rows in inference mode. It is a fault where validation loss has
risen from its best epoch to the end by a part of what was gained until then, while training loss fell and now lies far
below; where the two lie further apart than half of the loss of the best constant answer; or where training loss is a
small part of validation loss, which is still more than a third of that of the best constant answer. Curves are
smoothed, and where early stopping puts the best weights back, their epoch counts as the end.

Known limits
------------
Rises that are small beside what was gained pass, as does a moderate gap, which noise in the targets alone can make.
Validation rows of another kind than the training rows have such a gap too; that is a fault of the data.

References:
----------
Prechelt, "Early stopping - but when?", in Neural Networks: Tricks of the Trade (1998). Amazon SageMaker Debugger, rule
Overfit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.rule import NotApplicable, Threshold, evidence, rule
from trainwell.run import Losses
from trainwell.run.best import Best

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import Run

RISE = Threshold("rise", 0.2, "share of what was gained", "above", "benchmarks/rules.py")
APART = Threshold("apart", 0.25, "share of the constant answer's loss", "above", "benchmarks/rules.py")
FELL = Threshold("fell", 0.02, "share of the constant answer's loss", "above", "benchmarks/rules.py")
GAP = Threshold("gap", 0.5, "share of the constant answer's loss", "above", "benchmarks/rules.py")
HEART = Threshold("heart", 0.05, "of the validation loss", "below", "benchmarks/rules.py")
UNKNOWN = Threshold("unknown", 0.35, "share of the constant answer's loss", "above", "benchmarks/rules.py")


@rule(
    id="TW401",
    family="overfitting",
    severity="serious",
    fault_if=RISE & APART & FELL | GAP | HEART & UNKNOWN,
    needs=("signal:inference/loss", "probe:baseline"),
    remedies=(
        "early-stopping",
        "dropout",
        "l2-penalty",
        "max-norm",
        "fewer-units",
        "l1-penalty",
        "more-data",
        "data-augmentation",
    ),
    explained_by=("TW0", "TW1", "TW2", "learning-rate-too-high", "trained-past-best-epoch"),
)
def overfitting(run: Run) -> list[Evidence]:
    """Measures how far validation loss has risen, and how far it lies above that of the training rows."""
    losses = Losses.of(run)
    if losses.validation is None:
        raise NotApplicable("there are no validation rows")
    best = Best.of(losses)
    gap, fell = losses.share(best.end - best.training_end), losses.share(best.training - best.training_end)
    heart = best.training_end / best.end if best.end > 0 else 1.0
    series = ("validation/loss", "inference/loss")
    rises = (
        f"Validation loss is {best.loss:.3g} at epoch {best.epoch} and {best.end:.3g} at the end, while that of the "
        f"training rows goes from {best.training:.3g} to {best.training_end:.3g}."
    )
    lies = (
        f"Validation loss ends at {best.end:.3g} and that of the training rows at {best.training_end:.3g}; an answer "
        f"that ignores the inputs has {losses.constant:.3g}."
    )
    return [
        evidence("", (best.rise, RISE), (gap, APART), (fell, FELL), says=rises, series=series),
        evidence("", (gap, GAP), says=lies, series=series),
        evidence("", (heart, HEART), (losses.left(best.end), UNKNOWN), says=lies, series=series),
    ]
