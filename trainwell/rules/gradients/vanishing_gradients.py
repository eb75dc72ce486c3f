"""Gradients fade on their way back through the layers, so that the first ones hardly learn.

Symptom
-------
The loss stays near that of a constant answer, for long or for ever, while only the last layers learn.

Why it happens
--------------
A gradient passes through each layer on its way back and is multiplied by its weights and by the slope of its
activation. The slope of a sigmoid is 1/4 at most: ten of them leave a millionth. Weights that are too small do the same
to any activation.

How it is measured
------------------
The influence of each layer with a kernel on the loss: the size of its gradient times the size of its weights, the
median over the first steps, when nothing has been learned yet. A line through its logarithm over the depth tells how
many powers of ten are lost from the last layer to the first. Where all hidden layers have next to no influence, their
largest one is compared with the baseline's loss. Either is a fault only where the training also fails. In the first
case the loss stays above half of that of the best constant answer for half of the training, in the second it ends near
it. Where copies were trained on a single batch, they must have failed to learn it by heart too.

Known limits
------------
Depth is taken in the order in which layers are called, which mixes the branches of a net. What fades over the time
steps within a recurrent layer is not seen. A loss to which 0 is no perfect fit cannot be compared.

References:
----------
Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks" (2010). Zhang et al.,
"AUTOTRAINER", ICSE 2021. Amazon SageMaker Debugger, rule VanishingGradient.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trainwell.rule import NotApplicable, NotMeasured, Threshold, evidence, if_measured, rule
from trainwell.rules.causes import IN_DATA, ON_THE_WAY
from trainwell.run import Graph, by_place, by_variable, early_influence, faded, is_constant, progress
from trainwell.run.influence import FIRST

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import LossProgress, Run

FADED = Threshold("faded", 2.0, "powers of ten", "above", "benchmarks/rules.py")
INFLUENCE = Threshold("influence", 1e-5, "share of the baseline's loss", "below", "benchmarks/rules.py")
TYPICAL = Threshold("typical_loss", 0.5, "share of the baseline's loss", "above", "benchmarks/rules.py")
LEFT = Threshold("loss_left", 0.9, "share of the baseline's loss", "above", "benchmarks/rules.py")
ONE_BATCH = Threshold(
    "one_batch",
    0.1,
    "share of the baseline's loss",
    "above",
    'Karpathy, "A recipe for training neural networks" (2019): a sound model overfits a single batch',
)
_ENTERING = 1e-4  # of the baseline's loss: a gradient that enters at the output
_FEWEST = 3  # layers


@rule(
    id="TW201",
    family="gradients",
    severity="serious",
    fault_if=(FADED & TYPICAL | INFLUENCE & LEFT) & if_measured(ONE_BATCH),
    needs=("model.calls", "signal:gradient_rms", "signal:weight_rms"),
    remedies=("relu-activation", "he-initialization", "batch-normalization", "self-normalization", "skip-connections"),
    explained_by=(
        *IN_DATA,
        *ON_THE_WAY,
        "unshuffled-data",
        "missing-output-activation",
        "activated-logits",
        "softmax-on-one-unit",
        "output-range-misses-targets",
        "loss-does-not-fit-task",
        "stacked-activations",
        "constant-initialization",
        "mismatched-initializer",
        "nothing-trainable",
        "collapsed-feature-map",
        "saturated-activations",
        "dying-relu",
        "exploding-gradients",
    ),
)
def vanishing_gradients(run: Run) -> list[Evidence]:
    """Measures the influence of layers over depth."""
    reached = progress(run)
    early = early_influence(run)
    if not early and by_place(run, "gradient_rms"):
        raise NotMeasured("no gradient of the first steps is finite")
    if len(early) < _FEWEST:
        raise NotApplicable(f"fewer than {_FEWEST} layers have a kernel that is trained")
    harm = _harm(run, reached)
    return [*_over_depth(early, reached, harm), *_throughout(run, early, reached, harm)]


def _harm(run: Run, reached: LossProgress) -> tuple[tuple[float, Threshold], ...]:
    probe = run.probes.one_batch
    return () if probe is None or probe.last is None else ((reached.share(probe.last), ONE_BATCH),)


def _over_depth(
    early: dict[str, float], reached: LossProgress, harm: tuple[tuple[float, Threshold], ...]
) -> list[Evidence]:
    powers = faded(early)
    if powers is None:
        return []
    first, last = (list(early)[at] for at in (0, -1))
    change = f"by a factor of about {10**powers:.2g}" if powers > 0 else "not at all"
    says = (
        f"Over the {len(early)} layers from {last!r} back to {first!r}, gradients fade {change}, and the loss stood "
        f"at {reached.typical:.0%} of that of a constant answer for half of the training."
    )
    series = tuple(f"gradient_rms/{place}/kernel" for place in (first, last))
    return [evidence(first, (powers, FADED), (reached.typical, TYPICAL), *harm, says=says, step=1, series=series)]


def _throughout(
    run: Run, early: dict[str, float], reached: LossProgress, harm: tuple[tuple[float, Threshold], ...]
) -> list[Evidence]:
    graph = Graph.of(run)
    hidden = {call.place for call in graph.hidden}
    inner = {place: value for place, value in early.items() if place in hidden}
    # An output layer that begins at 0 hands nothing back yet, a flat loss nothing at all; and where outputs are the
    # same for all rows there is nothing to learn from.
    silent = hidden.issuperset(early) or any(is_constant(run, call.place) for call in graph.calls)
    if not inner or silent or not _entering(run, hidden, early) > _ENTERING * reached.baseline:
        return []
    place = max(inner, key=lambda each: inner[each])
    share = inner[place] / reached.baseline
    says = (
        f"No hidden layer has more influence on the loss than {place!r}: moving its weights by their own size along "
        f"the gradient would change the loss by {share:.2g} times that of a constant answer."
    )
    series = (f"gradient_rms/{place}/kernel",)
    return [evidence(place, (share, INFLUENCE), (reached.left, LEFT), *harm, says=says, step=1, series=series)]


def _entering(run: Run, hidden: set[str], early: dict[str, float]) -> float:
    """The gradient that the loss sends into the output layers: of their biases, or the influence of their kernels."""
    biases = [
        float(np.nanmedian(series.values[:FIRST]))
        for place, series in by_variable(run, "gradient_rms", "bias").items()
        if place not in hidden
    ]
    return max([*biases, *(value for place, value in early.items() if place not in hidden)], default=0.0)
