"""Split rows that are each there once.

A row that validates and trains tells how well the net remembers. Copies, and rows that were repeated or augmented
before the split, are such rows.

Source: Kapoor and Narayanan, "Leakage and the reproducibility crisis in machine-learning-based science" (2023)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.remedies.remedy import remedy
from trainwell.remedies.splits import new_split, weights_of_copies

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe", certain=("leaked-validation",))
def split_before_copying(case: Case) -> Iterable[Candidate]:
    """The rows of both parts, each once, split anew; what copies of rare rows were for, class weights do."""
    yield (new_split(case, pooled=True, distinct=True), *weights_of_copies(case))
