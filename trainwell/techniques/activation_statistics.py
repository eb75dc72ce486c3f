"""Mean and deviation of each layer's outputs by depth: whether a deep net keeps, loses or blows up its signal.

What is seen is one state of the weights, at initialisation or after training; `tw.Recording` reads the same while a
model trains. All rows, units and positions of a layer count together: a few wild units are not seen, and neither is a
net whose units differ from each other but no longer from row to row.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from trainwell.engine import require_jax
from trainwell.engine.forward import read_forward
from trainwell.errors import InputError
from trainwell.report.figures.depth import draw_depth
from trainwell.report.palette import LIGHT
from trainwell.signals import named, output_zero_share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from trainwell.report.palette import Style


@dataclass(frozen=True)
class ActivationStatistics:
    """What the layers of a model give out over some rows.

    Args:
        layers: names in the order in which the layers are called, as `encoder/dense`; `dense:2` for a second call.
        mean: `(layers,)`, the mean of all outputs of each.
        deviation: `(layers,)`, their standard deviation.
        zero_share: `(layers,)`, the share of them that are exactly 0, in [0, 1].
        not_measured: by layer, why it was not read.
    """

    layers: tuple[str, ...]
    mean: np.ndarray
    deviation: np.ndarray
    zero_share: np.ndarray
    not_measured: dict[str, str] = field(default_factory=dict)

    def figure(self, style: Style = LIGHT) -> Figure:
        """Mean and deviation over depth; `trainwell.report.figures.depth` draws several nets side by side."""
        return draw_depth({"": (self.mean, self.deviation)}, style)


def activation_statistics(
    model: keras.Model,
    x: Any,
    *,
    batch_size: int = 256,
    training: bool = False,
    layers: Sequence[str] | None = None,
) -> ActivationStatistics:
    """Reads the outputs of every hidden layer of `model` over `x`, in one compiled pass.

    Over all n outputs a of a layer: `mean = Σa/n`, `deviation = √(Σ(a - mean)²/n)`, `zero_share = #(a = 0)/n`.

    Args:
        model: a Sequential, Functional, nested or subclassed Keras model, compiled or not; it stays as it is.
        x: inputs `(rows, ...)`: an array, or a list or dictionary of arrays.
        batch_size: rows at a time at most, at least 1; where layers do not look at other rows, it changes nothing.
        training: whether dropout drops and batch normalisation takes the batch's own statistics.
        layers: names of those to keep; every layer but the last where not given. Layers that only reshape have none.

    Returns:
        The statistics, layer by layer.

    Raises:
        InputError: an argument is out of its range, there are no rows, or a layer is not there to be read.

    Example:
    >>> import keras, numpy as np
    >>> ones = keras.layers.Dense(4, "relu", kernel_initializer="ones", name="sum")
    >>> model = keras.Sequential([keras.Input((2,)), ones, keras.layers.Dense(1)])
    >>> found = activation_statistics(model, np.array([[1.0, 2.0], [-1.0, -2.0]]))
    >>> found.layers, found.mean, found.deviation, found.zero_share
    (('sum',), array([1.5]), array([1.5]), array([0.5]))

    Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks" (2010), which
    looks at activations by depth; Klambauer et al., "Self-normalizing neural networks", arXiv 1706.02515 (2017).
    """
    require_jax("tw.techniques.activation_statistics")
    if batch_size < 1:
        raise InputError(f"batch_size={batch_size} was given, and at least 1 row was expected.", "Leave it out.")
    x = keras.tree.map_structure(np.asarray, x)
    counts = {len(array) for array in keras.tree.flatten(x)}
    if len(counts) != 1 or counts == {0}:
        raise InputError(
            f"x has {' and '.join(map(str, sorted(counts)))} rows, and one number of at least 1 was expected.",
            "Give the same rows of every input.",
        )
    signals = (*named(["output_mean", "output_deviation"]), output_zero_share())
    read = read_forward(model, x, signals, batch_size=batch_size, training=training)
    kept = [place for place in read.places if place not in read.last] if layers is None else list(layers)
    for name in kept:
        if name not in read.places:
            why = read.not_measured.get(name, "the model calls no such layer")
            raise InputError(
                f"layers names {name!r}, which was not read: {why}.", f"Choose among {', '.join(read.places)}."
            )
    if not kept:
        raise InputError(
            f"The model {model.name!r} has no hidden layer whose output can be read.",
            "Name layers by layers=, or give a model with more than one layer.",
        )
    at = [read.places.index(place) for place in kept]
    mean, deviation, zero_share = (read.values[signal.name][:, at] for signal in signals)
    of_all, spread = _pooled(mean, deviation, read.rows)
    share = np.average(zero_share, axis=0, weights=read.rows)
    return ActivationStatistics(tuple(kept), of_all, spread, share, read.not_measured)


def _pooled(means: np.ndarray, deviations: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation of all batches `(batches, layers)` together, without the cancellation of Σa² - (Σa)²."""
    mean = np.average(means, axis=0, weights=rows)
    within = np.average(np.square(deviations), axis=0, weights=rows)
    between = np.average(np.square(means - mean), axis=0, weights=rows)
    return mean, np.sqrt(within + between)
