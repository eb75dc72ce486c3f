"""Leave out the rows in which a value is missing.

A target that is NaN or infinite says nothing and makes every weight NaN; so does such an input.

Source: Little and Rubin, "Statistical analysis with missing data" (2002), chapter 3
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.edits import DropMissingRows
from trainwell.remedies.remedy import remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe", certain=("non-finite-targets", "non-finite-inputs"))
def drop_missing_rows(case: Case) -> Iterable[Candidate]:
    """One edit."""
    del case
    yield (DropMissingRows(),)
