"""Tell the loss that it gets logits.

A net may leave the softmax or sigmoid to its loss, which computes both together and more exactly; the loss has to be
told.

Source: Keras documentation, from_logits
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.remedies.heads import head_of, told_of_logits
from trainwell.remedies.remedy import remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe", certain=("missing-output-activation",))
def from_logits(case: Case) -> Iterable[Candidate]:
    """The loss as it is, but for that."""
    yield (told_of_logits(case, head_of(case), from_logits=True),)
