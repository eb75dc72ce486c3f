"""Were frozen layers ever trained? Their biases and moving statistics tell: in a new layer these are as they begin.

Not good at: layers without a bias, and pretrained layers whose biases are all 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trainwell.engine import frozen_layers
from trainwell.run import FrozenLayersRecord

if TYPE_CHECKING:
    from trainwell.experiments.context import ExperimentContext


def frozen(context: ExperimentContext) -> FrozenLayersRecord | None:
    """Count the frozen layers with a bias, and those whose bias is 0 throughout.

    Returns:
        The record; `None` if no frozen layer has a kernel and a bias, or nothing in the model is trainable.
    """
    found = {
        place: not np.any(np.asarray(bias))
        for place, layer in frozen_layers(context.model)
        if getattr(layer, "kernel", None) is not None and (bias := getattr(layer, "bias", None)) is not None
    }
    if not found or not context.model.trainable_variables:
        return None
    new = [place for place, is_new in found.items() if is_new]
    return FrozenLayersRecord(layers=len(found), new=len(new), first=new[0] if new else "")
