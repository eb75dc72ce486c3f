"""What the batches of a source hold, counted while they are read: rows that come again, classes, weights.

Rows are told apart by a hash of their inputs and targets, so memory stays bounded: at most `MOST_ROWS` hashes and one
entry a batch. After `MOST_BYTES` no more rows are compared, since hashing large images takes as long as reading them.
Nothing here can refuse a batch; what cannot be counted is left out.

Not good at: rows that differ by noise, such as augmented copies. They count as different rows.
"""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_ROWS = 200_000  # whose hashes are kept
MOST_BYTES = 512 * 2**20  # that are hashed
MOST_CLASSES = 100  # more are values rather than classes


class BatchContents:
    """Counts over the batches that were read.

    Attributes:
        batches: batches whose rows were compared.
        rows: rows of these batches.
        weighted: rows that have a weight; a row whose positions have weights counts once.
        zero: rows among these whose weights are all zero.
    """

    def __init__(self) -> None:
        self.batches = self.rows = 0
        self.weighted = self.zero = 0
        self._orders: set[int] = set()
        self._known: set[int] = set()
        self._bytes = 0
        self._before: set[int] = set()
        self._overlaps: list[float] = []
        self._within: list[float] = []
        self._classes: list[tuple[int, Counter[float]]] | None = []

    def take(self, batch: Sequence[Any]) -> None:
        """Count a batch.

        Args:
            batch: `(x,)`, `(x, y)` or `(x, y, sample_weight)`, in NumPy arrays.
        """
        rows = keras.tree.flatten(batch[:2])
        has_room = self.rows < MOST_ROWS and self._bytes < MOST_BYTES
        if has_room and all(each.ndim and not each.dtype.hasobject for each in rows):
            self._bytes += sum(each.nbytes for each in rows)
            self._compare(_hashes(rows))
        if self._classes is not None and len(batch) > 1:
            self._count_classes(keras.tree.flatten(batch[1]))
        if len(batch) > 2:  # noqa: PLR2004 -- the third is the weights
            self._count_weights(keras.tree.flatten(batch[2]))

    @property
    def distinct_batches(self) -> int:
        """Batches that differ from all others in a row or in the order of their rows."""
        return len(self._orders)

    @property
    def distinct_rows(self) -> int:
        """Rows that differ from all others."""
        return len(self._known)

    @property
    def overlap(self) -> float | None:
        """Mean share of the rows of a batch that the batch before it held too; `None` for a single batch."""
        return float(np.mean(self._overlaps)) if self._overlaps else None

    @property
    def distinct_within(self) -> float:
        """Mean share of the rows of a batch that differ from the other rows of the same batch."""
        return float(np.mean(self._within)) if self._within else 0.0

    def classes(self) -> tuple[int, float, float] | None:
        """Return how classes are spread over batches; `None` where the targets are no classes, or there is only one.

        Returns:
            The number of classes, the share of the batches that hold one class only, and the share of the targets'
            variance that lies between batches.
        """
        counted = [(rows, counts) for rows, counts in self._classes or () if rows]
        total: Counter[float] = sum((counts for _, counts in counted), Counter())
        if len(total) < 2 or not counted:  # noqa: PLR2004 -- one class cannot be spread unevenly
            return None
        names = sorted(total)
        sizes = np.array([rows for rows, _ in counted], float)
        shares = np.array([[counts[name] for name in names] for _, counts in counted]) / sizes[:, None]
        mean = (shares * sizes[:, None]).sum(axis=0) / sizes.sum()
        between = ((shares - mean) ** 2 * sizes[:, None]).sum() / sizes.sum()
        alone = np.mean([len(counts) == 1 for _, counts in counted])
        return len(names), float(alone), float(between / (mean * (1 - mean)).sum())

    def _compare(self, hashes: list[int]) -> None:
        if not hashes:
            return
        here = set(hashes)
        if self.batches:
            self._overlaps.append(float(np.mean([each in self._before for each in hashes])))
        self._within.append(len(here) / len(hashes))
        self._orders.add(hash(tuple(hashes)))
        self._known |= here
        self._before = here
        self.batches += 1
        self.rows += len(hashes)

    def _count_classes(self, targets: list[np.ndarray]) -> None:
        """Count the classes of one target with one class a row: whole numbers, or one-hot rows."""
        labels = _labels(targets[0]) if len(targets) == 1 else None
        if labels is None or self._classes is None:
            self._classes = None
            return
        self._classes.append((len(labels), Counter(labels.tolist())))
        if len(self._classes[-1][1]) > MOST_CLASSES:
            self._classes = None

    def _count_weights(self, weights: list[np.ndarray]) -> None:
        known = [each for each in weights if each.ndim and len(each) and each.dtype.kind in "biuf"]
        if known:
            empty = np.all([(each.reshape(len(each), -1) == 0).all(axis=1) for each in known], axis=0)
            self.weighted += len(empty)
            self.zero += int(empty.sum())


def _hashes(leaves: list[np.ndarray]) -> list[int]:
    leaves = [np.ascontiguousarray(each) for each in leaves]
    found = []
    for row in range(min(map(len, leaves), default=0)):
        content = blake2b(digest_size=8)
        for leaf in leaves:
            content.update(leaf[row].tobytes())
        found.append(int.from_bytes(content.digest(), "big"))
    return found


def _labels(target: np.ndarray) -> np.ndarray | None:
    """Return the class of each row; `None` where the target is not one class a row."""
    if target.dtype.kind not in "biuf" or not target.ndim or not len(target):
        return None
    if target.ndim == 2 and target.shape[1] > 1:  # noqa: PLR2004 -- rows of one-hot columns
        is_one_hot = np.isin(target, (0, 1)).all() and (target.sum(axis=1) == 1).all()
        return target.argmax(axis=1) if is_one_hot else None
    if target.size != len(target):
        return None
    values = target.ravel()
    return values if np.array_equal(values, np.rint(values)) else None
