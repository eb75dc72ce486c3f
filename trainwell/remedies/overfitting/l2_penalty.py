"""Penalize large weights.

Small weights make a smooth function; the penalty asks each for what it is worth.

Source: Krogh and Hertz, "A simple weight decay can improve generalization" (1992)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras

from trainwell.remedies.penalties import with_penalty
from trainwell.remedies.remedy import remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe")
def l2_penalty(case: Case) -> Iterable[Candidate]:
    """At 0.001 and 0.01 on the hidden kernels."""
    for edit in with_penalty(case, keras.regularizers.L2, (1e-3, 1e-2)):
        yield (edit,)
