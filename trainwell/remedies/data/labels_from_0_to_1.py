"""Number the two classes 0 and 1.

Labels of -1 and 1 come from support vector machines. The binary cross-entropy of a -1 falls without end as the answer
becomes surer: its gradient points away from the truth.

Source: Keras documentation, BinaryCrossentropy
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.edits import ReindexLabels
from trainwell.remedies.heads import head_of, target_of
from trainwell.remedies.remedy import remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe", certain=("signed-labels",))
def labels_from_0_to_1(case: Case) -> Iterable[Candidate]:
    """One edit."""
    yield (ReindexLabels((-1, 1), target_of(head_of(case))),)
