"""Kernels and biases that take in a scale and a shift, before or after their layer.

After the layer is always exact: its kernel is scaled by output channel, and its bias with it. Before the layer, the
scale goes into the kernel by input channel, and the shift through the kernel into the bias; zeros of a padding never
saw that shift, so with padding it must be 0.
"""

from __future__ import annotations

from typing import Any, ClassVar

import keras
import numpy as np

from trainwell.techniques.batchnorm_folding.affine import Affine, Refusal

L = keras.layers


class LinearWeights:
    """The weights of one linear layer on the way from the model to the folded one, in float64.

    Args:
        layer: built, of one of `KINDS`.
    """

    names: ClassVar[tuple[str, ...]] = ("kernel",)

    def __init__(self, layer: Any) -> None:
        self.layer = layer
        self.kernels = {
            name: np.asarray(keras.ops.convert_to_numpy(getattr(layer, name)), "float64") for name in self.names
        }
        self.bias = np.zeros(self.outputs)
        if layer.use_bias:
            self.bias = self.bias + layer.bias.numpy()

    @property
    def outputs(self) -> int:
        """Output channels."""
        return self.kernels["kernel"].shape[-1]

    @property
    def inputs(self) -> int:
        """Input channels."""
        return self.kernels["kernel"].shape[-2]

    @property
    def channel_axis(self) -> int:
        """Of inputs and outputs, without the batch axis."""
        return 0 if getattr(self.layer, "data_format", None) == "channels_first" else -1

    def take_after(self, affine: Affine) -> None:
        """The layer followed by a scale and a shift becomes one layer."""
        scale, shift = affine.along(self.channel_axis, self.outputs)
        self._scale_outputs(scale)
        self.bias = self.bias * scale + shift

    def take_before(self, affine: Affine) -> None:
        """A scale and a shift followed by the layer become one layer."""
        scale, shift = affine.along(self.channel_axis, self.inputs)
        if np.any(shift != 0) and not self._sees_no_padding():
            raise Refusal(
                f"it shifts what {self.layer.name!r} pads with zeros (padding={getattr(self.layer, 'padding', '')!r})"
            )
        self.bias = self.bias + self._shifted(shift)
        self._scale_inputs(scale)

    def values(self) -> tuple[list[np.ndarray], bool]:
        """The weights in the layer's order, and whether the bias is one of them."""
        use_bias = self.layer.use_bias or bool(np.any(self.bias != 0))
        return [*self.kernels.values(), *([self.bias] if use_bias else [])], use_bias

    def _scale_outputs(self, scale: np.ndarray) -> None:
        self.kernels["kernel"] = self.kernels["kernel"] * scale

    def _scale_inputs(self, scale: np.ndarray) -> None:
        self.kernels["kernel"] = self.kernels["kernel"] * scale[:, None]

    def _shifted(self, shift: np.ndarray) -> np.ndarray:
        """What a shift of the inputs adds to the outputs."""
        return shift @ self.kernels["kernel"]

    def _sees_no_padding(self) -> bool:
        padding = getattr(self.layer, "padding", "valid")
        return padding == "valid" or all(size == 1 for size in self.layer.kernel_size)


class ConvWeights(LinearWeights):
    """Kernel `(..., inputs/groups, outputs)`; a group of outputs sees its own group of inputs."""

    @property
    def inputs(self) -> int:  # noqa: D102
        return self.kernels["kernel"].shape[-2] * self.layer.groups

    def _per_tap(self, values: np.ndarray) -> np.ndarray:
        """`(inputs/groups, outputs)`: of each kernel entry, the value of the input channel that it meets."""
        inputs, outputs = self.kernels["kernel"].shape[-2:]
        group = np.arange(outputs) // (outputs // self.layer.groups)
        return values[group[None, :] * inputs + np.arange(inputs)[:, None]]

    def _scale_inputs(self, scale: np.ndarray) -> None:
        self.kernels["kernel"] = self.kernels["kernel"] * self._per_tap(scale)

    def _shifted(self, shift: np.ndarray) -> np.ndarray:
        weighed = self.kernels["kernel"] * self._per_tap(shift)
        return weighed.sum(axis=tuple(range(weighed.ndim - 1)))


