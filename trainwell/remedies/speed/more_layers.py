"""Add a hidden layer.

One layer more bends what the others cannot.

Source: Goodfellow, Bengio and Courville, "Deep Learning" (2016), section 6.4
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.edits import InsertLayers
from trainwell.remedies.hidden import DEEP, hidden_layers, last_before_weights
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="unsafe")
def more_layers(case: Case) -> Iterable[Candidate]:
    """Behind the last hidden one, as wide as it."""
    calls = [call for call in hidden_layers(case) if call.kind == "Dense" and isinstance(call.config.get("units"), int)]
    if not calls:
        raise NoRemedy("there is no hidden dense layer to add one behind")
    if len(calls) >= DEEP:
        raise NoRemedy(f"{len(calls)} hidden layers are not too few")
    last = calls[-1]
    arguments = {"units": last.config["units"], "activation": "relu", "kernel_initializer": "he_normal"}
    yield (InsertLayers("Dense", last_before_weights(case, [last]), (), arguments),)
