"""Mirror images: layers that lead from the outputs of some layers back to the shape of their inputs.

Dense answers Dense, transposed convolutions answer convolutions, upsampling answers pooling, and reshaping itself. The
mirror has weights of its own: it is thrown away after pretraining. Sizes that strides and pools lose are filled with
zeros at the far end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from trainwell.techniques.pretraining.path import kind_of

L = keras.layers
_GAUGED = 256  # rows from which the scale of the first codes is taken
_TRANSPOSED = {1: L.Conv1DTranspose, 2: L.Conv2DTranspose, 3: L.Conv3DTranspose}
_UPSAMPLING = {1: L.UpSampling1D, 2: L.UpSampling2D, 3: L.UpSampling3D}
_CROPPING = {1: L.Cropping1D, 2: L.Cropping2D, 3: L.Cropping3D}
_PADDING = {1: L.ZeroPadding1D, 2: L.ZeroPadding2D, 3: L.ZeroPadding3D}


def fresh(layer: Any, name: str | None = None) -> Any:
    """A layer of the same settings with weights of its own."""
    return type(layer).from_config(layer.get_config() | ({"name": name} if name else {}))


def copy_weights(source: Any, to: Any) -> None:
    """Gives a layer the weights of another one of the same settings; both are built."""
    to.set_weights(source.get_weights())
    if hasattr(to, "finalize_state"):  # Normalization computes with constants that it makes of its weights
        to.finalize_state()


@dataclass(frozen=True)
class Passage:
    """One layer on the way up, with the shapes before and after it, the batch left out."""

    layer: Any
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]


@dataclass(frozen=True)
class Ascent:
    """The way up through some blocks of layers.

    Args:
        blocks: the passages of each block.
        outputs: the symbolic outputs.
    """

    blocks: list[list[Passage]]
    outputs: Any

    @property
    def layers(self) -> list[Any]:
        """All layers, from below."""
        return [passage.layer for block in self.blocks for passage in block]


def ascend(blocks: list[list[Any]], inputs: Any) -> Ascent:
    """Calls twins of the blocks' layers, which begin with their weights, on symbolic inputs."""
    tensor, passed = inputs, []
    for number, block in enumerate(blocks):
        passages = []
        for place, layer in enumerate(block):
            twin = fresh(layer, f"block_{number}_{place}_{layer.name}")
            outputs = twin(tensor)
            copy_weights(layer, twin)
            passages.append(Passage(twin, tuple(tensor.shape[1:]), tuple(outputs.shape[1:])))
            tensor = outputs
        passed.append(passages)
    return Ascent(passed, tensor)


def scale_of_codes(ascent: Ascent, z: np.ndarray) -> float:
    """Root mean square of some codes before training, by which what stands on them is to divide.

    It then begins with numbers around 1, where inputs of 0 to 255 would make codes, errors and steps hundreds of times
    too large. The layers below are as they were.

    Args:
        ascent: the way up to the codes.
        z: `(rows, ...)`, of which the first rows are taken.
    """
    tensor: Any = keras.ops.convert_to_tensor(z[:_GAUGED])
    with keras.StatelessScope():  # moving statistics stay as they are
        for layer in ascent.layers:
            tensor = layer(tensor, training=True)
    codes: Any = keras.ops.convert_to_numpy(tensor)
    scale = float(np.sqrt(np.mean(np.square(codes))))
    return scale if scale > 0 else 1.0


def descend(ascent: Ascent, code: Any, *, normalize: bool = False) -> Any:
    """Symbolic outputs of the mirror image: from a code to the shape that the ascent began with, linear at the end.

    Each mirrored layer takes the activation and the initializer of the block that it leads down to.

    Args:
        ascent: the way up.
        code: symbolic, of the shape at the top.
        normalize: batch normalization after each mirrored layer but the last; without it, where the block has one.
    """
    tensor = code
    for number in reversed(range(len(ascent.blocks))):
        under = ascent.blocks[number - 1] if number else None
        for passage in reversed(ascent.blocks[number]):
            kind = kind_of(passage.layer)
            if kind == "coding":
                tensor = _fitted(_mirrored(passage, under)(tensor), passage.input_shape)
                if under is not None:
                    tensor = nonlinear(under, tensor, normalize=normalize)
            elif kind == "pooling":
                size = passage.layer.strides
                upsampling = _UPSAMPLING[len(size)](size[0] if len(size) == 1 else size)
                tensor = _fitted(upsampling(tensor), passage.input_shape)
            elif kind == "shape":
                tensor = L.Reshape(passage.input_shape)(tensor)
    return tensor


def nonlinear(block: list[Passage], tensor: Any, *, normalize: bool) -> Any:
    """What follows a layer that leads down to a block: batch normalization and the block's activation."""
    if normalize or any(isinstance(passage.layer, L.BatchNormalization) for passage in block):
        tensor = L.BatchNormalization()(tensor)
    own = [passage.layer for passage in block if kind_of(passage.layer) == "activation"]
    activation = coding_layer(block).activation
    if activation is not keras.activations.linear:
        return L.Activation(activation)(tensor)
    # Without its name, which is taken.
    return fresh(own[0], f"mirrored_{own[0].name}")(tensor) if own else tensor


def coding_layer(block: list[Passage]) -> Any:
    """The one layer of a block that is counted."""
    return next(passage.layer for passage in block if kind_of(passage.layer) == "coding")


def initializer_of(block: list[Passage] | None) -> Any:
    """A new initializer like that of a block's coding layer, which fits its activation."""
    if block is None:
        return "glorot_uniform"  # the end is linear
    config = coding_layer(block).get_config()
    found = config.get("kernel_initializer") or config.get("depthwise_initializer") or "glorot_uniform"
    return keras.initializers.get(found)


def _mirrored(passage: Passage, under: list[Passage] | None) -> Any:
    layer = passage.layer
    channels, initializer = passage.input_shape[-1], initializer_of(under)
    if isinstance(layer, L.Dense):
        return L.Dense(channels, kernel_initializer=initializer)
    return _TRANSPOSED[len(layer.kernel_size)](
        channels,
        layer.kernel_size,
        strides=layer.strides,
        padding="same" if layer.padding == "causal" else layer.padding,
        dilation_rate=layer.dilation_rate,
        kernel_initializer=initializer,
    )


def _fitted(tensor: Any, shape: tuple[int, ...]) -> Any:
    """Cropped, or filled with zeros, to a shape that is the same but for a few rows and columns."""
    over = [has - wants for has, wants in zip(tensor.shape[1:-1], shape[:-1], strict=True)]
    for layers, amounts in ((_CROPPING, [max(0, n) for n in over]), (_PADDING, [max(0, -n) for n in over])):
        if any(amounts):
            sides = tuple((0, amount) for amount in amounts)
            tensor = layers[len(sides)](sides[0] if len(sides) == 1 else sides)(tensor)
    return tensor
