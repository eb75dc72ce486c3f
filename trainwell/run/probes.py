"""The section `probes` of a Run: small extra trainings and evaluations that rules need (`trainwell.probes`)."""

from __future__ import annotations

import msgspec

from trainwell.run.section import Section


class BaselineRecord(Section):
    """The best answer that ignores the inputs.

    Args:
        loss: its loss, without penalties. Not recorded if no such answer has a finite loss.
        rows: number of rows that it was measured on.
    """

    loss: float | None = None
    rows: int = 0


class OneBatchRecord(Section):
    """Training on a single batch.

    Args:
        steps: number of steps.
        rows: number of different rows in the batch.
        rate: learning rate of the best training.
        first: loss before the first step. Not recorded if it is not finite.
        last: loss at the end of the best training. Not recorded if it diverged.
        constant: loss of the best answer that ignores the inputs, on the same rows, without weights and penalties.
    """

    steps: int = 0
    rows: int = 0
    rate: float = 0.0
    first: float | None = None
    last: float | None = None
    constant: float | None = None


class LongerRecord(Section):
    """A longer training at the learning rate itself.

    Args:
        steps: number of steps.
        last: mean loss of the last fifth of the steps. Not recorded if it diverged.
    """

    steps: int = 0
    last: float | None = None


class RatesRecord(Section):
    """Short trainings at multiples of the learning rate.

    Args:
        rate: the learning rate that the model was compiled with; the largest of a schedule.
        steps: steps of each training.
        factors: the multiples, ascending.
        first: mean loss of the first steps at the lowest rate. Not recorded if it is not finite.
        last: for each factor, the mean loss of the last fifth of the steps; `null` if it diverged.
        longer: a longer training at the rate itself.
    """

    rate: float
    steps: int = 0
    factors: list[float] = []
    first: float | None = None
    last: list[float | None] = []
    longer: LongerRecord = msgspec.field(default_factory=LongerRecord)


class ProbesRecord(Section):
    """The probes; `not_measured` says why one was not made.

    Args:
        baseline: the best answer that ignores the inputs.
        one_batch: training on a single batch.
        rates: short trainings at multiples of the learning rate.
    """

    baseline: BaselineRecord | None = None
    one_batch: OneBatchRecord | None = None
    rates: RatesRecord | None = None
