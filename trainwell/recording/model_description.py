"""Describe a model: its layers, and how they are called.

What a subclassed model does not tell (shapes, order of layers) is left out.
"""

from __future__ import annotations

import math
from typing import Any

import keras

from trainwell.recording.kernel_description import describe_kernels
from trainwell.recording.plain_config import config_of, plain
from trainwell.run import CallRecord, LayerRecord, ModelRecord, OutputRecord


def describe_model(model: keras.Model) -> ModelRecord:
    """Return the record of a built model, without how its layers are called."""
    return ModelRecord(
        name=model.name, parameters=model.count_params(), layers=[_layer(layer) for layer in model.layers]
    )


def _layer(layer: keras.layers.Layer) -> LayerRecord:
    try:
        output = layer.output
        shape = None if isinstance(output, list) else list(output.shape)
    except (AttributeError, ValueError):  # called more than once, or never symbolically: it has no single shape
        shape = None
    return LayerRecord(
        name=layer.name,
        kind=type(layer).__name__,
        parameters=layer.count_params() if layer.built else None,
        trainable=layer.trainable,
        config=config_of(layer),
        output_shape=shape,
    )


def describe_graph(record: ModelRecord, model: keras.Model, graph: Any) -> None:
    """Add to the record of a model how its layers are called.

    Args:
        record: of `describe_model`.
        model: built.
        graph: what `trainwell.engine.call_graph` saw of it.
    """
    record.kind = _kind(model)
    record.trainable_parameters = sum(math.prod(variable.shape) for variable in model.trainable_variables)
    record.dtypes = sorted({str(variable.dtype) for variable in model.trainable_variables})
    record.calls = [_call(each) for each in graph.calls]
    record.outputs = [
        OutputRecord(name=name, place=place, shape=list(shape)) for name, (place, shape) in graph.outputs.items()
    ]


def _kind(model: keras.Model) -> str:
    if isinstance(model, keras.Sequential):
        return "Sequential"
    return "Functional" if type(model).__name__ == "Functional" else "subclassed"


def _call(call: Any) -> CallRecord:
    layer = call.layer
    trainable = getattr(layer, "trainable_variables", ())
    return CallRecord(
        place=call.place,
        name=layer.name,
        layer_class=type(layer).__name__,
        is_keras_layer=type(layer).__module__.split(".")[0] == "keras",
        layer_config=config_of(layer) or _operation(layer),
        parameters=sum(math.prod(each.shape) for each in getattr(layer, "variables", ())),
        trainable_parameters=sum(math.prod(each.shape) for each in trainable),
        trainable=bool(getattr(layer, "trainable", True)),
        kernels=describe_kernels(layer),
        inputs=tuple(call.inputs),
        input_shapes=tuple(list(shape) for shape in call.input_shapes),
        output_shapes=tuple(list(shape) for shape in call.shapes),
    )


def _operation(layer: Any) -> dict[str, Any]:
    """Return the arguments of an operation of a Functional model, which has no configuration of its own."""
    if isinstance(layer, keras.layers.Layer):
        return {}
    names = ("negative_slope", "alpha", "axis", "threshold")
    return {name: plain(getattr(layer, name)) for name in names if hasattr(layer, name)}