class ConvTransposeWeights(LinearWeights):
    """Kernel `(..., outputs, inputs)`; at the borders fewer inputs reach an output, so a shift never goes before it."""

    @property
    def outputs(self) -> int:  # noqa: D102
        return self.kernels["kernel"].shape[-2]

    @property
    def inputs(self) -> int:  # noqa: D102
        return self.kernels["kernel"].shape[-1]

    def _scale_outputs(self, scale: np.ndarray) -> None:
        self.kernels["kernel"] = self.kernels["kernel"] * scale[:, None]

    def _scale_inputs(self, scale: np.ndarray) -> None:
        self.kernels["kernel"] = self.kernels["kernel"] * scale

    def _shifted(self, shift: np.ndarray) -> np.ndarray:
        if np.any(shift != 0):
            raise Refusal(f"it shifts what {self.layer.name!r} spreads, of which the borders get less")
        return np.zeros(self.outputs)

    def _sees_no_padding(self) -> bool:
        return True  # `_shifted` refuses for a better reason


class DepthwiseWeights(LinearWeights):
    """Kernel `(..., inputs, depth_multiplier)`; the outputs are counted in that order."""

    @property
    def outputs(self) -> int:  # noqa: D102
        return int(np.prod(self.kernels["kernel"].shape[-2:]))

    def _scale_outputs(self, scale: np.ndarray) -> None:
        self.kernels["kernel"] = self.kernels["kernel"] * scale.reshape(self.kernels["kernel"].shape[-2:])

    def _shifted(self, shift: np.ndarray) -> np.ndarray:
        return _through_depthwise(self.kernels["kernel"], shift)


class SeparableWeights(LinearWeights):
    """A depthwise kernel, then a pointwise one `(..., 1, inputs·depth_multiplier, outputs)`."""

    names = ("depthwise_kernel", "pointwise_kernel")

    @property
    def outputs(self) -> int:  # noqa: D102
        return self.kernels["pointwise_kernel"].shape[-1]

    @property
    def inputs(self) -> int:  # noqa: D102
        return self.kernels["depthwise_kernel"].shape[-2]

    def _scale_outputs(self, scale: np.ndarray) -> None:
        self.kernels["pointwise_kernel"] = self.kernels["pointwise_kernel"] * scale

    def _scale_inputs(self, scale: np.ndarray) -> None:
        self.kernels["depthwise_kernel"] = self.kernels["depthwise_kernel"] * scale[:, None]

    def _shifted(self, shift: np.ndarray) -> np.ndarray:
        pointwise = self.kernels["pointwise_kernel"]
        return _through_depthwise(self.kernels["depthwise_kernel"], shift) @ pointwise.reshape(pointwise.shape[-2:])


def _through_depthwise(kernel: np.ndarray, shift: np.ndarray) -> np.ndarray:
    taps = kernel.sum(axis=tuple(range(kernel.ndim - 2)))
    return (taps * shift[:, None]).reshape(-1)


KINDS: dict[type, type[LinearWeights]] = {
    L.Dense: LinearWeights,
    **dict.fromkeys((L.Conv1D, L.Conv2D, L.Conv3D), ConvWeights),
    **dict.fromkeys((L.Conv1DTranspose, L.Conv2DTranspose, L.Conv3DTranspose), ConvTransposeWeights),
    **dict.fromkeys((L.DepthwiseConv1D, L.DepthwiseConv2D), DepthwiseWeights),
    **dict.fromkeys((L.SeparableConv1D, L.SeparableConv2D), SeparableWeights),
}
"""The layers that take in a scale and a shift: Keras's own classes exactly, since a subclass may compute otherwise."""
