"""Raise the learning rate.

Steps that are ten times too small need ten times as many. The rates that are proposed are those at which short
trainings from the same weights got furthest; a schedule that is over too soon gives way to a steady rate.

Source: Godbole et al., "Deep learning tuning playbook" (2023)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.remedies.rates import measured_rates, with_rate
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe")
def raise_learning_rate(case: Case) -> Iterable[Candidate]:
    """The best of the higher rates that were measured, and the next; or the steady rate that a schedule began with."""
    if "schedule" in case.places:
        yield (with_rate(case, 1.0),)
    factors = [factor for factor in measured_rates(case.run) if factor > 1]
    if not factors and "schedule" not in case.places:
        raise NoRemedy("no higher rate got further")
    for factor in factors[:2]:
        yield (with_rate(case, factor),)
