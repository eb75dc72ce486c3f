"""Layers that a scale and a shift can be moved through: what stands between batch normalisation and a linear layer.

Dropout and its kin do nothing outside of training; Flatten, Reshape and Permute only reorder; average pooling commutes
with any scale and shift of a channel, max pooling with scales that are not negative. Everything else stops the search.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from trainwell.techniques.batchnorm_folding.affine import Affine, Refusal

if TYPE_CHECKING:
    from trainwell.engine.compat import GraphNode

L = keras.layers
_NOTHING = {
    L.Dropout,
    L.SpatialDropout1D,
    L.SpatialDropout2D,
    L.SpatialDropout3D,
    L.AlphaDropout,
    L.GaussianDropout,
    L.GaussianNoise,
    L.ActivityRegularization,
    L.Identity,
}
_AVERAGES = {L.AveragePooling1D, L.AveragePooling2D, L.AveragePooling3D}
_MAXIMA = {L.MaxPooling1D, L.MaxPooling2D, L.MaxPooling3D}
_GLOBAL_AVERAGES = {L.GlobalAveragePooling1D, L.GlobalAveragePooling2D, L.GlobalAveragePooling3D}
_GLOBAL_MAXIMA = {L.GlobalMaxPooling1D, L.GlobalMaxPooling2D, L.GlobalMaxPooling3D}
_POOLINGS = _AVERAGES | _MAXIMA | _GLOBAL_AVERAGES | _GLOBAL_MAXIMA
_REORDERINGS = {L.Flatten, L.Reshape, L.Permute}


def is_linear_activation(layer: Any) -> bool:
    """Whether a layer with an activation has the linear one."""
    return layer.activation is None or layer.activation is keras.activations.linear


def move(node: GraphNode, affine: Affine, *, forward: bool) -> Affine:
    """A scale and a shift moved from one side of a layer to the other, with the same outputs.

    Args:
        node: the layer's call, of one tensor.
        affine: what is done to its input (`forward`) or to its output.
        forward: towards the outputs of the model, or back.

    Raises:
        Refusal: they do not commute with the layer.
    """
    layer, kind = node.operation, type(node.operation)
    if kind in _NOTHING or (kind is L.Activation and is_linear_activation(layer)):
        return affine
    if kind in _REORDERINGS:
        return _reordered(layer, affine, node.inputs[0].shape[1:], node.outputs[0].shape[1:], forward=forward)
    if kind in _POOLINGS:
        return _pooled(layer, affine, node.inputs[0].shape[1:], node.outputs[0].shape[1:], forward=forward)
    raise Refusal(f"{_describe(layer)} stands there, through which a scale and a shift cannot be moved")


def _describe(layer: Any) -> str:
    described = f"{layer.name!r} ({type(layer).__name__})"
    if type(layer) is L.Activation:
        return f"{layer.name!r} (the activation {getattr(layer.activation, '__name__', layer.activation)})"
    return described


def _reordered(layer: Any, affine: Affine, before: Any, after: Any, *, forward: bool) -> Affine:
    if type(layer) is L.Permute:
        order = [position - 1 for position in layer.dims]
        axes = order if forward else list(np.argsort(order))
        return affine.map(lambda values: values.transpose(axes))
    if None in (*before, *after):
        raise Refusal(f"the shape at {layer.name!r} is not fully known")
    channels_last = (
        type(layer) is L.Flatten and layer.data_format == "channels_first"
    )  # it puts them last, then flattens
    given = (*before[1:], before[0]) if channels_last else before

    def ahead(values: np.ndarray) -> np.ndarray:
        full = np.broadcast_to(values, before)
        return (np.moveaxis(full, 0, -1) if channels_last else full).reshape(after)

    def back(values: np.ndarray) -> np.ndarray:
        full = np.broadcast_to(values, after).reshape(given)
        return np.moveaxis(full, -1, 0) if channels_last else full

    return affine.map(ahead if forward else back)


def _pooled(layer: Any, affine: Affine, before: Any, after: Any, *, forward: bool) -> Affine:
    given, wanted = (before, after) if forward else (after, before)
    first = layer.data_format == "channels_first"
    scale, shift = affine.along(0 if first else -1, given[0 if first else -1])
    if type(layer) in _MAXIMA | _GLOBAL_MAXIMA and scale.min() < 0:
        raise Refusal(f"a scale is negative, with which the maximum of {layer.name!r} would be another number")
    shape = [1] * len(wanted)
    shape[0 if first else -1] = -1
    return Affine(scale, shift).map(lambda values: values.reshape(shape))
