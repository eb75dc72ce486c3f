"""Judge each label by itself.

Labels that go together are as many questions of yes or no.

Source: Keras documentation, BinaryCrossentropy
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.remedies.heads import head_of, with_activation, with_loss, with_metrics
from trainwell.remedies.remedy import remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe", certain=("softmax-on-multi-label",))
def binary_loss(case: Case) -> Iterable[Candidate]:
    """Loss, activation and metrics."""
    head = head_of(case)
    edits = (
        *with_activation(case, head, "sigmoid"),
        *with_loss(case, head, "binary_crossentropy"),
        *with_metrics(case, head, "multi-label"),
    )
    yield edits
