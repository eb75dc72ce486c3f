"""Bring the target to the range that its loss takes.

A loss of probabilities takes targets between 0 and 1: divide a target that is an amount by its largest value, or
choose a loss of values.

Source: Keras documentation, BinaryCrossentropy
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="manual")
def rescale_target(case: Case) -> Iterable[Candidate]:
    """Proposes nothing: it is for a person to do."""
    del case
    raise NoRemedy("no edit can do it")
