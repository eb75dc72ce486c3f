"""Judge exclusive classes by a loss of exclusive classes.

A binary loss judges each class by itself: it learns, but more slowly, and the accuracy that Keras shows beside it
counts every zero of a one-hot row.

Source: Keras documentation, CategoricalCrossentropy
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.remedies.heads import head_of, with_activation, with_loss, with_metrics
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe", certain=("binary-loss-on-exclusive-classes",))
def categorical_loss(case: Case) -> Iterable[Candidate]:
    """Loss, activation and metrics."""
    head = head_of(case)
    if head.units < 2:  # noqa: PLR2004 -- a unit for each class
        raise NoRemedy("one unit tells no more than two classes")
    one_hot = head.target is not None and head.target.one_hot
    loss = "categorical_crossentropy" if one_hot or head.width > 1 else "sparse_categorical_crossentropy"
    activation = () if head.is_softmax else with_activation(case, head, "softmax")
    yield (*activation, *with_loss(case, head, loss), *with_metrics(case, head, "multi-class"))
