"""How far a training got, beside an answer that ignores the inputs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trainwell.rule import NotMeasured

if TYPE_CHECKING:
    from trainwell.run import Run

_FEW = 5  # batches whose median loss stands for a look


@dataclass(frozen=True)
class Progress:
    """Losses without penalties, where looks were made; else those of single batches.

    Args:
        first: before the first step.
        median: over the training; infinite where it diverged.
        last: at the end; infinite where the training diverged.
        baseline: of the best constant answer; the first loss where no probe asked for it.
    """

    first: float
    median: float
    last: float
    baseline: float

    @property
    def left(self) -> float:
        """The loss at the end as a share of the baseline: 1 where nothing was learned, 0 for a perfect fit."""
        return self.last / self.baseline

    @property
    def typical(self) -> float:
        """The same for half of the training: near 1 where it stood still for long, though it may have learned then."""
        return self.median / self.baseline

    @property
    def begun(self) -> float:
        """The same before the first step: well below 1 for a model that had been trained before."""
        return self.first / self.baseline


def progress(run: Run) -> Progress:
    """The progress of a Run's training.

    Raises:
        NotMeasured: there is no loss to compare, or one to which 0 is no perfect fit.
    """
    looks = run.signals.get("inference/loss")
    series = looks or run.signals.get("loss")
    if series is None or not len(series.values):
        raise NotMeasured("the Run does not hold the loss of its training")
    values = np.asarray(series.values, np.float64)
    few = 1 if looks is not None else _FEW
    first, last = float(np.median(values[:few])), float(np.median(values[-few:]))
    middle = float(np.median(values[1:] if len(values) > 1 else values))
    constant = ((run.facts.get("probes") or {}).get("baseline") or {}).get("loss")
    baseline = first if constant is None else float(constant)
    if not (math.isfinite(baseline) and baseline > 0 and not min(first, last) < 0):
        raise NotMeasured("the loss cannot be compared with that of an answer that ignores the inputs")
    if not math.isfinite(last) or (run.facts.get("fit") or {}).get("diverged"):
        middle = last = math.inf
    return Progress(first, middle, last, baseline)
