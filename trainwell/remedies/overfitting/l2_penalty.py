"""Penalize large weights.

Small weights make a smooth function; the penalty asks each for what it is worth.

Source: Krogh and Hertz, "A simple weight decay can improve generalization" (1992)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras

from trainwell.edits import ChangeLayers
from trainwell.remedies.hidden import hidden_layers, paths
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe")
def l2_penalty(case: Case) -> Iterable[Candidate]:
    """At 0.001 and 0.01 on the hidden kernels."""
    calls = [call for call in hidden_layers(case, recurrent=True) if not call.config.get("kernel_regularizer")]
    able = [call for call in calls if "kernel_regularizer" in call.config]
    if not able:
        raise NoRemedy("every hidden kernel is penalized already")
    for strength in (1e-3, 1e-2):
        yield (ChangeLayers(paths(able), {"kernel_regularizer": keras.regularizers.L2(strength)}),)
