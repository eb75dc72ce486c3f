"""Leave validation rows out that are training rows too.

The rows that are left tell how well the net answers what it has not seen.

Source: Kapoor and Narayanan, "Leakage and the reproducibility crisis in machine-learning-based science" (2023)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.edits import DropDuplicates
from trainwell.remedies.remedy import remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe")
def drop_duplicates(case: Case) -> Iterable[Candidate]:
    """One edit."""
    del case
    yield (DropDuplicates(),)
