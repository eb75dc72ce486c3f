"""Reads the outputs of a model's layers as they are called, and says of each layer that it could not read why not.

A layer called twice is read twice, as `dense` and `dense:2`; one with several outputs as `lstm[0]`, `lstm[1]`. What a
layer does without calling another Keras layer is not seen.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import keras

from trainwell.engine import compat
from trainwell.engine.packing import Entry, stacked
from trainwell.engine.signal_batch import Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trainwell.engine.layer_paths import LayerPaths
    from trainwell.signals import Signal

TRANSFORMED = "it runs inside a function that JAX transforms, such as a loop or a checkpoint"
_ARRANGES = (keras.layers.Flatten, keras.layers.Reshape, keras.layers.Permute)
_OPERATIONS = {"Softmax", "Sigmoid", "Tanh"}  # layers, and operations in a Functional model, that are their activation
_IMAGE_RANK = 3  # from here on, an output may have its channels first


class LayerOutputs:
    """The outputs of one step.

    Args:
        places: the names of the model's layers.
        signals: those of outputs.
        is_visible: whether values computed just now can be handed out of the step.
    """

    def __init__(self, places: LayerPaths, signals: Sequence[Signal], is_visible: Callable[[], bool]) -> None:
        self._places = places
        self._signals = signals
        self._is_visible = is_visible
        self._within: list[tuple[str, keras.Operation]] = []
        self._calls: Counter[str] = Counter()
        self._held: list[tuple[Any, Entry]] = []
        self.places: list[str] = []  # in the order in which their outputs came
        self._reasons: dict[str, str] = {}  # by layer
        self._without: dict[str, str] = {}  # by call

    def call(self, original: Callable[..., Any], layer: keras.Operation, *args: Any, **kwargs: Any) -> Any:
        """`original(layer, *args, **kwargs)`, its outputs read."""
        if compat.in_symbolic_scope():
            return original(layer, *args, **kwargs)
        where = self._places.of_layer(layer) or "/".join([*(name for name, _ in self._within[-1:]), layer.name])
        self._within.append((where, layer))
        try:
            outputs = original(layer, *args, **kwargs)
        finally:
            self._within.pop()
        reason = self._why_not(layer)
        if reason:
            self._reasons.setdefault(where, reason)
        else:
            self._read(where, layer, outputs)
        return outputs

    def reduced(self) -> list[Reading]:
        """The readings of all outputs since the last time; lets go of the values, before their trace ends."""
        entries = [entry for _, entry in self._held]
        self._held.clear()
        found: list[Reading] = []
        of_any = [signal for signal in self._signals if not signal.activations]
        for stack in stacked([dataclasses.replace(entry, kind=None) for entry in entries]) if of_any else ():
            found += [Reading(signal.name, stack.where, stack.reduced(signal.reduce)) for signal in of_any]
        for signal in self._signals:
            for stack in stacked([entry for entry in entries if entry.kind in signal.activations]):
                found.append(Reading(signal.name, stack.where, stack.reduced(signal.reduce, stack.kind)))
        return found

    def places_of(self, outputs: Any) -> list[str]:
        """Where these arrays were read, of those that are held now."""
        leaves = keras.tree.flatten(outputs)
        return [entry.where for value, entry in self._held if any(value is leaf for leaf in leaves)]

    def let_go(self) -> None:
        """Drops the values held, for a function that ended in an exception."""
        self._held.clear()

    def not_measured(self) -> dict[str, str]:
        """By layer, or call of a layer: why it was not read."""
        found: dict[str, str] = {}
        for (where, _), above in self._places.layers:
            if where not in self._calls and where not in self._reasons:
                found[where] = next(filter(None, map(_reason_within, reversed(above))), "the step does not call it")
        for where, reason in self._reasons.items():
            # Where some calls of a layer were read and others were not, those come last.
            found[f"{where}:{self._calls[where] + 1}" if where in self._calls else where] = reason
        return {**found, **self._without}

    def _why_not(self, layer: keras.Operation) -> str | None:
        for named in self._within:
            if isinstance(named[1], keras.layers.RNN):
                return _reason_within(named)
        if not self._is_visible():
            return TRANSFORMED
        return "it only arranges its inputs anew" if isinstance(layer, _ARRANGES) else None

    def _read(self, where: str, layer: keras.Operation, outputs: Any) -> None:
        self._calls[where] += 1
        call = where if self._calls[where] == 1 else f"{where}:{self._calls[where]}"
        leaves = [(path, leaf) for path, leaf in keras.tree.flatten_with_path(outputs) if isinstance(leaf, jax.Array)]
        for path, leaf in leaves:
            place = call if len(leaves) == 1 else f"{call}[{'.'.join(map(str, path))}]"
            same = next((entry.where for value, entry in self._held if value is leaf), None)
            if same:
                self._without[place] = f"its output is that of {same!r}"
            elif not jnp.issubdtype(leaf.dtype, jnp.floating):
                self._without[place] = f"its output is of type {leaf.dtype}"
            else:
                self._held.append((leaf, Entry(place, _rows(layer, leaf), _activation(layer))))
                self.places.append(place)


def _reason_within(named: tuple[str, keras.Operation]) -> str | None:
    """Why nothing below this layer is read; `None` where it hides nothing."""
    name, layer = named
    if isinstance(layer, keras.layers.RNN):
        return f"it works within the time steps of the recurrent layer {name!r}"
    if isinstance(layer, keras.layers.TimeDistributed):
        return f"it works within the time steps of {name!r}"
    return None


def _activation(layer: keras.Operation) -> str | None:
    """The name of Keras's activation that the layer's output has just passed; `None` where it is not known."""
    if isinstance(layer, keras.layers.RNN):  # its outputs are gated, or have passed other activations since
        return None
    if type(layer).__name__ in _OPERATIONS:
        return type(layer).__name__.lower()
    function = getattr(layer, "activation", None)
    name = getattr(function, "__name__", "")
    return name if function is not None and getattr(keras.activations, name, None) is function else None


def _rows(layer: keras.Operation, output: Any) -> Any:
    """The output as `(rows, units)`, out of reach of the gradient."""
    values = jax.lax.stop_gradient(output).astype(jnp.float32)
    if values.ndim >= _IMAGE_RANK and getattr(layer, "data_format", None) == "channels_first":
        values = jnp.moveaxis(values, 1, -1)
    return values.reshape(-1, values.shape[-1] if values.ndim > 1 else 1)
