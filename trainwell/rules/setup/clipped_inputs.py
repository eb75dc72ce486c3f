"""An activation before the first weights turns many different input values into one and the same.

Symptom
-------
The training runs and the loss falls, but ends well above what simple models reach on the same data.

Why it happens
--------------
An activation belongs behind weights, which decide what it cuts off. In front of them it cuts the inputs themselves: a
ReLU turns every negative value of standardised inputs into 0, and a sigmoid turns nearly every pixel from 0 to 255 into
1. No later layer can tell these values apart.

How it is measured
------------------
Up to 256 rows pass through the model before the training, in inference mode. For each activation that no weights come
before, and that no branch leads around, it is counted how many values became its lowest or its highest output, though
they were different values. The commonest value of each is not counted: zeros that stay zeros lose nothing.

Known limits
------------
A function of the user's own is not looked at. Inputs that are clipped on purpose, as negative prices are, are named
too.

References:
----------
LeCun et al., "Efficient BackProp" (1998), section 4.3: inputs should be centred around 0, of which a ReLU leaves half.
Goodfellow, Bengio and Courville, "Deep Learning" (2016), section 6.3, on hidden units.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.rule import NotApplicable, Threshold, evidence, need, rule

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import FirstActivationRecord, Run

LOST = Threshold(
    "lost",
    0.2,
    "share of values",
    "above",
    "by definition 0 for an activation that keeps its inputs apart; a ReLU on standardised inputs loses half",
)


@rule(
    id="TW125",
    family="setup",
    severity="serious",
    fault_if=LOST,
    needs=("experiment:first_activation",),
    remedies=("remove-first-activation",),
    proof="facts",
)
def clipped_inputs(run: Run) -> list[Evidence]:
    """Measures the share of input values that an activation before the first weights makes equal."""
    record = need(run.experiments.first_activation, "the experiment first_activation")
    found = [_evidence(each, each.lost) for each in record.layers if each.lost is not None]
    if not found:
        raise NotApplicable("no activation comes before the first weights")
    return found


def _evidence(layer: FirstActivationRecord, lost: float) -> Evidence:
    given = f"values from {layer.minimum:.3g} to {layer.maximum:.3g}"
    ends = f"{layer.low:.3g}" if layer.high == layer.low else f"{layer.low:.3g} or {layer.high:.3g}"
    cut_above = layer.maximum > layer.high + 1e-6 * abs(layer.high)  # else its upper end is that of the inputs
    says = (
        f"{layer.place!r} ({layer.kind}) comes before the first weights and turns {lost:.0%} of the inputs, {given}, "
        f"into {ends if cut_above else f'{layer.low:.3g}'}"
    )
    says += ": no later layer can tell them apart." if lost > LOST.value else "."
    return evidence(layer.place, (lost, LOST), says=says)
