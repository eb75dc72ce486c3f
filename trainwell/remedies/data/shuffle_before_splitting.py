"""Draw the validation rows at random.

The end of a sorted file is not like the rest of it: classes or ranges are validated that were never trained on.

Source: Kohavi, "A study of cross-validation and bootstrap" (1995)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.remedies.remedy import remedy
from trainwell.remedies.splits import new_split

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe", certain=("unrepresentative-validation",))
def shuffle_before_splitting(case: Case) -> Iterable[Candidate]:
    """One edit, for as many rows as validate now."""
    yield (new_split(case, pooled=True),)
