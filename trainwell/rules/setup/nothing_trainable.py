"""No weight of the model is trained.

Symptom
-------
The loss is the same in every epoch, whatever the learning rate.

Why it happens
--------------
The model, or every layer of it that has weights, is frozen (`trainable = False`): after fine-tuning, after loading, or
because the head was built within the part that was frozen.

How it is measured
------------------
By counting the numbers that an optimizer may change.

Known limits
------------
Layers that are trainable and yet never reached by a gradient are not seen here.

References:
----------
Keras, "Transfer learning and fine-tuning" (guide).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.rule import Threshold, evidence, need, rule

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import Run

TRAINABLE = Threshold(
    "trainable", 1, "parameters", "below", "without one there is nothing that an optimizer can change"
)


@rule(
    id="TW120",
    family="setup",
    severity="fatal",
    fault_if=TRAINABLE,
    needs=("model.trainable_parameters",),
    remedies=("unfreeze",),
    proof="facts",
)
def nothing_trainable(run: Run) -> list[Evidence]:
    """Counts trainable parameters."""
    trainable = need(run.model.trainable_parameters, "model.trainable_parameters")
    parameters = run.model.parameters or 0
    says = f"{trainable:,} of the model's {max(parameters, trainable):,} parameters are trainable."
    return [evidence("", (trainable, TRAINABLE), says=says)]
