"""Inputs that are already small are scaled down once more by the model.

Symptom
-------
The loss hardly moves for many epochs, with data that others train on in a few. In use, with unscaled data, the model is
fine or worse for no visible reason.

Why it happens
--------------
Pictures are divided by 255 while they are loaded, and the model begins with `Rescaling(1 / 255)` as well. All pixels
then lie between 0 and 0.004, and the first weights see next to no difference between two pictures.

How it is measured
------------------
Up to 256 rows pass through the model before the training. For each `Rescaling` before the first weights, the range of
the values that it is given is compared with the range that it returns. Where a normalization follows it does not
matter.

Known limits
------------
A division in the user's own code is seen only in the data; `unscaled-inputs` names inputs that are too small for
whatever reason.

References:
----------
Keras, "Rescaling layer": "to rescale an input in the [0, 255] range to be in the [0, 1] range, pass scale=1./255".
LeCun et al., "Efficient BackProp" (1998), section 4.3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.rule import NotApplicable, Threshold, evidence, need, rule

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import Run

GIVEN = Threshold(
    "given", 10.0, "range of values", "below", "AUTOTRAINER (ICSE 2021): inputs of magnitude 10 are in need of scaling"
)
LEFT = Threshold(
    "left", 0.05, "range of values", "below", "a twentieth of [0, 1]; 1 / 255 leaves 0.004 and 2 / 255 0.008"
)


@rule(
    id="TW126",
    family="setup",
    severity="serious",
    fault_if=GIVEN & LEFT,
    needs=("experiment:first_activation",),
    remedies=("scale-once",),
    proof="facts",
)
def rescaled_twice(run: Run) -> list[Evidence]:
    """Measures the range of values in front of each `Rescaling` before the first weights, and behind it."""
    record = need(run.experiments.first_activation, "the experiment first_activation")
    found = []
    for layer in record.layers:
        given, left = layer.maximum - layer.minimum, layer.high - layer.low
        if layer.kind != "Rescaling" or layer.normalized or not given > 0:
            continue
        says = (
            f"{layer.place!r} is given values from {layer.minimum:.3g} to {layer.maximum:.3g} and rescales them to "
            f"{layer.low:.3g} to {layer.high:.3g}"
        )
        twice = given < GIVEN.value and left < LEFT.value
        says += ": the inputs were already scaled, and are scaled twice." if twice else "."
        found.append(evidence(layer.place, (given, GIVEN), (left, LEFT), says=says))
    if not found:
        raise NotApplicable("no Rescaling without a normalization behind it comes before the first weights")
    return found
