"""Give the output a unit for each class.

Where labels are the numbers of their classes already, and go beyond the units, the output is too small.

Source: Keras documentation, SparseCategoricalCrossentropy
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.remedies.heads import class_count, head_of, with_units
from trainwell.remedies.remedy import remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="unsafe", certain=("labels-out-of-range",))
def more_output_units(case: Case) -> Iterable[Candidate]:
    """One edit, where the labels are not negative."""
    head = head_of(case)
    yield with_units(case, head, class_count(head))
