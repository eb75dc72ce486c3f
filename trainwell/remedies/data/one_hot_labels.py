"""Turn class numbers into one-hot rows.

For a loss that has no sparse form, such as the focal one.

Source: Keras documentation, to_categorical
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.edits import OneHotLabels
from trainwell.remedies.heads import head_of, target_of
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe")
def one_hot_labels(case: Case) -> Iterable[Candidate]:
    """One edit, where the targets are class numbers."""
    head = head_of(case)
    if head.target and head.target.one_hot:
        raise NoRemedy("the targets are one-hot rows already")
    yield (OneHotLabels(head.units, target_of(head)),)
