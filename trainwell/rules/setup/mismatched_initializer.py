"""The first weights are too large or too small for the layers' activations, and over the layers this multiplies.

Symptom
-------
Signals grow or die away from layer to layer before the first step: the loss begins in the hundreds, or does not move;
tanh and sigmoid sit in their tails from the start.

Why it happens
--------------
A layer multiplies the size of what passes it by about the root of fan in times the deviation of its weights. He's
initialiser makes that 1 behind a ReLU, LeCun's behind SELU, Glorot's behind tanh and sigmoid. A fixed deviation (0.01,
or 1) or the initialiser of another activation makes it something else, to the power of the depth.

How it is measured
------------------
Along each row of layers without normalization, sums or unknown code between: the root mean square of each kernel before
the first step over that of the initialiser that suits its activation, multiplied over the row; and, measured on
training rows before the first step, how much smaller or larger the last hidden outputs are than what entered the row.
Both must say the same. A row that shrinks less than that, but enough to be felt in a deeper model, is only advice. For
activations with two tails also the share of outputs in the tails, beside weights that are too large.

Layers that are frozen are left out, and so are those whose weights are not of the size that their initialiser draws:
they were loaded.

Known limits
------------
Recurrent layers, attention, separable and transposed convolutions are not looked at.

References:
----------
He et al., "Delving deep into rectifiers", arXiv 1502.01852 (2015). Glorot and Bengio, "Understanding the difficulty of
training deep feedforward neural networks" (2010). Klambauer et al., "Self-normalizing neural networks", arXiv
1706.02515 (2017). Amazon SageMaker Debugger, rule PoorWeightInitialization.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from trainwell.rule import NotApplicable, NotMeasured, Threshold, evidence, rule
from trainwell.run import Graph
from trainwell.run.layer_kinds import ARRANGING, DROPOUTS

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import CallRecord, Run

_GROWTH = "a hundredfold variance; SageMaker Debugger names a tenfold one between layers"
_SHRINKAGE = "He et al. (2015): with Glorot's weights a net of 22 layers (0.5 ** 11) still converged, one of 30 did not"
LARGE = Threshold("large", 10, "times the matching size", "above", _GROWTH)
GROWN = Threshold("grown", 10, "times what entered", "above", _GROWTH)
SMALL = Threshold("small", 2**-11, "times the matching size", "below", _SHRINKAGE)
SHRUNK = Threshold("shrunk", 2**-11, "times what entered", "below", _SHRINKAGE)
FADING = Threshold("fading", 2**-5, "times the matching size", "below", "the least at which a rise in depth is felt")
FADED = Threshold("faded", 2**-5, "times what entered", "below", "the least at which a rise in depth is felt")
TAILS = Threshold("tails", 0.5, "share of outputs", "above", "DeepDiagnosis (ICSE 2022): saturated where half are")
TOO_LARGE = Threshold(
    "too_large", math.sqrt(10), "times the matching size", "above", "SageMaker Debugger: variances that differ tenfold"
)
_PLAIN = frozenset({"Dense", "Conv1D", "Conv2D", "Conv3D", "DepthwiseConv1D", "DepthwiseConv2D"})
_ALIKE = 1e-3  # between units: a constant kernel, which is another fault
_TRUNCATED = 0.8796  # deviation of a normal distribution cut off at two deviations


@rule(
    id="TW113",
    family="setup",
    severity="serious",
    fault_if=LARGE & GROWN | SMALL & SHRUNK | TAILS & TOO_LARGE,
    advice_if=FADING & FADED,
    needs=("model.calls", "signal:inference/output_unit_deviation"),
    remedies=(
        "he-initialization",
        "lecun-initialization",
        "glorot-initialization",
        "batch-normalization",
        "relu-activation",
    ),
    explained_by=("constant-initialization", "stacked-activations"),
)
def mismatched_initializer(run: Run) -> list[Evidence]:
    """Multiplies the sizes of kernels over each row of layers and compares with what passes it."""
    graph = Graph.of(run)
    gains = {call.place: gain for call in graph.weighted if (gain := _gain(graph, call)) is not None}
    if not gains:
        raise NotApplicable("no weights of plain layers were drawn for this training")
    hidden = {call.place for call in graph.hidden}
    found = [
        one
        for row in _rows(graph, gains)
        if row[0].place in hidden
        for one in _of_row(run, row, [gains[call.place] for call in row], hidden)
    ]
    for place, gain in gains.items():
        tails = run.signals.get(f"inference/output_tail_share/{place}")
        if tails is not None and place in hidden:
            share = float(tails.values[0])
            says = f"Before the first step {share:.0%} of the outputs of {place!r} lie in the tails of its activation; "
            says += f"its weights are {gain:.2g} times as large as suits it."
            found.append(evidence(place, (share, TAILS), (gain, TOO_LARGE), says=says))
    if not found:
        raise NotMeasured("what passes the layers before the first step is not known")
    return found


def _of_row(run: Run, row: list[CallRecord], gains: list[float], hidden: set[str]) -> list[Evidence]:
    inner = [call for call in row if call.place in hidden]
    size = math.prod(gains[: len(inner)])
    head = max(1.0, math.prod(gains[len(inner) :]))  # zeros are a good start for the last layer
    entering, leaving = _passing(run, row[0].inputs[0]), _passing(run, inner[-1].place)
    if entering is None or leaving is None or not all(map(math.isfinite, (*entering, *leaving))):
        return []
    grown = leaving[0] / max(entering[0], 1e-30) * head
    shrunk = leaving[1] / max(entering[1], 1e-30)
    series = tuple(f"inference/output_deviation/{call.place}" for call in inner)
    large = f"{_over(row)} the first weights are together {size * head:.3g} times as large as suits their activations, "
    large += f"and what passes them before the first step becomes {grown:.3g} times as large."
    small = f"{_over(inner)} the first weights are together {size:.3g} times as large as suits their activations, and "
    small += f"what differs between rows becomes {shrunk:.3g} times as large before the first step."
    return [
        evidence(row[0].place, (size * head, LARGE), (grown, GROWN), says=large, series=series),
        evidence(row[0].place, (size, SMALL), (shrunk, SHRUNK), says=small, series=series),
        evidence(row[0].place, (size, FADING), (shrunk, FADED), says=small, series=series),
    ]


def _over(row: list[CallRecord]) -> str:
    return (
        f"Over the {len(row)} layers from {row[0].place!r} to {row[-1].place!r}" if row[1:] else f"In {row[0].place!r}"
    )


def _rows(graph: Graph, gains: dict[str, float]) -> list[list[CallRecord]]:
    """Layers that follow each other with nothing between that sets the size anew, each row as long as can be."""
    rows: dict[str, list[CallRecord]] = {}
    continued = set()
    for call in graph.weighted:
        if call.place not in gains:
            continue
        before = _before(graph, call)
        rows[call.place] = [*rows.get(before, []), call]
        continued.add(before)
    return [row for place, row in rows.items() if place not in continued]


def _before(graph: Graph, call: CallRecord) -> str:
    """The place of the weights that feed a call, past activations and what passes things on; `""` where others do."""
    feeding = graph.feeding(call)
    while len(feeding) == 1 and len(call.inputs) == 1:
        call = feeding[0]
        if call.has_kernel:
            return call.place
        passes = call.kind in ARRANGING | DROPOUTS or "Pool" in call.kind
        activates = call.is_activation and call.activation is not None and call.activation.elementwise
        if not (passes or activates):
            return ""
        feeding = graph.feeding(call)
    return ""


def _gain(graph: Graph, call: CallRecord) -> float | None:
    """How large a kernel is beside what suits its activation; 1 between two sizes that both suit. `None` if unknown."""
    kernels = [kernel for kernel in call.kernels if kernel.trainable]
    activation = graph.activation_behind(call)
    if call.kind not in _PLAIN or not call.of_keras or len(kernels) != 1 or activation is None:
        return None
    kernel = kernels[0]
    depthwise = "Depthwise" in call.kind
    positions = math.prod(kernel.shape[:-2])
    fan_in = positions * (1 if depthwise else kernel.shape[-2])
    fan_out = positions * kernel.shape[-1]
    drawn = _drawn(call.config.get("depthwise_initializer" if depthwise else "kernel_initializer"), kernel.shape)
    slack = 0.1 + 3 / math.sqrt(2 * math.prod(kernel.shape))  # three deviations of a root mean square
    if not kernel.rms or (kernel.unit_spread is not None and kernel.unit_spread < _ALIKE):
        return None
    if drawn is not None and abs(math.log(kernel.rms / max(drawn, 1e-30))) > slack:
        return None
    suiting = {
        "he": (math.sqrt(2 / fan_in),),
        "lecun": (math.sqrt(1 / fan_in),),
        "glorot": (math.sqrt(2 / (fan_in + fan_out)), math.sqrt(1 / fan_in)),
    }[activation.family]
    low, high = min(suiting), max(suiting)
    return kernel.rms / high if kernel.rms > high else kernel.rms / low if kernel.rms < low else 1.0


def _drawn(initializer: Any, shape: tuple[int, ...]) -> float | None:
    """The root mean square of what an initialiser of Keras draws; `None` for others."""
    if not isinstance(initializer, dict) or initializer.get("registered_name"):
        return None
    kind, config = initializer.get("class_name", ""), initializer.get("config") or {}
    positions = math.prod(shape[:-2])
    fan_in, fan_out = positions * shape[-2], positions * shape[-1]  # as Keras counts them, for any layer
    fans = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}
    if kind == "VarianceScaling":
        return math.sqrt(config.get("scale", 1.0) / fans[config.get("mode", "fan_in")])
    scale = {"He": (2.0, "fan_in"), "Lecun": (1.0, "fan_in"), "Glorot": (1.0, "fan_avg")}
    for name, (factor, mode) in scale.items():
        if kind.startswith(name):
            return math.sqrt(factor / fans[mode])
    if kind == "RandomNormal":
        return math.hypot(config["mean"], config["stddev"])
    if kind == "TruncatedNormal":
        return math.hypot(config["mean"], _TRUNCATED * config["stddev"])
    if kind == "RandomUniform":
        low, high = config["minval"], config["maxval"]
        return math.sqrt((low * low + low * high + high * high) / 3)
    if kind == "Orthogonal":
        return config.get("gain", 1.0) / math.sqrt(max(math.prod(shape[:-1]), shape[-1]))
    return None


def _passing(run: Run, place: str | None) -> tuple[float, float] | None:
    """Root mean square of what passes a place before the first step, and its deviation between rows."""
    if place is None:
        return None
    if place.startswith("@"):
        inputs = run.data.inputs or ()
        given = [each for each in inputs if (each.name or "x") == place[1:] and each.kind == "number"]
        if not given or not given[0].feature_deviations:
            return None
        deviations = given[0].feature_deviations
        between = math.sqrt(sum(each * each for each in deviations) / len(deviations))
        return given[0].size, between
    names = ("output_mean", "output_deviation", "output_unit_deviation")
    seen = [run.signals.get(f"inference/{name}/{place}") for name in names]
    if any(each is None for each in seen):
        return None
    mean, deviation, between = (float(each.values[0]) for each in seen if each is not None)
    return math.hypot(mean, deviation), between
