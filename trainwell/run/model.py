"""The section `model` of a Run: the layers of a model, and how they are called."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

import msgspec

from trainwell.activations import Activation, find_activation
from trainwell.run.layer_kinds import ACTIVATIONS, MERGING, RECURRENT, WRAPPERS
from trainwell.run.section import Section

Shape = list[Any]


class LayerRecord(Section):
    """One layer of `model.layers`.

    Args:
        name: name of the layer.
        kind: class of the layer, `class` in the file.
        parameters: number of its parameters, if it is built.
        trainable: the layer's flag.
        config: what `get_config` returns, as plain data.
        output_shape: shape of its output with the batch axis, if it has one.
    """

    name: str
    kind: str = msgspec.field(name="class", default="")
    parameters: int | None = None
    trainable: bool | None = None
    config: dict[str, Any] | None = None
    output_shape: Shape | None = None


class Kernel(Section):
    """A kernel as it was before the first step.

    Args:
        name: such as `"kernel"` or `"forward_lstm/lstm_cell/recurrent_kernel"`.
        shape: inputs first, units last, as Keras lays them out.
        trainable: whether training changes it.
        rms: root mean square of the weights. Not recorded if it is not finite.
        unit_spread: how much the weights of different units to the same input differ, relative to `rms`; 0 if all units
            are alike. Not recorded for a kernel of one unit.
    """

    name: str
    shape: tuple[int, ...]
    trainable: bool
    rms: float | None = None
    unit_spread: float | None = None


class CallRecord(Section, dict=True):
    """One call of one layer or operation.

    Args:
        place: name of the call in signals, such as `"encoder/dense"`, `"dense:2"`.
        name: name of the layer.
        layer_class: class of the layer, `class` in the file.
        is_keras_layer: whether it is one of Keras's own layers, `of_keras` in the file.
        layer_config: what `get_config` returns, as plain data; `config` in the file.
        inputs: the places that feed it; `"@x"` for the model's input x, `null` if not known.
        input_shapes: shapes with the batch axis, one for each input.
        output_shapes: shapes with the batch axis, one for each output.
        parameters: number of the layer's parameters.
        trainable_parameters: number of its parameters that training changes.
        trainable: the layer's flag.
        kernels: its kernels as they were before the first step.
    """

    place: str
    name: str = ""
    layer_class: str = msgspec.field(name="class", default="")
    is_keras_layer: bool = msgspec.field(name="of_keras", default=True)
    layer_config: dict[str, Any] | None = msgspec.field(name="config", default=None)
    inputs: tuple[str | None, ...] = ()
    input_shapes: tuple[Shape, ...] = ()
    output_shapes: tuple[Shape, ...] = ()
    parameters: int = 0
    trainable_parameters: int = 0
    trainable: bool = True
    kernels: tuple[Kernel, ...] = ()

    @cached_property
    def _described(self) -> tuple[str, dict[str, Any], bool]:
        """Class, configuration and whether it is Keras's own, of the layer within a wrapper or of the layer itself."""
        kind, config, of_keras = self.layer_class, self.layer_config or {}, self.is_keras_layer
        while kind in WRAPPERS and of_keras and isinstance(config.get("layer"), dict):
            inner = config["layer"]
            of_keras = not inner.get("registered_name")  # Keras gives its own layers none
            kind, config = inner.get("class_name", ""), inner.get("config") or {}
        return kind, config, of_keras

    @property
    def kind(self) -> str:
        """Class of the layer; of a `TimeDistributed` or `SpectralNormalization`, that of the layer within it."""
        return self._described[0]

    @property
    def config(self) -> dict[str, Any]:
        """Configuration of the layer, or of the layer within it; empty if there is none."""
        return self._described[1]

    @property
    def of_keras(self) -> bool:
        """Return True for one of Keras's own layers, and for a wrapper around one."""
        return self._described[2]

    @property
    def shape(self) -> Shape:
        """Of its first output."""
        return self.output_shapes[0] if self.output_shapes else []

    @property
    def units(self) -> int | None:
        """The last axis of its output: units, channels or features."""
        return self.shape[-1] if self.shape else None

    @property
    def positions(self) -> int:
        """Positions of its output in one row: pixels or time steps; 1 for a vector."""
        return math.prod(size or 1 for size in self.shape[1:-1])

    @property
    def has_kernel(self) -> bool:
        """Whether it multiplies by weights: Dense, a convolution, a recurrent layer and their like."""
        keys = ("kernel_initializer", "depthwise_initializer", "pointwise_initializer")
        known = any(key in self.config for key in keys) or self.kind in RECURRENT or self.kind == "MultiHeadAttention"
        return known or bool(self.kernels)  # a layer with a function of the user's own may tell no configuration

    @property
    def is_activation(self) -> bool:
        """Whether it is nothing but an activation."""
        if self.kind in ACTIVATIONS:
            return True
        return (
            not self.parameters and not self.has_kernel and self.kind not in MERGING and self._as_operation is not None
        )

    @property
    def activation(self) -> Activation | None:
        """The activation that its output has passed; linear for a layer with weights and none, `None` if not known."""
        if self.kind in RECURRENT:
            return None
        if self.kind in ACTIVATIONS or "activation" in self.config:
            return find_activation({"class_name": self.kind, "config": self.config})
        return self._as_operation

    @property
    def _as_operation(self) -> Activation | None:
        found = find_activation({"class_name": self.kind, "config": self.config}) if self.of_keras else None
        return None if found is not None and found.name in {"linear", "threshold"} else found


class OutputRecord(Section):
    """One output of the model.

    Args:
        name: name of the output; `""` for a single one.
        place: the call that it comes from, if known.
        shape: shape with the batch axis.
    """

    name: str
    place: str | None = None
    shape: Shape = []


class ModelRecord(Section):
    """The model.

    Args:
        name: name of the model.
        kind: `"Sequential"`, `"Functional"` or `"subclassed"`.
        parameters: number of all parameters.
        trainable_parameters: number of parameters that training changes.
        dtypes: data types of its trainable variables, each once.
        layers: its layers.
        calls: the calls of its layers and operations, each after those that feed it.
        outputs: its outputs.
    """

    name: str | None = None
    kind: str | None = None
    parameters: int | None = None
    trainable_parameters: int | None = None
    dtypes: list[str] | None = None
    layers: list[LayerRecord] | None = None
    calls: list[CallRecord] | None = None
    outputs: list[OutputRecord] | None = None
