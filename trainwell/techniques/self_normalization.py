"""Whether a net of SELUs can normalise itself: each condition that it breaks, with the layer and what to do.

Judged from the layers' configurations alone, so that a saved model or a Run can be judged too. What stands in the code
of a subclassed model (skip connections, functions called) is not seen, and neither are values of weights.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from trainwell.activations import find_activation, initializer_for
from trainwell.errors import InputError
from trainwell.run import LayerRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MEAN_UP_TO = 0.1  # of the inputs; Klambauer et al. prove the fixed point to attract from means within 0.1 of 0 ...
_VARIANCE_WITHIN = (0.8, 1.5)  # ... and from variances within these, their theorem 1
_LECUN = {"LecunNormal", "LecunUniform"}
_DENSE = {"Dense"}
_DROPOUTS = {"Dropout", "GaussianDropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"}
_NORMALIZATIONS = {
    "BatchNormalization",
    "LayerNormalization",
    "GroupNormalization",
    "RMSNormalization",
    "UnitNormalization",
    "SpectralNormalization",
}
_MERGES = {"Add", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract"}
_PENALTIES = (
    "kernel_regularizer",
    "bias_regularizer",
    "activity_regularizer",
    "kernel_constraint",
    "bias_constraint",
)


@dataclass(frozen=True)
class SelfNormalizationProblem:
    """One broken condition.

    Args:
        condition: `"input"`, `"initializer"`, `"dense"`, `"sequential"`, `"dropout"`, `"normalization"` or `"penalty"`.
        layer: its name; `""` for the inputs.
        what: what is there, in a sentence.
        remedy: what to do, in a sentence.
    """

    condition: str
    layer: str
    what: str
    remedy: str


def self_normalization_problems(model: keras.Model, x: Any = None) -> list[SelfNormalizationProblem]:
    """The conditions of self-normalisation that a model with SELUs breaks, in the order of its layers.

    SELU keeps outputs near mean 0 and variance 1 where the inputs are so, each weight matrix has mean 0 and variance
    `1 / fan in` (LeCun), every layer is dense and they stand in one row, and dropout is alpha dropout.

    Args:
        model: a Keras model with at least one SELU.
        x: inputs `(rows, ...)`, to see whether they are standardised: an array, or a list or dictionary of arrays. Not
            looked at where the model normalises them itself.

    Returns:
        What is broken; empty where nothing is.

    Raises:
        InputError: the model has no SELU, or x has no numbers.

    Example:
    >>> import keras
    >>> from keras.layers import Dense, Dropout
    >>> model = keras.Sequential([Dense(9, activation="selu", name="first"), Dropout(0.1), Dense(1)])
    >>> for problem in self_normalization_problems(model):
    ...     print(problem.condition, problem.layer.split("_")[0], "-", problem.remedy)
    initializer first - Give it kernel_initializer="lecun_normal".
    dropout dropout - Take keras.layers.AlphaDropout in its place.

    Source: Klambauer et al., "Self-normalizing neural networks", arXiv 1706.02515 (2017); Géron, "Hands-On Machine
    Learning" (3rd edition), chapter 11, for what must be left out.
    """
    layers = list(_of_model(model))
    problems = broken_conditions(layers)
    if problems is None:
        raise InputError(
            f"The model {model.name!r} has no layer with activation='selu', so that it cannot normalise itself.",
            "Give its hidden layers activation='selu' and kernel_initializer='lecun_normal'.",
        )
    return problems if x is None else [*_of_inputs(layers, x), *problems]


def broken_conditions(layers: Iterable[LayerRecord]) -> list[SelfNormalizationProblem] | None:
    """Return the problems of a list of layers, without the inputs; `None` if no layer has a SELU.

    Args:
        layers: name, class and configuration of each layer, in order.
    """
    layers = [layer for layer in layers if layer.kind != "InputLayer"]
    selus = [number for number, layer in enumerate(layers) if _is_selu(layer)]
    if not selus:
        return None
    feeding = {_weights_before(layers, number) for number in selus}
    first = next((number for number, layer in enumerate(layers) if _has_weights(layer)), 0)
    problems: list[SelfNormalizationProblem] = []
    for number, layer in enumerate(layers):
        if number in feeding:
            problems += _of_feeding(layer)
        problems += _of_any(layer, among_inputs=number < first)
    return problems


def _of_feeding(layer: LayerRecord) -> Iterator[SelfNormalizationProblem]:
    """Of a layer with weights whose outputs go through a SELU."""
    name, kind, config = layer.name, layer.kind, layer.config or {}
    if kind not in _DENSE:
        what = f"The layer {name!r} is a {kind}, and self-normalisation is proven for Dense layers alone."
        yield SelfNormalizationProblem("dense", name, what, "Take Dense layers, or another activation such as elu.")
    initializer = config.get("kernel_initializer")
    if not _is_lecun(initializer):
        wanted = initializer_for("selu")
        what = f"The layer {name!r} begins with {_called(initializer)}, whose variance is not 1 / fan in."
        yield SelfNormalizationProblem("initializer", name, what, f'Give it kernel_initializer="{wanted}".')
    given = [setting for setting in _PENALTIES if config.get(setting)]
    if given:
        what = f"The layer {name!r} has a {given[0]}, which pulls the variance of its weights away from 1 / fan in."
        yield SelfNormalizationProblem("penalty", name, what, "Leave it out; alpha dropout regularises instead.")


def _of_any(layer: LayerRecord, *, among_inputs: bool) -> Iterator[SelfNormalizationProblem]:
    """Of a layer of any kind; before the first weights, inputs may be joined, and normalising them is welcome."""
    name, kind = layer.name, layer.kind
    if kind in _DROPOUTS:
        what = f"The layer {name!r} is a {kind}, which changes the mean and variance of SELU's outputs."
        yield SelfNormalizationProblem("dropout", name, what, "Take keras.layers.AlphaDropout in its place.")
    if kind in _NORMALIZATIONS and not among_inputs:
        what = f"The layer {name!r} is a {kind}, which does again what SELU does, and undoes its proof."
        yield SelfNormalizationProblem("normalization", name, what, "Leave it out.")
    if kind in _MERGES and not among_inputs:
        what = f"The layer {name!r} ({kind}) joins several paths, and the variance of a sum or product is not 1."
        yield SelfNormalizationProblem(
            "sequential", name, what, "Put the layers in one row, or take another activation."
        )


def _of_inputs(layers: list[LayerRecord], x: Any) -> Iterator[SelfNormalizationProblem]:
    """Of inputs that do not come standardised to the first layer with weights."""
    scale, offset = 1.0, 0.0
    for layer in layers:
        config = layer.config or {}
        if layer.kind in {"Normalization", *_NORMALIZATIONS}:
            return
        if layer.kind == "Rescaling" and np.ndim(config["scale"]) == np.ndim(config["offset"]) == 0:
            scale, offset = scale * config["scale"], offset * config["scale"] + config["offset"]
        if _has_weights(layer):
            break
    low, high = _VARIANCE_WITHIN
    for path, values in keras.tree.flatten_with_path(x):
        array = np.asarray(values)
        called = f"x[{path[0]!r}]" if path else "x"
        if array.dtype.kind not in "biuf" or not array.size:
            raise InputError(f"{called} holds no numbers.", "Give the inputs that the model is trained on.")
        mean = float(array.mean(dtype=np.float64)) * scale + offset
        deviation = float(array.std(dtype=np.float64)) * abs(scale)
        if not (abs(mean) <= _MEAN_UP_TO and low <= deviation**2 <= high):
            after = " behind the model's Rescaling" if (scale, offset) != (1.0, 0.0) else ""
            what = f"{called} has mean {mean:.3g} and deviation {deviation:.3g}{after}, and 0 and 1 were expected."
            remedy = "Standardise it: keras.layers.Normalization as the first layer, adapted to the training rows."
            yield SelfNormalizationProblem("input", "", what, remedy)


def _of_model(model: Any) -> Iterator[LayerRecord]:
    """Give all layers in order, nested ones and operations such as `a + b` among them."""
    for layer in getattr(model, "operations", None) or model.layers:
        if isinstance(layer, keras.Model):
            yield from _of_model(layer)
        elif not (type(layer).__name__ in _MERGES and _inputs_of(layer) == 1):
            config = layer.get_config() if isinstance(layer, keras.layers.Layer) else {}
            yield LayerRecord(name=layer.name, kind=type(layer).__name__, config=config)


def _inputs_of(layer: Any) -> int:
    try:
        return len(keras.tree.flatten(layer.input))
    except (AttributeError, ValueError):  # never called, or in several places
        return 2


def _weights_before(layers: list[LayerRecord], number: int) -> int:
    """Which layer's weights feed the SELU of a layer: its own, or those of the nearest one before it that has some."""
    for before in range(number, -1, -1):
        if _has_weights(layers[before]):
            return before
    return -1


def _has_weights(layer: LayerRecord) -> bool:
    return "kernel_initializer" in (layer.config or {})


def _is_selu(layer: LayerRecord) -> bool:
    found = find_activation({"class_name": layer.kind, "config": layer.config or {}})
    return found is not None and found.name == "selu"


def _is_lecun(initializer: Any) -> bool:
    if isinstance(initializer, str):
        return initializer in {"lecun_normal", "lecun_uniform"}
    if not isinstance(initializer, dict):
        return False
    if initializer.get("class_name") in _LECUN:
        return True
    settings = initializer.get("config") or {}
    is_scaling = initializer.get("class_name") == "VarianceScaling" and settings.get("mode") == "fan_in"
    return is_scaling and math.isclose(settings.get("scale", 0.0), 1.0)


def _called(initializer: Any) -> str:
    return (
        initializer.get("class_name", "an initialiser of its own")
        if isinstance(initializer, dict)
        else str(initializer)
    )
