"""Shuffle the rows in each epoch.

Rows in the order of their classes make each batch of one class: the net unlearns in each what it learned in the one
before.

Source: Goodfellow, Bengio and Courville, "Deep Learning" (2016), section 8.1.3
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.edits import ChangeFit
from trainwell.remedies.remedy import remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe", certain=("unshuffled-data",))
def shuffle(case: Case) -> Iterable[Candidate]:
    """One edit."""
    del case
    yield (ChangeFit({"shuffle": True}),)
