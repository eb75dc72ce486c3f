"""Divide the inputs by their largest size.

Pixels from 0 to 255 share a unit and a range that is known before: dividing by it brings them to [0, 1], the same for
any data.

Source: Chollet, "Deep Learning with Python", 2nd edition (2021), chapter 8
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trainwell.edits import DivideInputs
from trainwell.edits.arrays import array_of
from trainwell.remedies.data.normalize_inputs import share_a_unit
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe")
def rescale_inputs(case: Case) -> Iterable[Candidate]:
    """One edit, for an input of pixels."""
    x = array_of(case.spec.data["x"], "")
    size = float(np.nanmax(np.abs(x)))
    if not share_a_unit(x) or size <= 1:
        raise NoRemedy("the features do not share a unit, or are small already")
    yield (DivideInputs(255.0 if 128 < size <= 255 else size),)  # noqa: PLR2004 -- bytes
