"""What short trainings at several rates say about a better one, for the remedies that change the rate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from trainwell.edits import ChangeOptimizer
from trainwell.remedies.remedy import NoRemedy

if TYPE_CHECKING:
    from trainwell.remedies.remedy import Case
    from trainwell.run import Run

_DIGITS = 3


def measured_rates(run: Run) -> list[float]:
    """Multiples of the TrainingSpec's own rate at which a short training ended lower than at it, the lowest loss first.

    Empty where that was not measured.
    """
    probe = run.probes.rates
    if probe is None:
        return []
    ends = {factor: last for factor, last in zip(probe.factors, probe.last, strict=True) if last is not None}
    own = ends.get(1.0, float("inf"))
    return sorted((factor for factor, last in ends.items() if factor != 1 and last < own), key=ends.__getitem__)


def with_rate(case: Case, factor: float) -> ChangeOptimizer:
    """The edit that multiplies the rate.

    Raises:
        NoRemedy: the optimizer has no rate that can be told.
    """
    probe = case.run.probes.rates
    rate = _rate_of(case) if probe is None else probe.rate
    return ChangeOptimizer({"learning_rate": float(f"{rate * factor:.{_DIGITS}g}")})


def _rate_of(case: Case) -> float:
    optimizer: Any = keras.optimizers.get(case.spec.compile["optimizer"])
    rate = optimizer.get_config().get("learning_rate")
    if not isinstance(rate, (int, float)):
        raise NoRemedy("the learning rate follows a schedule, and no steady rate was measured")
    return float(rate)
