"""What reaches the first weights is far from 1 in size.

Symptom
-------
The loss starts huge, jumps about or turns NaN, or it hardly moves; a column of large numbers drowns all others.

Why it happens
--------------
A layer's outputs, and the gradients of its weights, are proportional to its inputs. Initializers are made for inputs of
size 1: larger ones saturate activations and make the loss surface steep in some directions and flat in others, so that
no learning rate suits both. Inputs near 0 need weights that small steps do not reach.

How it is measured
------------------
Each input is followed to the first layer with trainable weights. The root mean square of all features together, and of
the largest feature alone, are compared with 1; so is the largest value where all are small. Rescaling is computed;
behind layers of another kind the outputs are taken as they were before the first step. Behind a normalization nothing
is out of scale. Token numbers that an embedding looks up have no scale.

Known limits
------------
One column of some tens among many of size 1 is let pass. Where the weights are followed by a normalization at once, the
size of all inputs together does not matter and is not judged. What a subclassed model computes between its input and
its first layer is judged by that layer's outputs and weights. Weights pretrained on inputs of another size, and trained
on, are not known as such.

References:
----------
LeCun et al., "Efficient BackProp" (1998), section 4.3. AUTOTRAINER (ICSE 2021), rule of bad data.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trainwell.rule import NotApplicable, NotMeasured, Threshold, evidence, rule
from trainwell.run import Graph, number
from trainwell.run.layer_kinds import ARRANGING, DROPOUTS, NORMALIZATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trainwell.rule import Evidence
    from trainwell.run import InputRecord, Run
    from trainwell.run.model import CallRecord

SIZE = Threshold("size", 10.0, "", "above", "AUTOTRAINER (ICSE 2021): outputs of magnitude 10 and more are bad data")
FEATURE = Threshold(
    "feature",
    100.0,
    "",
    "above",
    'LeCun et al., "Efficient BackProp" (1998): the steepness goes with the square, here 10,000 times that of the rest',
)
LARGEST = Threshold("largest", 0.01, "", "below", "benchmarks/rules.py")

_LOOKED_UP = {"Embedding", "CategoryEncoding", "IntegerLookup", "StringLookup", "Hashing", "HashedCrossing", "OneHot"}
_LOOKED_UP |= {"Discretization", "TextVectorization"}
_SCALED = (NORMALIZATIONS - {"SpectralNormalization"}) | {"BatchNormalization"}
_KEPT = ARRANGING | DROPOUTS | {"Concatenate", "Masking", "Cast", "InputLayer", "ActivityRegularization", "Resizing"}
_KEPT_BEGINNINGS = ("Random", "ZeroPadding", "Cropping", "UpSampling", "MaxPool", "AveragePool", "Center")


@dataclass(frozen=True)
class _Features:
    """Mean and deviation of each feature (or of all together), and the largest magnitude (NaN if not known)."""

    means: np.ndarray
    deviations: np.ndarray
    largest: float
    estimated: bool = False

    @property
    def sizes(self) -> np.ndarray:
        return np.hypot(self.means, self.deviations)

    @property
    def size(self) -> float:
        return float(np.sqrt(np.mean(self.sizes**2)))


@rule(
    id="TW001",
    family="data",
    severity="serious",
    fault_if=SIZE | FEATURE | LARGEST,
    needs=("model.calls", "data.inputs"),
    remedies=("normalize-inputs", "rescale-inputs", "batch-normalization"),
    explained_by=("ids-as-numbers", "rescaled-twice"),
)
def unscaled_inputs(run: Run) -> list[Evidence]:
    """Measures the size of what reaches the first weights from each input."""
    graph = Graph.of(run)
    found: list[Evidence] = []
    unseen = False
    inputs = run.data.inputs or []
    for each in inputs:
        if each.kind != "number":
            continue
        begin = _of_input(each)
        for call, features in _reaching(run, graph, f"@{each.name}", begin):
            if features is None:
                unseen = True
            elif call.trainable_parameters and np.isfinite(features.size):
                found += _judged(graph, call, each.name, features)
    if not found and not any(graph.takes_input(each.name) for each in inputs):
        found = _by_outputs(run, graph)
        unseen = not found
    if not found:
        if unseen:
            raise NotMeasured("what the model does with its inputs before the first weights is not seen")
        raise NotApplicable("every input is normalized or looked up by the model, or reaches no trained weights")
    return found


def _of_input(given: InputRecord) -> _Features:
    largest = max(abs(number(given.minimum)), abs(number(given.maximum)))
    return _Features(np.asarray(given.feature_means), np.asarray(given.feature_deviations), largest)


def _judged(graph: Graph, call: CallRecord, name: str, features: _Features) -> Iterator[Evidence]:
    what = "the inputs" if name == "x" else f"the input {name!r}"
    about = "about " if features.estimated else ""
    if features.largest == 0:
        return
    if not _is_normalized_behind(graph, call):
        size = about + _short(features.size)
        says = f"What reaches the weights of {call.place!r} from {what} has a root mean square of {size}."
        yield evidence(name, (features.size, SIZE), says=says)
    if len(features.sizes) > 1:
        most = int(features.sizes.argmax())
        rest = float(np.median(features.sizes))
        says = (
            f"Feature {most} of {what} reaches the weights of {call.place!r} with a root mean square of "
            f"{_short(features.sizes[most])}, the median feature with {_short(rest)}."
        )
        alone = features.sizes[most] / max(1.0, rest) if _is_normalized_behind(graph, call) else features.sizes[most]
        yield evidence(name, (alone, FEATURE), says=says)
    if math.isfinite(features.largest):
        most = _short(features.largest)
        says = f"No value that reaches the weights of {call.place!r} from {what} is larger than {most}."
        yield evidence(name, (features.largest, LARGEST), says=says)


def _reaching(run: Run, graph: Graph, place: str, features: _Features) -> Iterator[tuple[CallRecord, _Features | None]]:
    """The calls with weights that an input reaches first, and what reaches them."""
    ahead: list[tuple[str, _Features | None]] = [(place, features)]
    seen: set[str] = set()
    while ahead:
        place, given = ahead.pop()
        for call in graph.calls:
            if place not in call.inputs or call.place in seen:
                continue
            kind = call.kind
            seen.add(call.place)
            if kind in _LOOKED_UP or (kind in _SCALED and call.of_keras):
                continue
            if call.of_keras and kind != "Normalization" and (call.has_kernel or call.parameters):
                yield call, given
            else:
                ahead.append((call.place, _behind(run, call, given)))


def _behind(run: Run, call: CallRecord, given: _Features | None) -> _Features | None:
    """What a call without a kernel of Keras's makes of its inputs."""
    if call.of_keras and (call.kind in _KEPT or call.kind.startswith(_KEPT_BEGINNINGS)):
        return given
    if call.kind == "Rescaling" and call.of_keras and given is not None:
        scale, offset = (np.asarray(call.config[key], np.float64) for key in ("scale", "offset"))
        if scale.size in {1, given.means.size} and offset.size in {1, given.means.size}:
            largest = float(np.abs(scale).max()) * given.largest + float(np.abs(offset).max())
            return _Features(given.means * scale + offset, given.deviations * np.abs(scale), largest)
    mean, deviation, largest = (
        _before_training(run, signal, call.place) for signal in ("output_mean", "output_deviation", "output_largest")
    )
    if math.isfinite(mean) and math.isfinite(deviation):
        return _Features(np.asarray([mean]), np.asarray([deviation]), largest)
    if call.kind == "Normalization":  # adapted, as far as is known
        return _Features(np.zeros(1), np.ones(1), math.nan)
    return None


