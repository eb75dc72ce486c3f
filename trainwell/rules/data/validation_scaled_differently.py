"""The validation inputs are on another scale than the training inputs.

Symptom
-------
The training goes well and the validation is no better than a guess, or its loss is huge from the first epoch on.

Why it happens
--------------
One part was standardized or divided by 255 and the other was not, or each was in a way of its own. The model sees
inputs such as it never met.

How it is measured
------------------
By feature, mean, deviation and root mean square of both parts: the share of features that lie elsewhere, many
deviations away or many times as large or small; and the ratio of the deviations of the median feature, the larger over
the smaller.

Known limits
------------
A difference of a factor of two is advice: time may have brought it. Channels in another order are not seen.

References:
----------
Breck et al., "Data validation for machine learning" (2019), on skew between the data of training and of serving.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from trainwell.rule import NotApplicable, Threshold, evidence, rule
from trainwell.run import number

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import Run

ELSEWHERE = Threshold("elsewhere", 0.25, "share of features", "above", "benchmarks/rules.py")
SCALE = Threshold("scale", 3.0, "", "above", "benchmarks/rules.py")
_MANY = 4  # features
HALF = Threshold("half", 1.8, "", "above", "benchmarks/rules.py")


@rule(
    id="TW012",
    family="data",
    severity="serious",
    fault_if=ELSEWHERE | SCALE,
    advice_if=HALF,
    needs=("data.inputs",),
    remedies=("normalize-inputs", "same-preprocessing"),
    proof="facts",
)
def validation_scaled_differently(run: Run) -> list[Evidence]:
    """Measures how far the inputs of both parts lie apart."""
    if run.data.split is None:
        raise NotApplicable("there are no validation rows")
    trained = {each.name: each for each in run.data.inputs or ()}
    found = []
    for name, moved in run.data.split.inputs.items():
        if moved is None or moved.elsewhere is None:
            continue
        of = "" if name == "x" else f" of {name!r}"
        one = trained[name]
        factor = number(moved.scale)
        says = (
            f"The validation inputs{of} are {number(moved.mean):.3g} ± {number(moved.deviation):.3g} and the training "
            f"inputs {number(one.mean):.3g} ± {number(one.deviation):.3g}; {moved.elsewhere:.0%} of the features lie "
            f"elsewhere, and the median feature deviates {_times(factor)}."
        )
        if len(one.feature_deviations) >= _MANY and factor > 0:  # few may narrow as time goes on, not half of many
            factor = max(factor, 1 / factor)
        found += [
            evidence(name, (moved.elsewhere, ELSEWHERE), says=says),
            evidence(name, (factor, SCALE), says=says),
            evidence(name, (factor, HALF), says=says),
        ]
    if not found:
        raise NotApplicable("no input of both parts varies")
    return found


def _times(scale: float) -> str:
    if not math.isfinite(scale):
        return "without bound"
    return f"{scale:.3g} times as much"
