"""Let weights that are not needed be 0.

A penalty on the weights' magnitudes pulls each towards 0 with the same force, small ones too: many end there, and what
is left is sparse. A penalty on their squares shrinks the large ones and leaves all in play.

Source: Tibshirani, "Regression shrinkage and selection via the lasso" (1996); Géron, "Hands-On Machine Learning",
chapter on training deep networks
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
def l1_penalty(case: Case) -> Iterable[Candidate]:
    """At 0.0001 on the hidden kernels."""
    for edit in with_penalty(case, keras.regularizers.L1, (1e-4,)):
        yield (edit,)
