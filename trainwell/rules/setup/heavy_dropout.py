"""Dropout takes so many of a layer's outputs that little is left to learn from.

Symptom
-------
The training loss stays high and noisy, far above the loss of the same rows once dropout is off; the model underfits.

Why it happens
--------------
Each step sees a random part of the layer. What a unit adds is buried in the noise of those that are missing: with few
units left, their sum differs from step to step by as much as it says.

How it is measured
------------------
The rate of each dropout layer, and of the dropout within recurrent layers and attention, beside the number of units (or
channels) that it leaves. A high rate on a wide layer still leaves enough of them, and is common before the last layer;
it is only mentioned, and so are rates that are merely higher than usual.

Known limits
------------
What a rate costs hangs on the task; on small and noisy data a high one may be right. Rates that a subclassed model
gives to functions are not seen.

References:
----------
Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", JMLR 15 (2014), section 7.3: the
error is flat while 0.4 to 0.8 of the units are kept. Wang et al., "Temporal segment networks", arXiv 1608.00859 (2016),
for a high rate on a wide layer. Schoop et al., UMLAUT, CHI 2021; Nikanjam et al., NeuraLint, TOSEM 2021.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainwell.rule import NotApplicable, Threshold, evidence, rule
from trainwell.run import Graph
from trainwell.run.layer_kinds import DROPOUTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trainwell.rule import Evidence
    from trainwell.run import CallRecord, Run

RATE = Threshold(
    "rate",
    0.7,
    "share of units dropped",
    "above",
    "Srivastava et al. (2014), 7.3: flat while 0.4 to 0.8 of the units are kept; 0.7 is the highest rate in wide use",
)
KEPT = Threshold(
    "kept",
    200,
    "units left",
    "below",
    "Wang et al. (2016): a rate of 0.8 on 1,024 units, which leaves 205, serves well",
)
UNUSUAL = Threshold(
    "unusual",
    0.6,
    "share of units dropped",
    "above",
    "Srivastava et al. (2014), 7.3; UMLAUT and NeuraLint warn from 0.5 on",
)
_RATES = {"dropout": "dropout", "recurrent_dropout": "recurrent dropout"}


@rule(
    id="TW115",
    family="setup",
    severity="serious",
    fault_if=RATE & KEPT,
    advice_if=UNUSUAL,
    needs=("model.calls",),
    remedies=("less-dropout",),
)
def heavy_dropout(run: Run) -> list[Evidence]:
    """Reads the rates of dropout."""
    graph = Graph.of(run)
    found = []
    for call in graph.calls:
        for rate, what, units in _rates(call):
            left = units * (1 - rate)
            says = f"{what} {call.place!r} drops {rate:.0%} of {units} units and leaves about {left:.0f}."
            found.append(evidence(call.place, (rate, RATE), (left, KEPT), says=says))
            found.append(evidence(call.place, (rate, UNUSUAL), says=says))
    if not found:
        raise NotApplicable("the model has no dropout")
    return found


def _rates(call: CallRecord) -> Iterator[tuple[float, str, int]]:
    """Rate, what it is called, and the units that it acts on."""
    if not call.of_keras:
        return
    config: dict[str, Any] = call.config
    units = int(call.units or 1)
    if call.kind in DROPOUTS and _is_rate(config.get("rate")):
        yield float(config["rate"]), f"The {call.kind}", units
        return
    inner = config.get("layer")
    if call.kind == "Bidirectional" and isinstance(inner, dict):
        config = inner.get("config") or {}
        units = int(config.get("units") or units)
    for key, name in _RATES.items():
        if _is_rate(config.get(key)):
            width = units if key == "recurrent_dropout" or call.kind == "MultiHeadAttention" else _width(call)
            yield float(config[key]), f"The {name} of", width


def _width(call: CallRecord) -> int:
    return int((call.input_shapes[0][-1] if call.input_shapes else None) or 1)


def _is_rate(setting: Any) -> bool:
    return isinstance(setting, (int, float)) and 0 < setting < 1
