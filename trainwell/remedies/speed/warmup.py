"""Begin with a lower rate.

The first gradients are the largest, and what they break stays broken; a rate that rises over the first steps bears a
higher one later. 1cycle does that.

Source: Goyal et al., "Accurate, large minibatch SGD", arXiv 1706.02677 (2017)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.edits import SetSchedule
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe")
def warmup(case: Case) -> Iterable[Candidate]:
    """1cycle with a third of the rate at its peak."""
    probe = case.run.probes.rates
    base = None if probe is None else probe.rate
    if not base:
        raise NoRemedy("no rate was measured")
    yield (SetSchedule("OneCycle", {"peak": float(f"{base / 3:.3g}")}),)
