"""Some rows of the batches that go by, for whoever sees a training only from within it.

Rows are kept at regular distances; where they grow too many, the distance doubles and those between are let go, so that
memory stays bounded and the rows stay spread over all that went by. Beside them stay the first row that holds a NaN or
an infinity and the rows with the least and the greatest target, which a single row in a million can be; on an
accelerator these are not looked for, since that would bring every batch back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import keras
import numpy as np

from trainwell.engine import compat

if TYPE_CHECKING:
    from trainwell.engine.feeds import FeedPart

MOST = 4096
MOST_BYTES = 64 * 2**20


@dataclass(frozen=True)
class Kept:
    """Rows that were kept, in the order in which they came.

    Args:
        x, y: as the batches hold them, `(rows, ...)`; y is an empty dictionary where they hold no targets.
        at: of each row, how many came before it.
    """

    x: Any
    y: Any
    at: np.ndarray


class Rows:
    """Rows of the batches that go by.

    Args:
        most: rows kept at most, apart from the few that stand out.
        most_bytes: that they take at most.
    """

    def __init__(self, most: int = MOST, most_bytes: int = MOST_BYTES) -> None:
        self.seen = 0
        self.batch_size: int | None = None
        self.weighted = False
        """Whether the batches hold weights of their rows, given as such or made from weights of classes."""
        self.reason = ""
        """Why no rows are kept; `""` where some are."""
        self._most, self._most_bytes = most, most_bytes
        self._every = 1
        self._form: Any = None
        self._shapes: list[tuple[int, ...]] = []
        self._chunks: list[tuple[np.ndarray, list[np.ndarray]]] = []
        self._standing_out: dict[tuple[str, int], tuple[float, int, list[np.ndarray]]] = {}

    def take(self, part: FeedPart) -> None:
        """Takes note of batches, and keeps those of their rows whose turn it is."""
        x, y, weight = compat.unpack(part.batches)
        leaves = keras.tree.flatten((x, {} if y is None else y))
        if not leaves or not all(isinstance(leaf, (np.ndarray, jax.Array)) and leaf.ndim for leaf in leaves):
            self.reason = "the batches hold something else than dense arrays"
            return
        self.weighted |= weight is not None
        if not part.alone:
            leaves = [leaf[part.start : part.stop].reshape((-1, *leaf.shape[2:])) for leaf in leaves]
        rows = len(leaves[0])
        if self._form is None:
            self._begin(leaves, (x, {} if y is None else y), rows if part.alone else rows // part.steps)
        at = self.seen + np.arange(rows)
        self.seen += rows
        if [leaf.shape[1:] for leaf in leaves] != self._shapes:  # sequences of another length, say
            return
        turns = np.flatnonzero(at % self._every == 0)
        on_host = all(isinstance(leaf, np.ndarray) or _is_on_cpu(leaf) for leaf in leaves)
        if not on_host and not len(turns):
            return
        arrays = [np.asarray(leaf) for leaf in leaves]
        if on_host:
            self._keep_what_stands_out(arrays, at)
        if len(turns):
            self._chunks.append((at[turns], [array[turns] for array in arrays]))  # indexing copies
        while sum(len(at) for at, _ in self._chunks) > self._most:
            self._thin_out()

    def kept(self) -> Kept | None:
        """The rows so far; `None` where there are none."""
        if not self._chunks:
            return None
        at = np.concatenate([at for at, _ in self._chunks])
        have = set(at.tolist())
        extra = {number: arrays for _, number, arrays in self._standing_out.values() if number not in have}
        at = np.concatenate([at, np.asarray(sorted(extra), at.dtype)])
        order = np.argsort(at, kind="stable")
        leaves = [
            np.concatenate([*(arrays[i] for _, arrays in self._chunks), *(extra[n][i] for n in sorted(extra))])[order]
            for i in range(len(self._shapes))
        ]
        x, y = keras.tree.pack_sequence_as(self._form, leaves)
        return Kept(x, y, at[order])

    def _begin(self, leaves: list[Any], form: Any, batch_size: int) -> None:
        self._form = keras.tree.map_structure(lambda _: 0, form)
        self._targets = len(keras.tree.flatten(form[1]))
        self._shapes = [leaf.shape[1:] for leaf in leaves]
        self.batch_size = batch_size
        row = sum(math.prod(leaf.shape[1:]) * leaf.dtype.itemsize for leaf in leaves)
        self._most = max(8, min(self._most, self._most_bytes // max(1, row)))

    def _keep_what_stands_out(self, arrays: list[np.ndarray], at: np.ndarray) -> None:
        first_target = len(arrays) - self._targets
        for number, array in enumerate(arrays):
            if array.dtype.kind == "f" and ("non-finite", number) not in self._standing_out:
                with np.errstate(all="ignore"):  # one sum tells that a batch has none, as nearly all have
                    bad = not np.isfinite(array.sum()) and ~np.isfinite(array.reshape(len(array), -1)).all(axis=1)
                if np.any(bad):
                    self._put("non-finite", number, 0.0, int(np.argmax(bad)), arrays, at)
            if number < first_target or array.dtype.kind not in "biuf" or not array.size:
                continue
            flat = array.reshape(len(array), -1).astype(np.float64)
            for name, values in (("least", np.fmin.reduce(flat, 1)), ("greatest", -np.fmax.reduce(flat, 1))):
                if np.isnan(values).all():
                    continue
                row = int(np.nanargmin(values))
                known = self._standing_out.get((name, number))
                if known is None or values[row] < known[0]:
                    self._put(name, number, float(values[row]), row, arrays, at)

    def _put(self, name: str, number: int, value: float, row: int, arrays: list[np.ndarray], at: np.ndarray) -> None:
        self._standing_out[name, number] = value, int(at[row]), [array[row : row + 1].copy() for array in arrays]

    def _thin_out(self) -> None:
        self._every *= 2
        chunks = []
        for at, arrays in self._chunks:
            stays = at % self._every == 0
            if stays.any():
                chunks.append((at[stays], [array[stays] for array in arrays]))
        self._chunks = chunks


def _is_on_cpu(array: jax.Array) -> bool:
    return all(device.platform == "cpu" for device in array.devices())
