"""The losses of a Run on one scale: on training rows, on validation rows, and of an answer that ignores the inputs.

Penalties are taken out, and training rows are looked at in inference mode, so that all three can be compared. Where
rows or classes are weighted, only what is compared with itself is exact: looks and validation do not know the weights.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trainwell.run.attainable import attainable_loss
from trainwell.run.constant import constant_loss
from trainwell.run.curves import Curve, curve
from trainwell.run.missing import NotMeasured

if TYPE_CHECKING:
    from trainwell.run.run import Run

_MANY = 6  # epochs from which on the end is a median of three


@dataclass(frozen=True)
class Losses:
    """Losses over epochs, without penalties.

    Args:
        training: of some training rows in inference mode, from epoch 0.
        validation: from epoch 1; `None` without validation rows.
        constant: of the best answer that is the same for all rows, above 0.
        penalty: what regularisers add, from epoch 0.
        weighted: whether rows or classes have weights, which the constant does not know.
        restored: whether early stopping put the best epoch's weights back.
        attainable: lowest held-out loss of the reference learners; `None` if it is not known.
    """

    training: Curve
    validation: Curve | None
    constant: float
    penalty: Curve
    weighted: bool
    restored: bool
    attainable: float | None = None

    @classmethod
    def of(cls, run: Run) -> Losses:
        """The losses of a Run.

        Raises:
            NotMeasured: it does not tell them, or an answer that ignores the inputs costs nothing.
        """
        training, penalty = curve(run, "inference/loss"), curve(run, "inference/penalty")
        constant = constant_loss(run)
        if training is None or penalty is None:
            raise NotMeasured("the model was not looked at between epochs")
        if constant is None:
            raise NotMeasured("what an answer that ignores the inputs is worth is not known")
        weighted = is_weighted(run)
        if weighted:
            constant = max(constant, training.first)
        if constant <= 0:
            raise NotMeasured("the loss of an answer that ignores the inputs is not above 0, so no share of it tells")
        if training.lowest < 0:
            raise NotMeasured("the loss goes below 0, so no share of it tells")
        validation = curve(run, "validation/loss")
        if validation is not None:
            added = np.interp(validation.epochs, penalty.epochs, penalty.values)
            validation = Curve(validation.name, validation.epochs, validation.values - added)
        callbacks = run.fit.callbacks or ()
        restored = any(each.kind == "EarlyStopping" and bool(each.restore_best_weights) for each in callbacks)
        # Weights of rows or classes are in the constant's loss and not in that of the references.
        attainable = None if weighted else attainable_loss(run, float(constant))
        return cls(training, validation, float(constant), penalty, weighted, restored, attainable)

    def share(self, loss: float) -> float:
        """A loss as a share of the constant answer's: 1 is no better than ignoring the inputs."""
        return loss / self.constant

    def left(self, loss: float) -> float:
        """Return what is left of a loss: 1 for a constant answer, 0 for what is attainable (else for 0).

        Args:
            loss: without penalties.
        """
        floor = self.attainable or 0.0
        return max(0.0, loss - floor) / (self.constant - floor)


def is_weighted(run: Run) -> bool:
    """Whether `fit` weights rows or classes."""
    return bool(run.fit.class_weight or run.fit.sample_weight)


def at_the_end(course: Curve) -> float:
    """Where a curve ends: the median of its last three values where there are many."""
    return float(np.median(course.values[-3:])) if len(course) >= _MANY else course.last


def trained_to(run: Run) -> float:
    """The loss that the training reached, as its steps count it: with penalties and weights; infinite if it diverged.

    The lower one of the last epochs' mean and the last look in inference mode; the first alone where weights act.

    Raises:
        NotMeasured: the Run tells neither.
    """
    if run.fit.diverged:
        return math.inf
    found = []
    course = curve(run, "train/loss")
    if course is not None:
        found.append(at_the_end(course))
    look, penalty = curve(run, "inference/loss"), curve(run, "inference/penalty")
    if look is not None and penalty is not None and not is_weighted(run):
        found.append(look.last + penalty.last)
    if not found:
        raise NotMeasured("the Run does not tell where the loss ended")
    return min(found)
