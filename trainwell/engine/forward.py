"""Signals of the outputs of every layer over many rows, read in a forward pass without training.

The pass is compiled once, and once more where the last batch is shorter. It reads the model and leaves no trace:
moving statistics and the states of random generators go from batch to batch and are dropped at the end.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import keras
import numpy as np

from trainwell.engine import compile_cache
from trainwell.engine.observing import observed_call

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainwell.engine.signal_batch import SignalBatch
    from trainwell.signals import Signal


@dataclass(frozen=True)
class ForwardReadings:
    """What was read, batch by batch.

    Args:
        places: where, in the order in which the outputs came.
        values: by signal, `(batches, places)` float64.
        rows: `(batches,)`, rows of each batch.
        last: the places that read the model's own outputs.
        not_measured: by layer, why it was not read.
    """

    places: tuple[str, ...]
    values: dict[str, np.ndarray]
    rows: np.ndarray
    last: tuple[str, ...]
    not_measured: dict[str, str]


@compile_cache.kept()
def read_forward(
    model: keras.Model, x: Any, signals: Sequence[Signal], *, batch_size: int, training: bool = False
) -> ForwardReadings:
    """Calls `model` on x in batches and reads signals of all layers' outputs.

    Args:
        model: any Keras model; built here where it is not built yet. It need not be compiled.
        x: an array `(rows, ...)`, or a list or dictionary of them; at least one row.
        signals: of outputs, one number each, that every output has.
        batch_size: rows of a batch at most, at least 1.
        training: whether layers such as dropout act as in training.
    """
    takes_training = "training" in inspect.signature(model.call).parameters
    options = {"training": training} if takes_training else {}
    if not model.built:
        model(keras.tree.map_structure(lambda array: array[:1], x), **({"training": False} if takes_training else {}))
    call = observed_call(model, signals)
    last: list[str] = []

    @jax.jit
    def read(trainable: Any, others: Any, batch: Any) -> tuple[SignalBatch, Any]:
        variables = [*model.trainable_variables, *model.non_trainable_variables]
        values = [*trainable, *others]
        with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))) as scope:
            _, places, readings = call(batch, **options)
        last[:] = places
        after = [scope.get_current_value(variable) for variable in model.non_trainable_variables]
        return readings, [old if new is None else new for new, old in zip(after, others, strict=True)]

    trainable = [variable.value for variable in model.trainable_variables]
    others = [variable.value for variable in model.non_trainable_variables]
    count = len(keras.tree.flatten(x)[0])
    found: list[SignalBatch] = []
    rows = []
    size = -(-count // -(-count // batch_size))  # of batches as equal as may be: the last one is seldom shorter
    for start in range(0, count, size):
        batch = keras.tree.map_structure(lambda array: array[start : start + size], x)  # noqa: B023 -- called at once
        readings, others = read(trainable, others, batch)
        found.append(readings)
        rows.append(min(size, count - start))
    by_key = [readings.by_key() for readings in found]
    first = signals[0].name
    places = tuple(place for signal, place in by_key[0] if signal == first)
    values = {
        signal.name: np.asarray([[one[signal.name, place] for place in places] for one in by_key], dtype=np.float64)
        for signal in signals
    }
    return ForwardReadings(places, values, np.asarray(rows), tuple(last), found[0].not_measured)
