"""Train for more steps.

The averages of batch normalization need steps to settle, and so does the net.

Source: Keras documentation, BatchNormalization
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.edits import ChangeFit
from trainwell.remedies.remedy import remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe")
def train_longer(case: Case) -> Iterable[Candidate]:
    """Four times as many epochs."""
    yield (ChangeFit({"epochs": 4 * case.spec.fit["epochs"]}),)
