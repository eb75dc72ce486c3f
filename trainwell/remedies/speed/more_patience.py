"""Let early stopping wait longer.

A validation loss is noisy: a few epochs without a better one mean little.

Source: Géron, "Hands-On Machine Learning", chapter on training deep networks
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras

from trainwell.edits import StopEarly
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe")
def more_patience(case: Case) -> Iterable[Candidate]:
    """Four times as long."""
    stops = [each for each in case.spec.fit.get("callbacks") or [] if isinstance(each, keras.callbacks.EarlyStopping)]
    if not stops:
        raise NoRemedy("nothing stops the training early")
    yield (StopEarly(max(5, 4 * stops[0].patience)),)