def _before_training(run: Run, signal: str, place: str) -> float:
    for name in (f"inference/{signal}/{place}", f"{signal}/{place}"):
        series = run.signals.get(name)
        if series is not None and len(series.values):
            return float(series.values[0])
    return math.nan


def _is_normalized_behind(graph: Graph, call: CallRecord) -> bool:
    activation = call.activation
    following = graph.fed_by(call)
    return bool(
        activation is not None
        and activation.name == "linear"
        and following
        and all(each.kind in {"BatchNormalization", "LayerNormalization", "GroupNormalization"} for each in following)
    )


def _by_outputs(run: Run, graph: Graph) -> list[Evidence]:
    """The first layer of a model whose inputs are lost from sight: outputs over what its weights make of size 1."""
    for call in graph.weighted[:1]:
        mean, deviation = (_before_training(run, each, call.place) for each in ("output_mean", "output_deviation"))
        kernel = run.signals.get(f"weight_rms/{call.place}/kernel")
        activation = call.activation
        known = activation is not None and activation.name in {"linear", "relu", "elu", "leaky_relu", "gelu", "silu"}
        if not known or kernel is None or not call.units or None not in call.inputs or not call.trainable_parameters:
            return []
        fan_in = (call.trainable_parameters - call.units) / call.units
        size = math.hypot(mean, deviation) / (float(kernel.values[0]) * math.sqrt(max(fan_in, 1.0)))
        if math.isfinite(size):
            return list(_judged(graph, call, "x", _Features(np.zeros(1), np.asarray([size]), math.nan, estimated=True)))
    return []


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"  # noqa: PLR2004 -- how numbers are written
