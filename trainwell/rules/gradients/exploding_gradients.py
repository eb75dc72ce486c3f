"""Signals grow from layer to layer or from step to step, so that no rate suits all weights.

Symptom
-------
The first loss is far above that of a constant answer, gradients are huge, and the training jumps about, ends in NaN or
gets no further than a constant answer.

Why it happens
--------------
A net multiplies. Where each of many layers, residual blocks or time steps makes its input a little larger, outputs and
gradients grow as a power of their number.

How it is measured
------------------
At the first step, before any update, so that a rate that is too high is not mistaken for it: the influence of each
layer on the loss, the size of its gradient times the size of its weights, as a multiple of a constant answer's loss, or
of 1 where that is less: a network that is in order begins with outputs of about size 1, however small the targets are.
How much larger than the inputs a layer's outputs are. And for growth that sets in later: the largest norm of all
gradients beside those of the first steps, where the loss rises even at a hundredth of the rate. Each is a fault only
where the training ends no better than a constant answer. Large outputs are none where a tenth or a hundredth of the
rate, where they were tried, soon gets below a constant answer: the rate alone is at fault then.

Known limits
------------
A net whose growth is mastered by its optimizer is silent. What later growth comes from is not told.

References:
----------
Pascanu et al., "On the difficulty of training recurrent neural networks", arXiv 1211.5063 (2013). Zhang et al., "Fixup
initialization", arXiv 1901.09321 (2019), on residual nets. Zhang et al., "AUTOTRAINER", ICSE 2021.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from trainwell.rule import NotMeasured, Threshold, evidence, if_measured, rule
from trainwell.rules.causes import IN_DATA, ON_THE_WAY
from trainwell.run import Graph, by_place, influence, progress

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import LossProgress, Run

INFLUENCE = Threshold("influence", 500, "times the baseline's loss, or 1", "above", "benchmarks/rules.py")
GROWTH = Threshold("growth", 70, "times the inputs", "above", "AUTOTRAINER (ICSE 2021): a ratio over layers of 70")
SPIKE = Threshold("spike", 1e3, "times the first gradients", "above", "benchmarks/rules.py")
LEFT = Threshold("loss_left", 0.9, "share of the baseline's loss", "above", "benchmarks/rules.py")
RISEN = Threshold(
    "risen", 1.0, "times the first loss", "above", "a loss that rises at a hundredth of the rate is not the rate's"
)
SLOWER = Threshold(
    "slower",
    0.9,
    "share of the baseline's loss",
    "above",
    "as loss_left: a rate that gets below a constant answer in a few steps shows that the gradients can be used",
)
_SLOWER = (0.1, 0.01)  # times the rate
_ORDINARY = 1.0  # of a loss: what outputs of size 1 beside targets of size 1 or less have
_FIRST = 5  # steps whose gradients are taken for usual


@rule(
    id="TW202",
    family="gradients",
    severity="serious",
    fault_if=INFLUENCE & LEFT | GROWTH & LEFT & if_measured(SLOWER) | SPIKE & LEFT & RISEN,
    needs=("model.calls", "signal:gradient_norm", "signal:gradient_rms", "signal:weight_rms"),
    remedies=(
        "scaled-residual-branches",
        "normalized-residual-branches",
        "batch-normalization",
        "clip-gradients",
        "he-initialization",
        "lower-learning-rate",
    ),
    explained_by=(
        *IN_DATA,
        *ON_THE_WAY,
        "unshuffled-data",
        "output-range-misses-targets",
        "loss-does-not-fit-task",
        "constant-initialization",
        "mismatched-initializer",
        "dropout-on-output",
        "heavy-dropout",
    ),
)
def exploding_gradients(run: Run) -> list[Evidence]:
    """Measures influence, growth and spikes."""
    reached = progress(run)
    found = [*_influence(run, reached), *_growth(run, reached), *_spike(run, reached)]
    if not found:
        raise NotMeasured("no gradient and no output of the first step is finite")
    return found


def _influence(run: Run, reached: LossProgress) -> list[Evidence]:
    first = {place: float(values[0]) for place, values in influence(run).items() if np.isfinite(values[0])}
    if not first:
        return []
    place = max(first, key=lambda each: first[each])
    share = first[place] / max(reached.baseline, _ORDINARY)
    of = "times that of a constant answer" if reached.baseline >= _ORDINARY else "times what is usual, 1"
    says = (
        f"Before the first step, moving the weights of {place!r} by their own size along the gradient would change "
        f"the loss by {share:.2g} {of}{_end(reached)}."
    )
    series = (f"gradient_rms/{place}/kernel", "gradient_norm")
    return [evidence(place, (share, INFLUENCE), (reached.left, LEFT), says=says, step=1, series=series)]


def _growth(run: Run, reached: LossProgress) -> list[Evidence]:
    given = _input_size(run)
    deviations = by_place(run, "inference/output_deviation")
    means = by_place(run, "inference/output_mean")
    sizes: dict[str, float] = {}
    for call in Graph.of(run).calls:
        if call.place in deviations and call.place in means:
            size = math.hypot(float(deviations[call.place].values[0]), float(means[call.place].values[0]))
            if math.isfinite(size):
                sizes[call.place] = size
    if given is None or not sizes:
        return []
    place = max(sizes, key=lambda each: sizes[each])
    growth = sizes[place] / given
    says = f"Before the first step, outputs of {place!r} are {growth:.2g} times as large as the inputs{_end(reached)}."
    series = (f"inference/output_deviation/{place}",)
    return [evidence(place, (growth, GROWTH), (reached.left, LEFT), *_slower(run, reached), says=says, series=series)]


def _input_size(run: Run) -> float | None:
    """The root mean square of the inputs, or 1 where it is less: small inputs may well be scaled up."""
    given = run.data.inputs or ()
    sizes = [each.size for each in given if each.kind == "number"]
    return max(1.0, *sizes) if sizes and all(map(math.isfinite, sizes)) else None


def _spike(run: Run, reached: LossProgress) -> list[Evidence]:
    series = run.signals["gradient_norm"]
    norms = np.asarray(series.values, np.float64)
    usual = float(np.median(norms[:_FIRST]))
    risen = _risen_when_slower(run)
    if risen is None or not (math.isfinite(usual) and usual > 0):
        return []
    at = int(np.where(np.isfinite(norms), norms, math.inf).argmax())
    ratio = float(norms[at]) / usual if math.isfinite(norms[at]) else math.inf
    step = int(series.at[at])
    size = f"are {ratio:.2g} times as large as in the first steps" if math.isfinite(ratio) else "are no longer finite"
    how = "rises even" if risen > RISEN.value else "falls"
    says = f"At step {step} gradients {size}, and the loss {how} at a tenth or a hundredth of the rate{_end(reached)}."
    measured = ((ratio, SPIKE), (reached.left, LEFT), (risen, RISEN))
    return [evidence("", *measured, says=says, step=step, series=("gradient_norm",))]


def _risen_when_slower(run: Run) -> float | None:
    """The lowest loss of the probe's slower trainings as a multiple of their first; `None` without that probe."""
    probe, lowest = run.probes.rates, _lowest_when_slower(run)
    if probe is None or lowest is None or not probe.first or probe.first < 0:
        return None
    return lowest / probe.first


def _slower(run: Run, reached: LossProgress) -> tuple[tuple[float, Threshold], ...]:
    """What the probe's slower trainings reached, beside a constant answer; nothing without that probe."""
    lowest = _lowest_when_slower(run)
    return () if lowest is None else ((reached.share(lowest), SLOWER),)


def _lowest_when_slower(run: Run) -> float | None:
    probe = run.probes.rates
    if probe is None:
        return None
    ends = [last for factor, last in zip(probe.factors, probe.last, strict=True) if factor in _SLOWER]
    if len(ends) < len(_SLOWER):
        return None
    return min(math.inf if last is None else last for last in ends)


def _end(reached: LossProgress) -> str:
    if not math.isfinite(reached.left):
        return "; the training diverged"
    return f"; the loss ended at {reached.left:.3g} times that of a constant answer"
