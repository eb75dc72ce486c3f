"""Let early stopping wait for the right turn.

A callback that waits for a loss to rise, or for an accuracy to fall, ends the training when it is getting better.

Source: Keras documentation, EarlyStopping
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.edits import StopEarly
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe", certain=("stopped-too-early",))
def fix_early_stopping(case: Case) -> Iterable[Candidate]:
    """The validation loss, its minimum, at the best weights."""
    if "EarlyStopping" not in case.places:
        raise NoRemedy("early stopping waits for what it should")
    yield (StopEarly(max(5, case.spec.fit["epochs"] // 10), mode="min"),)
