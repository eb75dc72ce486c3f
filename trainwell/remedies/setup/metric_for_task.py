"""Watch a metric that suits the target.

The accuracy of a regression counts exact hits, which do not happen; an error between class numbers and probabilities
has no meaning.

Source: Keras documentation, metrics
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.remedies.heads import head_of, with_metrics
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe", certain=("metric-does-not-fit-task",))
def metric_for_task(case: Case) -> Iterable[Candidate]:
    """One edit."""
    head = head_of(case)
    if head.task is None:
        raise NoRemedy("it is not known what the target asks for")
    yield with_metrics(case, head, head.task)
