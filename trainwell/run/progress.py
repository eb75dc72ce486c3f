"""How far a training got, beside an answer that ignores the inputs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trainwell.run.attainable import attainable_loss
from trainwell.run.constant import constant_loss
from trainwell.run.heads import OF_PROBABILITIES, heads
from trainwell.run.losses import is_weighted
from trainwell.run.missing import NotMeasured

if TYPE_CHECKING:
    from trainwell.run.heads import Head
    from trainwell.run.run import Run

_MOST = 0.95  # of the baseline: a batch that could be learned no better tells nothing of what a perfect fit leaves
_FEW = 5  # batches whose median loss stands for a look


@dataclass(frozen=True)
class LossProgress:
    """Losses without penalties, where looks were made; else those of single batches.

    Args:
        first: before the first step.
        median: over the training; infinite where it diverged.
        last: at the end; infinite where the training diverged.
        baseline: of the best constant answer; the first loss where no probe asked for it.
        floor: the lowest loss that is attainable, as reference learners show it; 0 where that is not known, but for
            losses of probabilities with soft targets, whose own entropy stays: there what a single batch, learned by
            heart, leaves.
    """

    first: float
    median: float
    last: float
    baseline: float
    floor: float = 0.0

    def share(self, loss: float) -> float:
        """A loss as a share of what lies between a perfect fit (0) and a constant answer (1)."""
        return max(0.0, loss - self.floor) / (self.baseline - self.floor)

    @property
    def left(self) -> float:
        """The loss at the end as a share of the baseline: 1 where nothing was learned, 0 for a perfect fit."""
        return self.share(self.last)

    @property
    def typical(self) -> float:
        """The same for half of the training: near 1 where it stood still for long, though it may have learned then."""
        return self.share(self.median)

    @property
    def begun(self) -> float:
        """The same before the first step: well below 1 for a model that had been trained before."""
        return self.share(self.first)


def progress(run: Run) -> LossProgress:
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
    course = values if looks is not None else series.evenly()  # single steps are read densely at the start
    middle = float(np.median(course[1:] if len(course) > 1 else course))
    constant = constant_loss(run)
    baseline = first if constant is None else float(constant)
    if not (math.isfinite(baseline) and baseline > 0 and not min(first, last) < 0):
        raise NotMeasured("the loss cannot be compared with that of an answer that ignores the inputs")
    if not math.isfinite(last) or run.fit.diverged:
        middle = last = math.inf
    attainable = None if is_weighted(run) else attainable_loss(run, baseline)
    return LossProgress(first, middle, last, baseline, max(_floor(run, baseline), attainable or 0.0))


def _floor(run: Run, baseline: float) -> float:
    by_heart = None if run.probes.one_batch is None else run.probes.one_batch.last
    if by_heart is None or not 0 < by_heart < _MOST * baseline:
        return 0.0
    return float(by_heart) if has_soft_targets(run) else 0.0


def has_soft_targets(run: Run) -> bool:
    """Whether a loss of probabilities meets targets between 0 and 1, whose own entropy no answer takes away."""
    return any(_is_soft(head) for head in heads(run))


def _is_soft(head: Head) -> bool:
    """Whether targets are probabilities between 0 and 1, so that no answer has a loss of 0."""
    smoothed = bool(head.loss and head.loss.config.get("label_smoothing"))
    return head.loss_name in OF_PROBABILITIES and (head.task == "values" or smoothed)
