"""Tell the loss that it gets probabilities.

With from_logits=True the loss puts a softmax or sigmoid behind the one that is there: its answers can then never be
sure, and the slopes are small.

Source: Keras documentation, from_logits
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.edits import ChangeCompile
from trainwell.remedies.heads import head_of, key_of
from trainwell.remedies.remedy import NoRemedy, remedy
from trainwell.remedies.setup.from_logits import LOSSES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe", certain=("activated-logits",))
def no_from_logits(case: Case) -> Iterable[Candidate]:
    """The loss by its name, which takes probabilities."""
    head = head_of(case)
    if head.loss_name not in LOSSES:
        raise NoRemedy("the loss is of the user's own")
    yield (ChangeCompile({"loss": head.loss_name}, key_of(case, head)),)
