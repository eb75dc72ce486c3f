"""Tell the loss that it gets probabilities.

With from_logits=True the loss puts a softmax or sigmoid behind the one that is there: its answers can then never be
sure, and the slopes are small.

Source: Keras documentation, from_logits
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.remedies.heads import head_of, told_of_logits
from trainwell.remedies.remedy import remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe", certain=("activated-logits",))
def no_from_logits(case: Case) -> Iterable[Candidate]:
    """The loss as it is, but for that."""
    yield (told_of_logits(case, head_of(case), from_logits=False),)
