"""Most outputs of a hidden layer lie in the tails of its activation, where its slope has all but vanished.

Symptom
-------
The loss falls less than it could or stands still: weights in front of a saturated layer get next to no gradient.

Why it happens
--------------
Sigmoid, tanh and their like are flat for large inputs of either sign. Biases or weights that begin too large push
everything there at once, steps that are too large push it there later.

How it is measured
------------------
Behind each hidden layer with such an activation, the share of outputs in its tails, on up to 512 training rows in
inference mode: before the first step and at the end. A function of the user's own has no known tails; there its
outputs' variance is compared with the largest that their mean and range allow, which only two values reach. A model
that is sure of its rows saturates too, and rightly: it is a fault where the layer began so and the loss stays far above
0 on training or validation rows, or where it ended so and the model is no better than a constant answer. A layer within
the net, whose inputs are other layers' outputs, has less excuse to begin so than one that takes the inputs as they are.

Known limits
------------
Gates of recurrent layers are not seen. Where gradients fade through sigmoids near the middle of their range, later
saturation is a consequence and not told. A function of the user's own that gives nearly one value is not told.

References:
----------
Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks" (2010). Wardat et al.,
"DeepDiagnosis", ICSE 2022. Amazon SageMaker Debugger, rule SaturatedActivation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.rule import Circumstance, NotApplicable, NotMeasured, Threshold, evidence, rule
from trainwell.rules.causes import IN_DATA, ON_THE_WAY
from trainwell.run import Graph, by_place, curve, early_influence, faded, progress

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import CallRecord, LossProgress, Run

TAILS = Threshold(
    "tails",
    0.5,
    "share of outputs",
    "above",
    "Amazon SageMaker Debugger, SaturatedActivation: 50 % of a layer; DeepDiagnosis (ICSE 2022): over 50 %",
)
TWO_VALUES = Threshold("two_values", 0.85, "share of the largest variance", "above", "benchmarks/rules.py")
BEGUN = Threshold("first_loss", 0.9, "share of the baseline's loss", "above", "benchmarks/rules.py")
LEFT = Threshold("loss_left", 0.25, "share of the baseline's loss", "above", "benchmarks/rules.py")
LEFT_WITHIN = Threshold("loss_left_within", 0.1, "share of the baseline's loss", "above", "benchmarks/rules.py")
STUCK = Threshold("loss_stuck", 0.9, "share of the baseline's loss", "above", "benchmarks/rules.py")
FADED = Threshold("faded", 2.0, "powers of ten", "below", "as of vanishing-gradients")
ON_INPUTS = Circumstance("no layer with weights comes before")
WITHIN = Circumstance("another layer with weights comes before")
_SPREAD = 0.3  # of the largest magnitude: less is nearly one value, of which nothing can be told


@rule(
    id="TW204",
    family="gradients",
    severity="serious",
    fault_if=TAILS & BEGUN & LEFT & ON_INPUTS
    | TAILS & BEGUN & LEFT_WITHIN & WITHIN
    | TAILS & STUCK & FADED
    | TWO_VALUES & BEGUN & LEFT,
    needs=("model.calls", "signal:inference/output_deviation"),
    remedies=("glorot-initialization", "batch-normalization", "relu-activation", "lower-learning-rate"),
    explained_by=(
        *IN_DATA,
        *ON_THE_WAY,
        "unshuffled-data",
        "loss-does-not-fit-task",
        "stacked-activations",
        "constant-initialization",
        "mismatched-initializer",
        "learning-rate-too-high",
    ),
)
def saturated_activations(run: Run) -> list[Evidence]:
    """Measures tails of known activations and two-valued outputs of unknown ones."""
    graph = Graph.of(run)
    hidden = {each.place for call in graph.weighted for each in graph.before(call)}
    calls = [call for call in graph.calls if call.place in hidden]
    bounded = [call for call in calls if _is_bounded(call)]
    unknown = [call for call in calls if _is_unknown(call)]
    if not bounded and not unknown:
        raise NotApplicable("no hidden layer has an activation with two tails")
    reached = progress(run)
    found = [*_known(run, graph, bounded, reached), *_unknown(run, unknown, reached)]
    if not found and bounded:
        raise NotMeasured("the Run does not hold the outputs of layers with such an activation")
    if not found:
        raise NotApplicable("no hidden layer has an activation with two tails, and those of your own show none")
    return found


def _is_bounded(call: CallRecord) -> bool:
    return call.activation is not None and call.activation.has_two_tails


def _is_unknown(call: CallRecord) -> bool:
    has_function = call.kind == "Lambda" or (call.has_kernel and "activation" in call.config)
    return call.activation is None and (has_function or call.kind == "Activation") and call.kind not in _RECURRENT


_RECURRENT = ("LSTM", "GRU", "SimpleRNN", "RNN", "Bidirectional")


def _known(run: Run, graph: Graph, calls: list[CallRecord], reached: LossProgress) -> list[Evidence]:
    tails = by_place(run, "inference/output_tail_share")
    powers = faded(early_influence(run, steps=1)) or 0.0
    remaining = _remaining(run, reached)
    found = []
    for call in calls:
        if call.place not in tails:
            continue
        first, last = (float(tails[call.place].values[at]) for at in (0, -1))
        says = (
            f"{first:.0%} of the outputs of {call.place!r} are in the tails of its {call.activation.title} before the "  # pyright: ignore[reportOptionalMemberAccess] -- it is known
            f"first step and {last:.0%} at the end, where the loss is {reached.left:.0%} of that of a constant answer."
        )
        series = (f"inference/output_tail_share/{call.place}",)
        within = sum(each.has_kernel for each in (call, *graph.before(call))) > 1
        left, layer = (LEFT_WITHIN, WITHIN) if within else (LEFT, ON_INPUTS)
        began = ((first, TAILS), (reached.begun, BEGUN), (remaining, left), layer)
        ended = ((last, TAILS), (reached.left, STUCK), (powers, FADED))
        found += [evidence(call.place, *each, says=says, series=series) for each in (began, ended)]
    return found


def _unknown(run: Run, calls: list[CallRecord], reached: LossProgress) -> list[Evidence]:
    found = []
    for call in calls:
        share = _of_two_values(run, call.place)
        if share is None:
            continue
        says = (
            f"Outputs of {call.place!r}, an activation of your own, show {share:.0%} of the largest variance that "
            "their range allows before the first step (100% for two values), and the loss ends at "
            f"{reached.left:.0%} of that of a constant answer."
        )
        series = (f"inference/output_deviation/{call.place}",)
        measured = ((share, TWO_VALUES), (reached.begun, BEGUN), (_remaining(run, reached), LEFT))
        found.append(evidence(call.place, *measured, says=says, series=series))
    return found


def _remaining(run: Run, reached: LossProgress) -> float:
    """The share of the baseline's loss that is left, on training rows or at best on validation rows."""
    held = curve(run, "validation/loss")
    return reached.left if held is None else max(reached.left, reached.share(held.lowest))


def _of_two_values(run: Run, place: str) -> float | None:
    """Variance before the first step, as a share of the largest that the mean and the largest magnitude allow."""
    names = ("output_deviation", "output_mean", "output_largest")
    held = [run.signals.get(f"inference/{name}/{place}") for name in names]
    if any(each is None for each in held):
        return None
    deviation, mean, largest = (float(each.values[0]) for each in held if each is not None)
    if not deviation > _SPREAD * largest:
        return 0.0
    positive = mean * (largest - mean)  # of values in [0, largest]
    either = largest**2 - mean**2  # of values in [-largest, largest]
    bound = positive if deviation**2 <= 1.001 * positive else either
    return min(1.0, deviation**2 / bound) if bound > 0 else 0.0
