"""Data that come in batches: rows for whatever needs rows apart, and the source to train on.

Rules, probes and looks between epochs need rows in memory; a source of batches may be larger than memory, endless, or
readable only once. So the first batches are read, at most `MOST_BATCHES` of them, and a reservoir of at most
`engine.rows.MOST` rows is kept, spread evenly over what was read. The training itself then runs on the source. A
generator, which cannot be read twice, is handed on with the batches that were read put back in front (`MOST_BYTES` at
most): no batch is lost, and none comes twice.

Not good at: sources whose first batches do not represent the rest, beyond what was read. `Batches.says` tells how far
that was.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from trainwell.datasets.memory import MEBIBYTE, free_memory
from trainwell.engine import compat
from trainwell.engine.batch_contents import BatchContents
from trainwell.engine.feeds import FeedPart
from trainwell.engine.rows import MOST, Kept, Rows
from trainwell.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_BATCHES = 1024  # read for the reservoir: 32,768 rows in batches of 32
MOST_BYTES = 512 * 2**20  # of the batches that are read from a source that can be read only once
_WITHOUT_KNOWLEDGE = 4 * 2**30  # bytes, where the machine does not say what is free
_SOURCES = ("tensorflow", "torch")  # packages whose data sets Keras takes


def comes_in_batches(x: Any) -> bool:
    """Return True if `x` yields batches: a PyDataset, a generator, a `tf.data.Dataset` or a torch `DataLoader`."""
    if isinstance(x, keras.utils.PyDataset) or hasattr(x, "__next__"):
        return True
    package = type(x).__module__.split(".")[0]
    is_array = hasattr(x, "__array__") or hasattr(x, "shape") or hasattr(x, "to_numpy")
    is_loader = package in _SOURCES or (hasattr(x, "dataset") and hasattr(x, "batch_size"))  # a subclass of DataLoader
    return is_loader and not is_array and hasattr(x, "__iter__")


def require_alone(validation_split: float = 0.0, **given: Any) -> None:
    """Check that nothing is given beside a source of batches that it yields itself, or that needs arrays.

    Args:
        validation_split: as of `fit`; must be 0.
        given: other arguments of `fit` by name; each must be `None`.

    Raises:
        InputError: one of them is given.
    """
    for name, value in given.items():
        if value is not None:
            raise InputError(
                f"{name} was given beside a source of batches.",
                "Leave it out, and let the source yield (inputs, targets) or (inputs, targets, weights).",
            )
    if validation_split:
        raise InputError(
            "validation_split needs arrays, and x is a source of batches.",
            "Pass validation_data: arrays (x, y), or a second source of batches.",
        )


def collected(given: Any, steps: int | None = None, name: str = "x") -> tuple[tuple[Any, ...], int]:
    """Read all rows of one epoch of a source into memory.

    Args:
        given: the source.
        steps: batches to read; all of them where not given.
        name: what messages call the source.

    Returns:
        The rows as `(x,)`, `(x, y)` or `(x, y, sample_weight)`, and the number of rows of the first batch.

    Raises:
        InputError: the source is endless, empty, too large for half of the free memory, or its batches do not fit
            together.
    """
    length = steps or _length(given)
    if length is None and isinstance(given, keras.utils.PyDataset):
        raise InputError(f"{name} is an endless source of batches.", "Pass a source that ends, or arrays.")
    limit = (free_memory() or _WITHOUT_KNOWLEDGE) // 2
    parts, size = [], 0
    for batch in itertools.islice(_batches_of(given), length):
        parts.append(_as_numpy(batch, name))
        size += sum(leaf.nbytes for leaf in keras.tree.flatten(parts[-1]))
        if size > limit:
            raise InputError(
                f"{name} is needed in memory as a whole, and its first {len(parts):,} batches take "
                f"{size / MEBIBYTE:,.0f} MiB, more than half of what is free.",
                "Pass fewer batches, or an array that is mapped from a file.",
            )
    if not parts:
        raise InputError(f"{name} yields no batch.", "Check that the source is not empty, or was not read before.")
    try:
        rows: Any = keras.tree.map_structure(lambda *leaves: np.concatenate(leaves), *parts)
    except ValueError as error:
        raise InputError(
            f"The batches of {name} do not fit together: {error}", "Yield batches of one structure and shape."
        ) from error
    return rows, len(keras.tree.flatten(parts[0])[0])


@dataclass
class Batches:
    """A source of batches, and a reservoir of its rows.

    Args:
        given: the source, as `fit` takes it.
        kept: rows of the batches that were read.
        batch_size: rows of the first batch.
        steps: batches of an epoch; `None` where the source is endless or its length is not known.
        batches_seen: batches that were read.
        rows_seen: rows of these batches.
        whole_epoch: whether these were all batches of an epoch.
        weighted: whether the batches hold weights of their rows.
        exhausted: whether the source can be read only once and has ended, so that it lasts for one epoch.
        read: batches of a source that can be read only once; they are put back in front of it.
        contents: what the batches that were read hold: rows that come again, classes, weights.
    """

    given: Any
    kept: Kept
    batch_size: int
    steps: int | None
    batches_seen: int
    rows_seen: int
    whole_epoch: bool
    weighted: bool
    exhausted: bool = False
    read: list[Any] = field(default_factory=list, repr=False)
    contents: BatchContents = field(default_factory=BatchContents, repr=False)

    @classmethod
    def of(cls, given: Any, steps_per_epoch: int | None = None, reservoir: int = MOST, name: str = "x") -> Batches:
        """Read the first batches of a source.

        Args:
            given: the source.
            steps_per_epoch: batches of an epoch, as of `fit`; all of them where not given.
            reservoir: rows that are kept at most.
            name: what messages call the source.

        Raises:
            InputError: the source yields nothing, or batches that are no dense arrays of inputs and targets.
        """
        once = hasattr(given, "__next__")
        length = steps_per_epoch or _length(given)
        rows, read, count, size, ended = Rows(reservoir, MOST_BYTES), [], 0, 0, False
        contents = BatchContents()
        source = _batches_of(given)
        while count < min(length or MOST_BATCHES, MOST_BATCHES) and not (once and size > MOST_BYTES):
            try:
                batch = next(source)
            except StopIteration:
                ended = True
                break
            if once:
                read.append(batch)
            batch = _as_numpy(batch, name)
            size += sum(leaf.nbytes for leaf in keras.tree.flatten(batch))
            rows.take(FeedPart(batch, alone=True))
            if rows.reason:
                raise InputError(
                    f"{name} yields batches that cannot be looked at: {rows.reason}.", "Yield (inputs, targets) arrays."
                )
            contents.take(batch)
            count += 1
        kept = rows.kept()
        if kept is None:
            raise InputError(f"{name} yields no batch.", "Check that the source is not empty, or was not read before.")
        if not keras.tree.flatten(kept.y):
            raise InputError(
                f"{name} yields batches without targets, and a loss compares the outputs with targets.",
                "Yield tuples (inputs, targets); for an autoencoder, the inputs twice.",
            )
        whole = ended or count == length
        return cls(
            given,
            kept,
            rows.batch_size or len(kept.at),
            count if ended and not steps_per_epoch else length,
            count,
            rows.seen,
            whole,
            rows.weighted,
            once and ended,
            read,
            contents,
        )

    @property
    def rows(self) -> int | None:
        """Rows of an epoch; `None` where they are not known."""
        if self.whole_epoch:
            return self.rows_seen
        return None if self.steps is None else self.steps * self.batch_size

    @property
    def is_shuffled_by_fit(self) -> bool:
        """Return True if `fit(shuffle=True)` shuffles the batches, as it does those of a `PyDataset`."""
        return isinstance(self.given, keras.utils.PyDataset)

    @property
    def says(self) -> str:
        """Describe the rows of the reservoir in words."""
        of = "all batches of an epoch" if self.whole_epoch else "the first batches"
        return f"{len(self.kept.at):,} of the {self.rows_seen:,} rows of {of}, in the order in which they came"

    def for_fit(self) -> Any:
        """The source to hand to `fit`, beginning with its first batch; call it once for each training.

        A generator is advanced by the training, and what one training took is gone for the next one.
        """
        if not self.read:
            return self.given
        read, self.read = self.read, []
        return _generator(itertools.chain(read, self.given))


def _generator(batches: Iterable[Any]) -> Iterator[Any]:
    """A generator proper, which is what Keras takes."""
    yield from batches


def _length(given: Any) -> int | None:
    """Batches of an epoch, as far as the source tells; `None` for an endless one."""
    if isinstance(given, keras.utils.PyDataset):
        return given.num_batches
    if hasattr(given, "cardinality"):
        cardinality = int(given.cardinality())
        return cardinality if cardinality > 0 else None  # negative: endless, or not known
    try:
        return len(given)
    except TypeError:
        return None


def _batches_of(given: Any) -> Iterator[Any]:
    if isinstance(given, keras.utils.PyDataset):
        numbers = itertools.count() if given.num_batches is None else range(given.num_batches)
        return (given[number] for number in numbers)
    return iter(given)


def _as_numpy(batch: Any, name: str) -> tuple[Any, ...]:
    if isinstance(batch, list):
        batch = tuple(batch)
    if not isinstance(batch, tuple):
        batch = (batch,)
    if not 1 <= len(batch) <= 3:  # noqa: PLR2004 -- inputs, targets, weights
        raise InputError(
            f"{name} yields tuples of {len(batch)}, and (inputs, targets) or (inputs, targets, weights) was expected.",
            "Put several inputs into a list or a dictionary.",
        )
    x, y, weight = compat.unpack(batch)
    parts = [part for part in (x, y, weight) if part is not None]
    return tuple(keras.tree.map_structure(_array, part) for part in parts)


def _array(leaf: Any) -> np.ndarray:
    if isinstance(leaf, np.ndarray):
        return leaf
    if hasattr(leaf, "detach"):  # a torch tensor
        leaf = leaf.detach().cpu()
    return np.asarray(leaf)
