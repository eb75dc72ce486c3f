"""The layers of a model that drop units, and a way to have them drop while everything else infers.

`model(x, training=True)` switches batch normalization to the statistics of the batch too, and moves its averages. Here
the call is one of inference, and only the layers that drop are told of training. Not found: a layer that drops inside
its own `call` without a Keras dropout layer. `GaussianNoise` does not count: it adds noise and switches nothing off.
"""

from __future__ import annotations

import functools
import inspect
import threading
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras

from trainwell.engine import compat
from trainwell.engine.compat.patching import patched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_LAYERS = keras.layers
_DROPPING = (_LAYERS.Dropout, _LAYERS.AlphaDropout, _LAYERS.GaussianDropout)  # spatial ones are kinds of Dropout
# In these, `training` decides on nothing but dropout. Attention with several heads holds a Dropout layer.
_RECURRENT = (
    _LAYERS.LSTM,
    _LAYERS.GRU,
    _LAYERS.SimpleRNN,
    _LAYERS.ConvLSTM1D,
    _LAYERS.ConvLSTM2D,
    _LAYERS.ConvLSTM3D,
)
_WITH_DROPOUT = (
    *_RECURRENT,
    _LAYERS.LSTMCell,
    _LAYERS.GRUCell,
    _LAYERS.SimpleRNNCell,
    _LAYERS.Attention,
    _LAYERS.AdditiveAttention,
)
KINDS = (
    "Dropout, SpatialDropout1D, 2D and 3D, AlphaDropout and GaussianDropout with a rate above 0; dropout= and "
    "recurrent_dropout= of LSTM, GRU, SimpleRNN and ConvLSTM; dropout= of attention layers"
)
"""The layers that count, in words."""

_thread = threading.local()


@dataclass(frozen=True)
class Dropout:
    """A layer that drops units.

    Args:
        layer: the layer.
        rates: shares of units, in [0, 1]; where all are 0, it drops nothing.
    """

    layer: keras.layers.Layer
    rates: tuple[float, ...]

    @property
    def drops(self) -> bool:
        """Whether it drops anything."""
        return any(self.rates)


def layers_of(model: keras.Model) -> list[Any]:
    """The model, its layers, those of nested models and wrappers, and a Functional model's other operations."""
    found: dict[int, Any] = {}
    waiting: list[Any] = [model]
    while waiting:
        layer = waiting.pop(0)
        if id(layer) not in found:
            found[id(layer)] = layer
            waiting.extend(compat.sublayers(layer))
    return list(found.values())


def find_dropouts(model: keras.Model) -> list[Dropout]:
    """The layers of a model that are made to drop units, those with rate 0 too, nested models included."""
    layers = layers_of(model)
    handed_on = {id(layer.cell) for layer in layers if isinstance(layer, _RECURRENT)}  # its layer's own dropout
    return [
        Dropout(layer, rates) for layer in layers if id(layer) not in handed_on and (rates := _rates(layer)) is not None
    ]


def _rates(layer: Any) -> tuple[float, ...] | None:
    if isinstance(layer, _DROPPING):
        return (float(layer.rate),)
    if isinstance(layer, _WITH_DROPOUT):
        rates = (float(layer.dropout), float(getattr(layer, "recurrent_dropout", 0.0)))
        # An attention or recurrent layer is made for something else: without dropout, it is none.
        return rates if any(rates) else None
    return None


@contextmanager
def dropping(dropouts: Sequence[Dropout]) -> Iterator[set[int]]:
    """While it is open, what this thread traces sees these layers drop, whatever `training` it says.

    Args:
        dropouts: of `find_dropouts`.

    Yields:
        The `id` of each layer that was called; filled while the block runs.
    """
    called: set[int] = set()
    before = getattr(_thread, "called", None)
    _thread.called = called
    try:
        with ExitStack() as stack:
            for dropout in dropouts:
                make = functools.partial(_told_of_training, dropout.layer)
                stack.enter_context(patched(dropout.layer, "call", make))
            yield called
    finally:
        _thread.called = before


def _told_of_training(layer: keras.layers.Layer, own: Callable[..., Any]) -> Callable[..., Any]:
    # A subclass without the argument has decided for itself, as the MCDropout of many a notebook does.
    takes_training = "training" in inspect.signature(own).parameters

    @functools.wraps(own)
    def call(*arguments: Any, **named: Any) -> Any:
        called = getattr(_thread, "called", None)
        if called is None:  # another thread calls the model while this one traces it
            return own(*arguments, **named)
        called.add(id(layer))
        return own(*arguments, **({**named, "training": True} if takes_training else named))

    return call
