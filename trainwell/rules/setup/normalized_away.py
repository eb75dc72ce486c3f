"""A normalization works along an axis of size 1: whatever comes in, the same comes out.

Symptom
-------
All predictions are alike, and accuracy is the share of one class. Without the normalization the net learns.

Why it happens
--------------
Layer normalization subtracts the mean over its axis and divides by the deviation. Of a single number the mean is the
number itself, so the output is 0 plus the bias. Inputs of shape `(steps, 1)` normalized over the last axis lose
everything; so does a unit normalization, of which only the sign is left.

How it is measured
------------------
For each `LayerNormalization`, `RMSNormalization` and `UnitNormalization`, the number of values that it normalizes over.

Known limits
------------
A normalization that the user's own code calls as a function is not seen.

References:
----------
Ba, Kiros and Hinton, "Layer normalization", arXiv 1607.06450 (2016).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from trainwell.rule import NotApplicable, Threshold, evidence, rule
from trainwell.run import Graph

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import CallRecord, Run

ALONE = Threshold("values", 2, "values", "below", "by definition: one value less its own mean is 0")
_KINDS = frozenset({"LayerNormalization", "RMSNormalization", "UnitNormalization"})


@rule(
    id="TW130",
    family="setup",
    severity="fatal",
    fault_if=ALONE,
    needs=("model.calls",),
    remedies=("remove-collapsing-layer", "keep-rows-apart"),
    proof="facts",
)
def normalized_away(run: Run) -> list[Evidence]:
    """Measures the number of values that each normalization works over."""
    found = []
    for call in Graph.of(run).calls:
        values = _values(call)
        if values is not None:
            number = f"{values} value{'s' if values != 1 else ''}"
            says = f"{call.place!r} normalizes over {number}" + (
                ": all that it gives is 0, or a sign." if values == 1 else "."
            )
            found.append(evidence(call.place, (values, ALONE), says=says))
    if not found:
        raise NotApplicable("no layer normalizes the values of one row")
    return found


def _values(call: CallRecord) -> int | None:
    if call.kind not in _KINDS or not call.of_keras:
        return None
    axes = call.config.get("axis", -1)
    sizes = [
        call.shape[axis] for axis in (axes if isinstance(axes, (list, tuple)) else [axes]) if axis < len(call.shape)
    ]
    return math.prod(sizes) if sizes and all(isinstance(each, int) for each in sizes) else None
