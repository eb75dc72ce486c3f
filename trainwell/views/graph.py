"""The model as it is called: which call feeds which, and what each one is."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from trainwell.activations import Activation, find_activation
from trainwell.rule import NotMeasured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trainwell.run import Run

Shape = list[Any]

RECURRENT = frozenset({"LSTM", "GRU", "SimpleRNN", "RNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "Bidirectional"})
DROPOUTS = frozenset(
    {
        "Dropout",
        "AlphaDropout",
        "GaussianDropout",
        "GaussianNoise",
        "SpatialDropout1D",
        "SpatialDropout2D",
        "SpatialDropout3D",
    }
)
NORMALIZATIONS = frozenset(
    {
        "BatchNormalization",
        "LayerNormalization",
        "GroupNormalization",
        "RMSNormalization",
        "UnitNormalization",
    }
)
ARRANGING = frozenset(
    {
        "Flatten",
        "Reshape",
        "Permute",
        "RepeatVector",
        "Cropping1D",
        "Cropping2D",
        "Cropping3D",
        "ZeroPadding1D",
        "ZeroPadding2D",
        "ZeroPadding3D",
        "Identity",
        "ActivityRegularization",
        "Squeeze",  # these are operations of Functional models
        "ExpandDims",
        "Transpose",
    }
)
MERGING = frozenset({"Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot"})
SUMS = frozenset({"Add", "Subtract", "Average"})
ATTENTION = frozenset({"MultiHeadAttention", "GroupQueryAttention", "Attention", "AdditiveAttention"})
WRAPPERS = frozenset({"TimeDistributed", "SpectralNormalization"})  # that do to each position, or with other weights,
# what the layer within them does
_ACTIVATION_LAYERS = frozenset({"Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax", "Sigmoid", "Tanh"})


@dataclass(frozen=True)
class Kernel:
    """A kernel as it was before the first step.

    Args:
        name: such as `"kernel"`, `"forward_lstm/lstm_cell/recurrent_kernel"`.
        shape: inputs first, units last, as Keras lays them out.
        trainable: whether steps change it.
        rms: root mean square.
        unit_spread: how much the units' weights to the same input differ, relative to `rms`: 0 where the units are
            alike; `None` for one unit.
    """

    name: str
    shape: tuple[int, ...]
    trainable: bool
    rms: float
    unit_spread: float | None


@dataclass(frozen=True)
class Call:
    """One call of one layer or operation.

    Args:
        place: as signals name it, such as `"encoder/dense"`, `"dense:2"`.
        name: of the layer.
        kind: the layer's class, such as `"Dense"`; of a `TimeDistributed` or `SpectralNormalization`, that of the
            layer within it.
        config: its configuration, or that of the layer within it; empty where it has none.
        inputs: places that feed it, `"@x"` for the model's input x, `None` where that is not known.
        input_shapes, output_shapes: `[None, ...]` each.
        parameters, trainable_parameters: counts.
        trainable: the layer's flag.
        of_keras: whether it is Keras's own layer.
        kernels: as they were before the first step.
    """

    place: str
    name: str
    kind: str
    config: dict[str, Any] = field(repr=False)
    inputs: tuple[str | None, ...]
    input_shapes: tuple[Shape, ...] = field(repr=False)
    output_shapes: tuple[Shape, ...]
    parameters: int
    trainable_parameters: int
    trainable: bool
    of_keras: bool
    kernels: tuple[Kernel, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, facts: dict[str, Any]) -> Call:
        """From one entry of the facts `model.calls`."""
        kind, config, of_keras = facts["class"], facts.get("config") or {}, facts["of_keras"]
        while kind in WRAPPERS and of_keras and isinstance(config.get("layer"), dict):
            inner = config["layer"]
            of_keras = not inner.get("registered_name")  # Keras gives its own layers none
            kind, config = inner.get("class_name", ""), inner.get("config") or {}
        return cls(
            facts["place"],
            facts["name"],
            kind,
            config,
            tuple(facts["inputs"]),
            tuple(facts["input_shapes"]),
            tuple(facts["output_shapes"]),
            facts["parameters"],
            facts["trainable_parameters"],
            facts["trainable"],
            of_keras,
            tuple(
                Kernel(each["name"], tuple(each["shape"]), each["trainable"], each["rms"], each["unit_spread"])
                for each in facts.get("kernels") or ()
            ),
        )

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
        if self.kind in _ACTIVATION_LAYERS:
            return True
        return (
            not self.parameters and not self.has_kernel and self.kind not in MERGING and self._as_operation is not None
        )

    @property
    def activation(self) -> Activation | None:
        """The activation that its output has passed; linear for a layer with weights and none, `None` if not known."""
        if self.kind in RECURRENT:
            return None
        if self.kind in _ACTIVATION_LAYERS or "activation" in self.config:
            return find_activation({"class_name": self.kind, "config": self.config})
        return self._as_operation

    @property
    def _as_operation(self) -> Activation | None:
        found = find_activation({"class_name": self.kind, "config": self.config}) if self.of_keras else None
        return None if found is not None and found.name in {"linear", "threshold"} else found


@dataclass(frozen=True)
class Graph:
    """All calls in their order, and where the outputs come from.

    Args:
        calls: each after those that feed it.
        outputs: name of each output and the place it comes from.
        kind: `"Sequential"`, `"Functional"` or `"subclassed"`.
    """

    calls: tuple[Call, ...]
    outputs: dict[str, str | None]
    kind: str

    @classmethod
    def of(cls, run: Run) -> Graph:
        """The graph of a Run's model.

        Raises:
            NotMeasured: the Run does not tell it.
        """
        model = run.facts.get("model") or {}
        if "calls" not in model:
            raise NotMeasured("the Run does not tell how the model's layers are called")
        calls = tuple(map(Call.of, model["calls"]))
        return cls(calls, {each["name"]: each["place"] for each in model["outputs"]}, model["kind"])

    @functools.cached_property
    def _by_place(self) -> dict[str, Call]:
        return {call.place: call for call in self.calls}

    @functools.cached_property
    def _position(self) -> dict[str, int]:
        return {call.place: number for number, call in enumerate(self.calls)}

    @functools.cached_property
    def _followers(self) -> dict[str, list[Call]]:
        found: dict[str, list[Call]] = {}
        for call in self.calls:
            for place in dict.fromkeys(call.inputs):
                if place is not None:
                    found.setdefault(place, []).append(call)
        return found

    def at(self, place: str | None) -> Call | None:
        """The call at a place; `None` for an input of the model or what is not known."""
        return None if place is None else self._by_place.get(place)

    def feeding(self, call: Call) -> list[Call]:
        """The calls that feed this one."""
        return [found for found in map(self.at, call.inputs) if found is not None]

    def fed_by(self, call: Call) -> list[Call]:
        """The calls that take this one's output."""
        return list(self._followers.get(call.place, ()))

    def is_output(self, call: Call) -> bool:
        """Whether its output is one of the model's."""
        return call.place in self.outputs.values()

    def behind(self, call: Call) -> Iterator[Call]:
        """The calls behind this one in a row, as long as each has one follower and is no output."""
        seen = {call.place}
        while not self.is_output(call):
            following = self.fed_by(call)
            if len(following) != 1 or following[0].place in seen:
                return
            call = following[0]
            seen.add(call.place)
            yield call

    def activation_behind(self, call: Call) -> Activation | None:
        """The activation that a layer's outputs meet before other weights: its own, or that of a layer behind it.

        Normalization, dropout, pooling and rearrangement between are passed by. Linear where there is none, `None`
        where that is not known (a merge, an unknown function) or differs between several followers.
        """
        own = call.activation
        if call.kind in RECURRENT or own is None or own.name != "linear":
            return own
        met = self._met_by(call, own)
        return met.pop() if len(met) == 1 else None

    def _met_by(self, call: Call, linear: Activation) -> set[Activation | None]:
        following = self.fed_by(call)
        found: set[Activation | None] = {linear} if self.is_output(call) else set()
        for each in following:
            if each.has_kernel:
                found.add(linear)
            elif each.is_activation and each.activation != linear:
                found.add(each.activation)
            elif each.is_activation or each.kind in NORMALIZATIONS | DROPOUTS | ARRANGING or "Pool" in each.kind:
                found |= self._met_by(each, linear)
            else:
                found.add(None)
        return found or {None}

    @property
    def weighted(self) -> list[Call]:
        """Calls of layers with a kernel, in their order."""
        return [call for call in self.calls if call.has_kernel]

    @property
    def hidden(self) -> list[Call]:
        """Calls of layers with a kernel whose outputs meet other weights later on."""
        return [call for call in self.weighted if any(each.has_kernel for each in self.after(call))]

    def after(self, call: Call) -> Iterator[Call]:
        """All calls that hang on this one's output, in their order, as far as that is known."""
        reached = {call.place}
        for each in self.calls[self._position[call.place] + 1 :]:
            if reached.intersection(place for place in each.inputs if place):
                reached.add(each.place)
                yield each

    def before(self, call: Call) -> list[Call]:
        """All calls on whose outputs this one's hang, in their order."""
        wanted = {place for place in call.inputs if place}
        found: list[Call] = []
        for each in reversed(self.calls[: self._position[call.place]]):
            if each.place in wanted:
                found.append(each)
                wanted.update(place for place in each.inputs if place)
        return found[::-1]

    def takes_input(self, name: str) -> list[Call]:
        """The calls that take the model's input of that name (`"x"` for a single one) directly."""
        return [call for call in self.calls if f"@{name}" in call.inputs]
