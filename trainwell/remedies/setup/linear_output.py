"""End without an activation.

An output that is a value, or a logit, may be any number: a ReLU, sigmoid or tanh behind it cuts off what the target
asks for.

Source: Goodfellow, Bengio and Courville, "Deep Learning" (2016), section 6.2.2
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.remedies.heads import head_of, with_activation
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe", certain=("output-range-misses-targets",))
def linear_output(case: Case) -> Iterable[Candidate]:
    """The output's activation goes."""
    edits = with_activation(case, head_of(case), "linear")
    if not edits:
        raise NoRemedy("the output has no activation that could go")
    yield edits
