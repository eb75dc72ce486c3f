"""Let the rate rise and fall once over the training.

The 1cycle schedule bears a higher rate in its middle than a steady one would, and ends with small steps.

Source: Smith, "A disciplined approach to neural network hyper-parameters", arXiv 1803.09820 (2018)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.edits import SetSchedule
from trainwell.remedies.rates import measured_rates
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe")
def one_cycle(case: Case) -> Iterable[Candidate]:
    """With the best measured rate at its peak."""
    probe = case.run.probes.rates
    base = None if probe is None else probe.rate
    if not base:
        raise NoRemedy("no rate was measured")
    best = next(iter(measured_rates(case.run)), 1.0)
    yield (SetSchedule("OneCycle", {"peak": float(f"{base * best:.3g}")}),)
