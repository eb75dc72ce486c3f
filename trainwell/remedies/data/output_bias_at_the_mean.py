"""Begin the output's bias at the mean of the target.

The first steps of a training otherwise go into learning a constant. It does not help with the spread of the target.

Source: Karpathy, "A recipe for training neural networks" (2019)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
import numpy as np

from trainwell.edits import ChangeLayers
from trainwell.edits.arrays import array_of
from trainwell.remedies.heads import head_of, path_of, target_of
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe")
def output_bias_at_the_mean(case: Case) -> Iterable[Candidate]:
    """One edit, for a head with a bias."""
    head = head_of(case)
    call = head.call
    if call is None or "bias_initializer" not in call.config:
        raise NoRemedy("the output has no bias that could begin elsewhere")
    mean = float(np.nanmean(array_of(case.spec.data["y"], target_of(head))))
    yield (ChangeLayers((path_of(call),), {"bias_initializer": keras.initializers.Constant(mean)}),)
