"""The layers of a model from its input upwards, and which of them can be pretrained.

Follows one path: it ends at a branch, and at the first layer that has no mirror image. What lies above may be anything
as long as it is not to be pretrained.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import keras

from trainwell.engine import compat
from trainwell.errors import InputError

L = keras.layers
Kind = Literal["coding", "pooling", "shape", "noise", "norm", "activation"]
KINDS: dict[Kind, tuple[type, ...]] = {
    "coding": (
        *(L.Dense, L.Conv1D, L.Conv2D, L.Conv3D),
        *(L.DepthwiseConv1D, L.DepthwiseConv2D, L.SeparableConv1D, L.SeparableConv2D),
    ),
    "pooling": (
        *(L.MaxPooling1D, L.MaxPooling2D, L.MaxPooling3D),
        *(L.AveragePooling1D, L.AveragePooling2D, L.AveragePooling3D),
    ),
    "shape": (L.Flatten, L.Reshape),
    "noise": (
        *(L.Dropout, L.AlphaDropout, L.GaussianDropout, L.GaussianNoise, L.ActivityRegularization),
        *(L.SpatialDropout1D, L.SpatialDropout2D, L.SpatialDropout3D),
    ),
    "norm": (
        *(L.BatchNormalization, L.LayerNormalization, L.GroupNormalization, L.RMSNormalization),
        *(L.UnitNormalization, L.Normalization, L.Rescaling),
    ),
    "activation": (L.Activation, L.ReLU, L.LeakyReLU, L.PReLU, L.ELU, L.Softmax, L.Identity),
}
"""The layers that have a mirror image. Coding layers are those that are counted and mirrored by one with weights."""


def kind_of(layer: Any) -> Kind | None:
    """What the layer is to its mirror image; `None` where it has none."""
    return next((kind for kind, classes in KINDS.items() if isinstance(layer, classes)), None)


def coding_name(block: list[Any]) -> str:
    """The name of the one layer of a block that is counted."""
    return next(layer.name for layer in block if kind_of(layer) == "coding")


@dataclass(frozen=True)
class Lower:
    """The part of a model that is pretrained, and what lies below it.

    Args:
        below: layers that learn nothing here, from the input: they only prepare what the first block sees.
        blocks: from there upwards, groups of layers with one coding layer each.
    """

    below: list[Any]
    blocks: list[list[Any]]

    @property
    def pretrained(self) -> list[Any]:
        """The layers whose weights are learnt."""
        return [layer for block in self.blocks for layer in block if layer.trainable_weights]


def lower_part(model: keras.Model, layers: int | None) -> Lower:
    """The lowest `layers` coding layers of a built model, by default all below the output layer, in blocks.

    Raises:
        InputError: the model has no such layers, or they have no mirror image; the message names the layer.
    """
    path, stop = _path(model)
    first = next((at for at, layer in enumerate(path) if _learns_or_disturbs(layer)), len(path))
    below, rest = path[:first], path[first:]
    for at, layer in enumerate(rest):
        reason = _no_mirror(layer)
        if reason:
            rest, stop = rest[:at], reason
            break
    codings = [at for at, layer in enumerate(rest) if kind_of(layer) == "coding"]
    available = len(codings) - (not stop)  # without a stop the last of them is the output layer
    usable = f"Give layers=n for the lowest n of {available}" if available > 0 else "No layer below can be used"
    if stop and (layers is None or layers > available):
        raise InputError(
            f"The hidden layers of {model.name!r} cannot all be pretrained: {stop}.",
            f"{usable}; or pretrain on an auxiliary task with labels and reuse that model.",
        )
    frozen = "All layers to pretrain are frozen.", "Set trainable = True on those that should learn."
    hidden_below = sum(kind_of(layer) == "coding" for layer in below) - (not codings)
    if available < 1 and hidden_below > 0:
        raise InputError(*frozen)
    if available < 1:
        raise InputError(
            f"{model.name!r} has no hidden layer with weights to pretrain below its output layer.",
            "Add a hidden Dense or convolutional layer.",
        )
    if layers is not None and not 1 <= layers <= available:
        raise InputError(
            f"layers={layers!r} is out of range: {model.name!r} has {available} hidden layers that can be pretrained.",
            f"Give a whole number from 1 to {available}, or leave layers out for all of them.",
        )
    count = available if layers is None else layers
    end = codings[count] if count < len(codings) else len(rest)
    lower = Lower(below, _blocks(rest[:end], codings[:count]))
    if not lower.pretrained:
        raise InputError(*frozen)
    return lower


def _blocks(layers: list[Any], codings: list[int]) -> list[list[Any]]:
    """Each coding layer with what follows it; the first one also with what stands before it."""
    starts = [0, *codings[1:]]
    blocks = [layers[start:end] for start, end in zip(starts, [*starts[1:], len(layers)], strict=True)]
    while kind_of(blocks[-1][-1]) in {"pooling", "shape", "noise"}:  # above the last code nothing is gained from these
        blocks[-1].pop()
    return blocks


def _learns_or_disturbs(layer: Any) -> bool:
    return bool(layer.trainable_weights) or kind_of(layer) == "noise"


def _no_mirror(layer: Any) -> str:
    """Why a layer cannot be mirrored; empty where it can."""
    name = f"the layer {layer.name!r}, a {type(layer).__name__},"
    if kind_of(layer) is None:
        return f"{name} has no mirror image"
    if getattr(layer, "data_format", None) == "channels_first":
        return f"{name} has its channels first"
    return ""


def without_order(model: keras.Model) -> InputError:
    """The error for a model whose layers nobody can put in order."""
    return InputError(
        f"{type(model).__name__} is neither a Sequential nor a Functional model: its layers have no known order.",
        "Build it as keras.Sequential or keras.Model(inputs, outputs), or pretrain on an auxiliary task with labels.",
    )


def _path(model: keras.Model) -> tuple[list[Any], str]:
    """The layers from the input on, and why they end before the output; empty where they do not."""
    if not compat.is_plain_graph(model):
        raise without_order(model)
    if len(model.inputs) != 1:
        names = ", ".join(repr(tensor.name) for tensor in model.inputs)
        raise InputError(
            f"{model.name!r} has {len(model.inputs)} inputs ({names}), and pretraining follows one.",
            "Pretrain on an auxiliary task with labels instead.",
        )
    nodes, outputs = compat.graph(model)
    path: list[Any] = []
    tensor = model.inputs[0]
    while tensor is not outputs[0]:
        takers = [node for node in nodes if any(each is tensor for each in node.inputs)]
        after = f"after the layer {path[-1].name!r}" if path else "at the input"
        if len(takers) != 1 or any(tensor is each for each in outputs):
            return path, f"{after} the model branches"
        (node,) = takers
        layer = node.operation
        if len(node.inputs) != 1 or len(node.outputs) != 1:
            return path, f"{layer.name!r} joins or splits branches"
        if not isinstance(layer, keras.layers.Layer):
            return path, f"the operation {layer.name!r} is no layer"
        if layer in path:
            return path, f"the layer {layer.name!r} is used twice"
        if isinstance(layer, keras.Model) and layer.trainable_weights:
            inner, stop = _path(layer)
            path += inner
            if stop:
                return path, stop
        else:
            path.append(layer)
        tensor = node.outputs[0]
    return path, ""
