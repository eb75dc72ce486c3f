"""The best epoch of a training, by its validation loss, beside its last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trainwell.run.losses import at_the_end
from trainwell.run.missing import NotMeasured

if TYPE_CHECKING:
    from trainwell.run.losses import Losses

_FEWEST = 3  # epochs that a course needs
_MANY = 12  # epochs from which on curves are smoothed over five
_LEAST = 0.1  # of the constant answer's loss: what counts as gained where less or nothing was


@dataclass(frozen=True)
class Best:
    """Losses at the best epoch and at the end, without penalties.

    Args:
        epoch: of the lowest smoothed validation loss, from 1.
        loss: validation loss there, smoothed.
        end: validation loss at the end; that of the best epoch where its weights are put back.
        training: loss of the training rows at the best epoch.
        training_end: the same at the end.
        rise: of validation loss after the best epoch, as a share of what was gained over a constant answer until then.
    """

    epoch: int
    loss: float
    end: float
    training: float
    training_end: float
    rise: float

    @classmethod
    def of(cls, losses: Losses) -> Best:
        """The best epoch of a Run.

        Raises:
            NotMeasured: there are too few epochs.
        """
        course = losses.validation
        if course is None or len(course) < _FEWEST:
            raise NotMeasured(f"a course needs {_FEWEST} epochs with validation rows")
        smooth = course.smooth(5 if len(course) >= _MANY else 3)
        lowest = int(smooth.argmin())
        epoch, loss = int(course.epochs[lowest]), float(smooth[lowest])
        end = loss if losses.restored else max(loss, at_the_end(course))
        training = float(np.interp(epoch, losses.training.epochs, losses.training.values))
        training_end = training if losses.restored else at_the_end(losses.training)
        gained = max(losses.constant - loss, _LEAST * losses.constant)
        return cls(epoch, loss, end, training, training_end, (end - loss) / gained)
