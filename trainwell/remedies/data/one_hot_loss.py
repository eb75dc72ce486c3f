"""Judge one-hot rows by the categorical cross-entropy.

The sparse loss takes class numbers: given a one-hot row, it takes each of its zeros and ones for one.

Source: Keras documentation, CategoricalCrossentropy
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.remedies.heads import head_of, with_loss, with_metrics
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe", certain=("wrong-label-encoding",))
def one_hot_loss(case: Case) -> Iterable[Candidate]:
    """One edit, where the targets are one-hot rows."""
    head = head_of(case)
    if not (head.target and head.target.one_hot):
        raise NoRemedy("the targets are no one-hot rows")
    yield (*with_loss(case, head, "categorical_crossentropy"), *with_metrics(case, head, "multi-class"))
