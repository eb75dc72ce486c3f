"""Lower the learning rate.

Steps that are too large jump over the valley instead of going down into it, and grow until the loss is no number. The
rates that are proposed are those at which short trainings from the same weights got furthest; without such
measurements a tenth and a hundredth of the rate.

Source: Godbole et al., "Deep learning tuning playbook" (2023); Bengio, "Practical recommendations for gradient-based
training of deep architectures", arXiv 1206.5533 (2012).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.remedies.rates import measured_rates, with_rate
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case

_UNMEASURED = (0.1, 0.01)


@remedy(safety="safe")
def lower_learning_rate(case: Case) -> Iterable[Candidate]:
    """The best of the lower rates that were measured, and the one beside it."""
    factors = [factor for factor in measured_rates(case.run) if factor < 1]
    if not factors and measured_rates(case.run):
        raise NoRemedy("no lower rate got further")
    for factor in (factors or _UNMEASURED)[:2]:
        yield (with_rate(case, factor),)
