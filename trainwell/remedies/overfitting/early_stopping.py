"""Stop when the validation loss gets no better, and keep the best weights.

From the best epoch on, a net learns what is particular to its rows. Nothing is lost by going back to it.

Source: Prechelt, "Early stopping, but when?" (1998)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras

from trainwell.edits import StopEarly
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe", certain=("trained-past-best-epoch", "overfitting"))
def early_stopping(case: Case) -> Iterable[Candidate]:
    """With a patience of a fifth of the epochs: too short a one ends a noisy course before its best."""
    stops = [each for each in case.spec.fit.get("callbacks") or [] if isinstance(each, keras.callbacks.EarlyStopping)]
    if any(each.restore_best_weights for each in stops):
        raise NoRemedy("the training ends at its best epoch already")
    yield (StopEarly(max(5, case.spec.fit["epochs"] // 5)),)
