"""Judge class numbers by the sparse categorical cross-entropy.

The other losses of classes take one-hot rows; a column of numbers in their place is broadcast, and nothing is said.

Source: Keras documentation, SparseCategoricalCrossentropy
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.remedies.heads import head_of, with_loss, with_metrics
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe", certain=("wrong-label-encoding",))
def sparse_loss(case: Case) -> Iterable[Candidate]:
    """One edit, where the targets are class numbers."""
    head = head_of(case)
    if (head.target and head.target.one_hot) or head.units < 2:  # noqa: PLR2004 -- a unit for each class
        raise NoRemedy("the targets are one-hot rows, or one unit tells the class")
    yield (*with_loss(case, head, "sparse_categorical_crossentropy"), *with_metrics(case, head, "multi-class"))
