"""A signal layer by layer, in the order in which the model calls them, as a table of layers and moments.

Of a layer's variables the one that does the work stands for all: the kernel, or what a layer has in its place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from trainwell.run import Run, Series

_MAIN = ("kernel", "recurrent_kernel", "depthwise_kernel", "pointwise_kernel", "embeddings")


@dataclass(frozen=True)
class ByLayer:
    """One signal of several layers.

    Args:
        names: of the layers, first to last.
        at: `(moments,)`, steps or epochs.
        values: `(layers, moments)`; NaN-free only where the signal was.
        seen: `(layers, moments)`, whether it was recorded at all.
        axis: `"step"` or `"epoch"`.
    """

    names: tuple[str, ...]
    at: np.ndarray
    values: np.ndarray
    seen: np.ndarray
    axis: str


def outputs(run: Run, signal: str) -> ByLayer | None:
    """A signal of layers' outputs, such as `"output_deviation"`; `None` where it was not recorded."""
    return _table(run, _under(run, signal))


def weights(run: Run, signal: str) -> ByLayer | None:
    """A signal of variables, such as `"gradient_rms"`, of each layer's main one; `None` where it was not recorded."""
    return _table(run, main_variables(run, signal))


def main_variables(run: Run, signal: str) -> dict[str, Series]:
    """By layer, the series of its main variable."""
    found: dict[str, Series] = {}
    under = _under(run, signal)
    for kind in _MAIN:
        for place, series in under.items():
            layer, _, variable = place.rpartition("/")
            if variable == kind:
                found.setdefault(layer, series)
    return found


def order(run: Run) -> dict[str, int]:
    """The number of each layer's first call; empty where the Run does not tell."""
    found: dict[str, int] = {}
    for number, call in enumerate(run.model.calls or ()):
        found.setdefault(call.place, number)
    return found


def rank(place: str, ranks: dict[str, int]) -> int:
    """Where a place stands: a part of a layer stands where the layer does."""
    while place and place not in ranks:
        place = place.rpartition("/")[0]
    return ranks.get(place, len(ranks))


def bins(size: int, most: int) -> list[np.ndarray]:
    """The numbers from 0 to `size` in at most `most` stretches of one length, but for the last.

    Example:
    >>> [each.tolist() for each in bins(5, 3)]
    [[0, 1], [2, 3], [4]]
    """
    length = -(-size // most)
    return np.split(np.arange(size), range(length, size, length))


def _under(run: Run, signal: str) -> dict[str, Series]:
    start = f"{signal}/"
    return {
        name.removeprefix(start): series
        for name, series in run.signals.items()
        if name.startswith(start) and len(series.values) and np.ndim(series.values) == 1
    }


def _table(run: Run, found: dict[str, Series]) -> ByLayer | None:
    if not found:
        return None
    axis = next(iter(found.values())).axis
    kept = {place: series for place, series in found.items() if series.axis == axis}
    ranks = order(run)
    names = sorted(kept, key=lambda place: rank(place, ranks))
    at = np.unique(np.concatenate([series.at for series in kept.values()]))
    values, seen = np.zeros((len(names), len(at))), np.zeros((len(names), len(at)), dtype=bool)
    for row, name in enumerate(names):
        columns = np.searchsorted(at, kept[name].at)
        values[row, columns] = np.asarray(kept[name].values, dtype=float)
        seen[row, columns] = True
    return ByLayer(tuple(names), at, values, seen, axis)
