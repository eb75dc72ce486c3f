"""Penalize weights less.

A penalty that is larger than the loss makes the net smaller rather than right. 0.0001 to 0.01 are usual.

Source: Krogh and Hertz, "A simple weight decay can improve generalization" (1992)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras

from trainwell.edits import ChangeLayers
from trainwell.remedies.penalties import penalized
from trainwell.remedies.remedy import remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe")
def weaker_penalty(case: Case) -> Iterable[Candidate]:
    """A hundredth and a thousandth of each."""
    for factor in (1e-2, 1e-3):
        yield tuple(
            ChangeLayers(names, {name: keras.regularizers.L1L2(factor * l1, factor * l2)})
            for (name, l1, l2), names in penalized(case).items()
        )
