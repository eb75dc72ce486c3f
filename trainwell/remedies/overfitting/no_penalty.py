"""Penalize no weights.

Where rows are many, or early stopping ends the training, a penalty may not be needed at all.

Source: Krogh and Hertz, "A simple weight decay can improve generalization" (1992)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.edits import ChangeLayers
from trainwell.remedies.penalties import penalized
from trainwell.remedies.remedy import remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe")
def no_penalty(case: Case) -> Iterable[Candidate]:
    """All of them go."""
    yield tuple(ChangeLayers(names, {name: None}) for (name, *_), names in penalized(case).items())
