"""Validate on rows that were prepared as the training rows were.

Which preparation the validation rows have had is not known here, so that they cannot be brought to that of the
training rows: some of the training rows validate instead.

Source: scikit-learn documentation, "Common pitfalls"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.remedies.remedy import remedy
from trainwell.remedies.splits import new_split

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe", certain=("validation-scaled-differently",))
def same_preprocessing(case: Case) -> Iterable[Candidate]:
    """One edit: as many training rows as validate now, at most a fifth of them."""
    yield (new_split(case, pooled=False),)
