"""Penalize weights less.

A penalty that is larger than the loss makes the net smaller rather than right. 0.0001 to 0.01 are usual.

Source: Krogh and Hertz, "A simple weight decay can improve generalization" (1992)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras

from trainwell.edits import ChangeLayers, ChangeOptimizer
from trainwell.remedies.penalties import penalized
from trainwell.remedies.remedy import remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


_USUAL_DECAY = 0.004  # Keras's own default of AdamW


@remedy(safety="safe")
def weaker_penalty(case: Case) -> Iterable[Candidate]:
    """A usual weight decay of the optimizer; a hundredth and a thousandth of each penalty."""
    optimizer = case.run.compile.optimizer
    decay = optimizer.config.get("weight_decay") if optimizer else None
    if isinstance(decay, (int, float)) and decay > 10 * _USUAL_DECAY:
        yield (ChangeOptimizer({"weight_decay": _USUAL_DECAY}),)
        if not any(call.config.get("kernel_regularizer") for call in case.run.model.calls or ()):
            return
    for factor in (1e-2, 1e-3):
        yield tuple(
            ChangeLayers(names, {name: keras.regularizers.L1L2(factor * l1, factor * l2)})
            for (name, l1, l2), names in penalized(case).items()
        )
