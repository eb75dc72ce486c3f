"""In which order a model calls its layers, and which call feeds which: for any kind of model, seen while JAX traces it.

Nothing is computed; on another backend the model answers its few rows. What a user's own code does between two layers
(`keras.ops` in a subclassed model's `call`) cannot be seen: a call that is fed by it has an unknown input. Nested
models are opened, and so are layers of the user's own that call others; Keras's own composites (`Bidirectional`,
`MultiHeadAttention`) count as one call.
"""

from __future__ import annotations

import inspect
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jax
import keras
import numpy as np

from trainwell.engine import compat
from trainwell.engine.compat.patching import patched_layer_calls
from trainwell.engine.layer_paths import LayerPaths

if TYPE_CHECKING:
    from collections.abc import Callable

_thread = threading.local()


@dataclass(frozen=True)
class LayerCall:
    """One call of one layer.

    Args:
        place: as signals name it: `"dense"`, `"encoder/dense"`, `"dense:2"` for its second call.
        layer: the layer, or an operation of a Functional model.
        inputs: of each tensor that it takes, the place it comes from, `"@name"` for an input of the model, or `None`
            where that is not known.
        shapes: of its outputs.
        input_shapes: of its inputs.
    """

    place: str
    layer: keras.Operation
    inputs: tuple[str | None, ...]
    shapes: tuple[tuple[int | None, ...], ...]
    input_shapes: tuple[tuple[int | None, ...], ...]


@dataclass(frozen=True)
class CallGraph:
    """The calls of a model in their order.

    Args:
        calls: each after those that feed it.
        outputs: of each output, by its name (`""` for a single one), the place it comes from and its shape.
    """

    calls: tuple[LayerCall, ...]
    outputs: dict[str, tuple[str | None, tuple[int | None, ...]]]


def call_graph(model: keras.Model, x: Any) -> CallGraph:
    """Traces `model(x, training=True)`; on another backend than JAX calls `model(x, training=False)`.

    Args:
        model: a built model.
        x: a few rows of inputs, as the model takes them; the shapes' first axis is told as `None`.

    Raises:
        CallError: the model or one of its layers raised.
    """
    tracing = _Tracing(model, x)
    on_jax = keras.config.backend() == "jax"
    options = {"training": on_jax} if "training" in inspect.signature(model.call).parameters else {}
    variables = [*model.trainable_variables, *model.non_trainable_variables]
    found: list[CallGraph] = []

    def call(inputs: Any) -> Any:
        tracing.begin(inputs)
        before = getattr(_thread, "tracing", None)
        _thread.tracing = tracing
        try:
            with patched_layer_calls(_patch_call):
                outputs = model(inputs, **options)
        finally:
            _thread.tracing = before
        found.append(tracing.result(outputs))
        tracing.let_go()
        return outputs

    def call_with(values: Any, inputs: Any) -> Any:
        with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))):
            return jax.tree.leaves(call(inputs))

    try:
        if on_jax:
            jax.eval_shape(call_with, [variable.value for variable in variables], x)
        else:
            call(keras.tree.map_structure(keras.ops.convert_to_tensor, x))
    except Exception as error:
        raise CallError(tracing.raised_in or model.name, error) from error
    return found[0]


def rows_of_zeros(model: keras.Model) -> Any:
    """Two rows of zeros in the form in which the model takes its inputs; `None` where it does not tell their shapes."""
    try:
        inputs = model.inputs[0] if isinstance(model, keras.Sequential) else model.input
    except AttributeError:  # subclassed
        return None
    if any(None in each.shape[1:] for each in keras.tree.flatten(inputs)):
        return None
    return keras.tree.map_structure(lambda each: np.zeros((2, *each.shape[1:]), each.dtype), inputs)


class CallError(Exception):
    """What a model raised when it was called.

    Args:
        place: the innermost layer in which it was raised, as far as that is known.
        error: what was raised.
    """

    def __init__(self, place: str, error: Exception) -> None:
        super().__init__(f"{place}: {error}")
        self.place = place
        self.error = error


