"""The model cannot learn even one batch by heart.

Symptom
-------
Training loss stops far above 0, whatever the rate and the number of epochs. Validation loss stops at the same height.

Why it happens
--------------
A net with more weights than a batch has values can usually learn that batch by heart. Where it cannot, it is too small
for the task, or all that it knows of the inputs has to pass a layer of so few units that what the targets need is lost.

How it is measured
------------------
A copy is trained on one batch of at most 32 different rows for some hundred steps, at the best of several rates; what
is left of the loss is compared with that of the best constant answer on these rows, penalties apart. It counts where
the net has more than twice as many weights as the batch has target values, or where a layer that nothing leads around
has fewer units than the output needs: classes less one, or values; and never fewer than two where a layer has to carry
several inputs on to other weights. The whole training must have ended high too.

Known limits
------------
Autoencoders are meant to have a narrow layer and are not judged by it. Heavy dropout hides what a model can fit. A
linear model on rows that are no linear function is too small as well, but nothing here says so unless it has weights
enough. Where the inputs' differences are lost before any weight could use them, that is constant-predictions.

References:
----------
Karpathy, "A recipe for training neural networks" (2019): overfit a single batch. Tishby & Zaslavsky, "Deep learning and
the information bottleneck principle", arXiv 1503.02406 (2015).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from trainwell.rule import NotApplicable, NotMeasured, Threshold, evidence, need, rule
from trainwell.rules.causes import IN_DATA, ON_THE_WAY
from trainwell.run import Graph, Losses, by_place, carries_all, has_soft_targets, heads
from trainwell.run.layer_kinds import DROPOUTS

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import CallRecord, Head, Run

UNFIT = Threshold("unfit", 0.5, "share of the constant answer's loss", "above", "benchmarks/rules.py")
WEIGHTS = Threshold("weights", 2, "weights per target value", "above", "benchmarks/rules.py")
ENDED = Threshold("ended", 0.5, "share of the constant answer's loss", "above", "benchmarks/rules.py")
NARROW = Threshold("narrow", 1, "units per unit needed", "below", "Tishby & Zaslavsky, arXiv 1503.02406 (2015)")
NARROW_UNFIT = Threshold("narrow_unfit", 0.1, "share of the constant answer's loss", "above", "benchmarks/rules.py")
NARROW_ENDED = Threshold("narrow_ended", 0.2, "share of the constant answer's loss", "above", "benchmarks/rules.py")
_DROPPED = 0.7  # of the units on the way from input to output: more of them hide what can be fit
_SAME = 1e-4  # of the targets' deviation: outputs that differ by less do not differ
_CONSTANT = 1e-3  # of the baseline: rows whose best constant answer costs less say nothing


@rule(
    id="TW304",
    family="speed",
    severity="serious",
    fault_if=UNFIT & WEIGHTS & ENDED | NARROW & NARROW_UNFIT & NARROW_ENDED,
    needs=("model.calls", "probe:one_batch", "probe:baseline", "signal:inference/loss"),
    remedies=("more-units", "more-layers", "self-normalization", "batch-normalization", "adam"),
    explained_by=(
        *IN_DATA,
        *ON_THE_WAY,
        *(f"TW10{number}" for number in (1, 2, 3, 4, 5, 6, 7, 9)),
        *(f"TW11{number}" for number in range(2, 10)),
        "missing-hidden-activation",
        "nothing-trainable",
        "collapsed-feature-map",
        "TW2",
        "over-regularized",
    ),
)
def cannot_fit_one_batch(run: Run) -> list[Evidence]:
    """Measures what is left of one batch's loss, and how narrow the way to it is."""
    graph, losses, outputs = Graph.of(run), Losses.of(run), heads(run)
    if all(_collapsed(run, head) for head in outputs):
        raise NotApplicable("the outputs are the same for all inputs from before the first step to the end")
    if not run.model.trainable_parameters:
        raise NotApplicable("no weight can be trained")
    if has_soft_targets(run):
        raise NotMeasured("targets between 0 and 1 leave a loss of probabilities that no answer takes away")
    kept = math.prod(1 - float(call.config.get("rate") or 0) for call in graph.calls if call.kind in DROPOUTS)
    if 1 - kept > _DROPPED:
        raise NotMeasured(f"dropout leaves {kept:.0%} of the units between input and output, which hides what fits")
    seen = need(run.probes.one_batch, "probes.one_batch")
    constant = seen.constant
    if constant is None or constant < _CONSTANT * losses.constant:
        constant = losses.constant
    if losses.weighted:
        constant = max(constant, seen.first or 0.0)
    last = math.inf if seen.last is None else seen.last
    unfit = max(0.0, last - losses.penalty.first) / constant
    ended = losses.left(losses.training.last)
    values = seen.rows * sum(math.prod(size or 1 for size in head.shape[1:]) for head in outputs)
    weights = run.model.trainable_parameters / max(1, values)
    told = (
        f"After {seen.steps} steps on the same {seen.rows} rows, {unfit:.0%} is left of the loss of an answer "
        f"that ignores the inputs; after the whole training {ended:.0%} of all rows' loss"
    )
    series = ("probe/one_batch/loss", "inference/loss")
    found = [
        evidence("", (unfit, UNFIT), (weights, WEIGHTS), (ended, ENDED), says=f"{told}.", series=series),
    ]
    for head in outputs:
        for call, units, needed in _narrow(run, graph, head):
            measured = ((units / needed, NARROW), (unfit, NARROW_UNFIT), (ended, NARROW_ENDED))
            width = f"{units} number{'s' if units > 1 else ''}"
            says = f"All that reaches the output passes {call.place!r} as {width}. {told}."
            found.append(evidence(call.place, *measured, says=says, series=series))
    return found


def _collapsed(run: Run, head: Head) -> bool:
    spread = run.signals.get(f"inference/spread/{head.name}")
    scale = (head.target and head.target.deviation) or 1.0
    return spread is not None and max(spread.values[0], spread.values[-1]) <= _SAME * scale


def _narrow(run: Run, graph: Graph, head: Head) -> list[tuple[CallRecord, int, int]]:
    """The narrowest call that all an output knows passes on its way to other weights; its units, and the need."""
    inputs = run.data.inputs or []
    coming = sum(math.prod(each.shape) for each in inputs)
    if head.call is None or head.target is None or head.target.kind == "other":
        return []
    wanted = math.prod(size or 1 for size in head.shape[1:])
    if any(math.prod(each.shape) == wanted > 1 for each in inputs) and head.task == "values":
        return []  # an autoencoder
    if head.task == "multi-class":
        wanted = max(1, len([count for count in (head.target.class_counts or {}).values() if count]) - 1)
    needed = min(max(2, wanted), coming)
    met = {place for call in graph.weighted for place in (each.place for each in graph.before(call))}
    before = graph.before(head.call)
    places = by_place(run, "inference/output_mean")
    candidates = [
        (math.prod(size or 1 for size in call.shape[1:]), call)
        for call in before
        if call.place in met and call.place in places and len(call.shape) > 1 and carries_all(graph, call, head.call)
    ]
    if not candidates:
        return []
    units = min(width for width, _ in candidates)
    call = next(call for width, call in candidates if width == units)
    return [(call, units, needed)]
