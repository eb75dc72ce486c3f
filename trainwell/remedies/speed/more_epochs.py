"""Train for more epochs, until the validation loss gets no better.

A loss that is still falling at the end was not done. Early stopping ends the training where it is.

Source: Géron, "Hands-On Machine Learning", chapter on training deep networks
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from trainwell.edits import ChangeFit, StopEarly
from trainwell.remedies.remedy import remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


_STEPS = 1000
_MOST = 30  # times as many epochs


@remedy(safety="safe", certain=("stopped-too-early",))
def more_epochs(case: Case) -> Iterable[Candidate]:
    """Four times as many, and enough for a thousand steps."""
    epochs, in_epoch = case.spec.fit["epochs"], case.spec.steps_per_epoch
    more = int(min(_MOST * epochs, max(4 * epochs, math.ceil(_STEPS / in_epoch))))
    yield (ChangeFit({"epochs": more}), StopEarly(max(5, more // 5)))