@dataclass
class _Tracing:
    model: keras.Model
    x: Any
    calls: list[LayerCall] = field(default_factory=list)
    raised_in: str = ""

    def begin(self, inputs: Any) -> None:
        """Learns the model's own inputs, as they are called here."""
        self._places = LayerPaths(self.model)
        self._times: dict[str, int] = {}
        self._from: dict[int, str] = {}
        self._alive: list[Any] = []  # ids are of use only while their objects live
        self._within: list[keras.Operation] = []
        self.calls = []
        self._given: dict[str, tuple[int, ...]] = {}
        self._has_no_code_of_its_own = compat.is_plain_graph(self.model)
        for path, leaf in keras.tree.flatten_with_path(inputs):
            name = "@" + (".".join(map(str, path)) or "x")
            self._given[name] = leaf.shape
            self._know(leaf, name)

    def call(self, original: Callable[..., Any], layer: keras.Operation, *args: Any, **kwargs: Any) -> Any:
        """`original(layer, *args, **kwargs)`, entered into the graph."""
        if compat.in_symbolic_scope() or any(_is_closed(one) for one in self._within):
            return original(layer, *args, **kwargs)
        given = [leaf for leaf in keras.tree.flatten((args, kwargs)) if keras.ops.is_tensor(leaf)]
        inputs = tuple(self._source(leaf) for leaf in given)
        self._alive += given
        done = len(self.calls)
        self._within.append(layer)
        try:
            outputs = original(layer, *args, **kwargs)
        except Exception:
            self.raised_in = self.raised_in or self._places.of_layer(layer) or layer.name
            raise
        finally:
            self._within.pop()
        leaves = [leaf for leaf in keras.tree.flatten(outputs) if keras.ops.is_tensor(leaf)]
        opened = isinstance(layer, keras.Model) or (len(self.calls) > done and not _is_closed(layer))
        if layer is self.model or (opened and all(id(leaf) in self._from for leaf in leaves)):
            return outputs
        place = self._place(layer)
        self.calls.append(
            LayerCall(
                place,
                layer,
                inputs,
                tuple(_shape(leaf) for leaf in leaves),
                tuple(_shape(leaf) for leaf in given),
            )
        )
        for leaf in leaves:
            self._know(leaf, place)
        return outputs

    def result(self, outputs: Any) -> CallGraph:
        """The graph, once the model has been called."""
        found: dict[str, tuple[str | None, tuple[int | None, ...]]] = {}
        for path, leaf in keras.tree.flatten_with_path(outputs):
            found[".".join(map(str, path))] = (self._from.get(id(leaf)), _shape(leaf))
        return CallGraph(tuple(self.calls), found)

    def let_go(self) -> None:
        """Drops the traced values."""
        self._alive.clear()
        self._from.clear()

    def _place(self, layer: keras.Operation) -> str:
        name = self._places.of_layer(layer)
        if name is None:
            above = next((self._places.of_layer(one) for one in reversed(self._within)), None)
            name = f"{above}/{layer.name}" if above else layer.name
        self._times[name] = self._times.get(name, 0) + 1
        return name if self._times[name] == 1 else f"{name}:{self._times[name]}"

    def _source(self, leaf: Any) -> str | None:
        """Where a tensor comes from; what a Functional model has cast or reshaped can only be one of its inputs."""
        known = self._from.get(id(leaf))
        if known is None and self._has_no_code_of_its_own and leaf.ndim:
            alike = {name for name, shape in self._given.items() if shape == leaf.shape}
            alike = alike or (set(self._given) if len(self._given) == 1 else set())
            known = alike.pop() if len(alike) == 1 else None
        return known

    def _know(self, leaf: Any, place: str) -> None:
        self._alive.append(leaf)
        self._from[id(leaf)] = place


def _patch_call(original: Callable[..., Any]) -> Callable[..., Any]:
    def __call__(layer: keras.Operation, *args: Any, **kwargs: Any) -> Any:  # noqa: N807 -- the name that it replaces
        tracing = getattr(_thread, "tracing", None)
        if tracing is None:
            return original(layer, *args, **kwargs)
        return tracing.call(original, layer, *args, **kwargs)

    return __call__


def _is_closed(layer: keras.Operation) -> bool:
    """Whether a layer's inner calls are its own affair: Keras's own layers, models apart."""
    return not isinstance(layer, keras.Model) and type(layer).__module__.split(".")[0] == "keras"


def _shape(leaf: Any) -> tuple[int | None, ...]:
    return (None, *leaf.shape[1:])
