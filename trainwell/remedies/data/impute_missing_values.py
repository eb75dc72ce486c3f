"""Put the feature's mean in the place of missing inputs.

A single NaN makes a batch's loss, and by its gradients every weight, NaN. Where values are missing here and there,
the mean of the training rows keeps the rest of the row.

Source: Little and Rubin, "Statistical analysis with missing data" (2002), chapter 4
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trainwell.edits import ImputeInputs
from trainwell.remedies.remedy import NoRemedy, remedy
from trainwell.trees import named

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe", certain=("non-finite-inputs",))
def impute_missing_values(case: Case) -> Iterable[Candidate]:
    """One edit for each input with missing values."""
    edits = tuple(
        ImputeInputs(name)
        for name, x in named(case.spec.data["x"]).items()
        if x.dtype.kind == "f" and not np.isfinite(x).all()
    )
    if not edits:
        raise NoRemedy("no input misses a value")
    yield edits
