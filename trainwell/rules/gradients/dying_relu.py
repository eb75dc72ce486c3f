"""Units of a layer are 0 for every input, so that no gradient reaches their weights.

Symptom
-------
The loss falls less than it could, or stands still. A layer's units give 0 whatever the input, and their weights no
longer move.

Why it happens
--------------
The slope of ReLU is 0 for negative inputs. A step that is too large, or biases that begin far below 0, can push a unit
so far that no input of the data set brings it back: its gradient is 0 from then on.

How it is measured
------------------
Behind each ReLU, the share of units that are exactly 0 for all of up to 512 training rows in inference mode, at the end
of the training. Before the first step some units are 0 too, by the luck of the draw; what counts is the state at the
end.

Known limits
------------
A unit that fires for one row in ten thousand counts as dead. Units that die and are not needed (a wide layer on an easy
task) do no harm, which is why only layers that lost most of their units are named. ReLUs that a subclassed model calls
as functions are not seen.

References:
----------
Lu et al., "Dying ReLU and initialization", arXiv 1903.06733 (2019). Amazon SageMaker Debugger, rule DeadRelu.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.rule import NotApplicable, Threshold, evidence, rule
from trainwell.views import Graph, by_place

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import Run

UNITS = Threshold(
    "units",
    0.7,
    "share of units",
    "above",
    "DeepDiagnosis (ICSE 2022) and AUTOTRAINER (ICSE 2021): dead where 70 % and more are zero",
)


@rule(
    id="TW203",
    family="gradients",
    severity="serious",
    thresholds=(UNITS,),
    needs=("model.calls", "signal:inference/output_zero_units"),
    remedies=("lower-learning-rate", "he-initialization", "leaky-activation"),
    explained_by=("TW0", "TW1", "learning-rate-too-high"),
)
def dying_relu(run: Run) -> list[Evidence]:
    """Measures the share of dead units behind each ReLU."""
    graph = Graph.of(run)
    dead = by_place(run, "inference/output_zero_units")
    found = []
    for call in graph.calls:
        if call.activation is None or call.activation.name not in {"relu", "relu6"} or call.place not in dead:
            continue
        share = float(dead[call.place].values[-1])
        says = f"{share:.0%} of the units of {call.place!r} give 0 for every input looked at."
        found.append(
            evidence(call.place, (share, UNITS), says=says, series=(f"inference/output_zero_units/{call.place}",))
        )
    if not found:
        raise NotApplicable("no layer has a ReLU")
    return found
