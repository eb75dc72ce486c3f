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
end. Units may also die without being missed, in a wide layer on an easy task; so it is a fault only where much of a
constant answer's loss is left. Units that die only after gradients had vanished already, before the first update, are a
consequence and not reported; neither are units of a layer whose inputs are the same for all rows. Where most units were
dead before the first step already, they are reported in any case.

Known limits
------------
A unit that fires for one row in ten thousand counts as dead. A net that lost most of its units and yet learned
something is silent, though it could do better. ReLUs that a subclassed model calls as functions are not seen.

References:
----------
Lu et al., "Dying ReLU and initialization", arXiv 1903.06733 (2019). Amazon SageMaker Debugger, rule DeadRelu.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.rule import NotApplicable, NotMeasured, Threshold, evidence, if_measured, rule
from trainwell.rules.causes import IN_DATA, ON_THE_WAY
from trainwell.run import Graph, by_place, early_influence, is_constant, progress

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import LossProgress, Run

_RELUS = ("relu", "relu6")
UNITS = Threshold(
    "units",
    0.7,
    "share of units",
    "above",
    "DeepDiagnosis (ICSE 2022) and AUTOTRAINER (ICSE 2021): dead where 70 % and more are zero",
)
BORN = Threshold("units_at_first", UNITS.value, UNITS.unit, UNITS.direction, UNITS.source)
ALIVE = Threshold("influence", 1e-5, "share of the baseline's loss", "above", "as of vanishing-gradients")
LEFT = Threshold("loss_left", 0.5, "share of the baseline's loss", "above", "benchmarks/rules.py")


@rule(
    id="TW203",
    family="gradients",
    severity="serious",
    fault_if=BORN & UNITS & LEFT | UNITS & LEFT & if_measured(ALIVE),
    needs=("model.calls", "signal:inference/output_zero_units"),
    remedies=("lower-learning-rate", "he-initialization", "leaky-activation", "more-units"),
    explained_by=(
        *IN_DATA,
        *ON_THE_WAY,
        "unshuffled-data",
        "output-range-misses-targets",
        "loss-does-not-fit-task",
        "broadcast-target",
        "stacked-activations",
        "constant-initialization",
        "mismatched-initializer",
        "collapsed-feature-map",
        "exploding-gradients",
        "learning-rate-too-high",
        "over-regularized",
    ),
)
def dying_relu(run: Run) -> list[Evidence]:
    """Measures the share of dead units behind each ReLU."""
    dead = by_place(run, "inference/output_zero_units")
    calls = [call for call in Graph.of(run).calls if call.activation is not None and call.activation.name in _RELUS]
    if not calls:
        raise NotApplicable("no layer has a ReLU")
    seen = [call for call in calls if call.place in dead]
    if not seen:
        raise NotMeasured("the outputs of the layers with a ReLU were not looked at")
    reached = progress(run)
    alive = _alive(run, reached)
    found = []
    for call in seen:
        place = call.place
        if any(is_constant(run, each, at) for each in call.inputs for at in (0, -1)):
            continue  # 0 for want of anything to fire at: behind another dead layer, or data that say nothing
        first, last = (float(dead[place].values[at]) for at in (0, -1))
        says = (
            f"{last:.0%} of the units of {place!r} give 0 for every input looked at, after {first:.0%} before the "
            f"first step, and the loss ends at {reached.left:.0%} of that of a constant answer."
        )
        series = (f"inference/output_zero_units/{place}",)
        born = ((first, BORN), (last, UNITS), (reached.left, LEFT))
        died = ((last, UNITS), (reached.left, LEFT), *alive)
        found += [evidence(place, *each, says=says, series=series) for each in (born, died)]
    return found


def _alive(run: Run, reached: LossProgress) -> tuple[tuple[float, Threshold], ...]:
    """The largest influence of a layer on the loss before any update; none where gradients were not read."""
    first = early_influence(run, steps=1)
    return ((max(first.values()) / reached.baseline, ALIVE),) if first else ()
