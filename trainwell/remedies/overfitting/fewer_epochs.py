"""Train no longer than to the best epoch.

Where the best epoch is known, a training of that length needs no callback.

Source: Prechelt, "Early stopping, but when?" (1998)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trainwell.edits import ChangeFit
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe")
def fewer_epochs(case: Case) -> Iterable[Candidate]:
    """As many as the validation loss took to its minimum."""
    series = case.run.signals.get("validation/loss")
    if series is None or not np.isfinite(series.values).any():
        raise NoRemedy("there is no validation loss to tell the best epoch")
    yield (ChangeFit({"epochs": int(np.nanargmin(series.values)) + 1}),)
