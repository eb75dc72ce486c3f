"""One table column as a model's inputs: numbers with a mark for missing ones, category codes, or the parts of a date.

Each is fitted on training rows and is plain data, so that a person can read in the run folder what was done to a
column. Numbers are not scaled here: that is the model's own first layer.
"""

# pyright: reportAttributeAccessIssue=false
# (pyarrow makes the functions of its `compute` module when it is imported, where pyright cannot see them)

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trainwell.datasets.column_values import as_booleans, as_numbers, as_text, as_times

if TYPE_CHECKING:
    from trainwell.datasets.target_values import Place

MISSING_CODE = 0
OTHER_CODE = 1
FIRST_CODE = 2
"""Category codes: 0 is a missing value, 1 any other value than the known ones, which follow from 2 on."""

MOST_CATEGORIES = 100
"""Known values of a category column at most, the most frequent: rarer ones leave too few rows each to learn from."""

DAY_SECONDS = 86_400
THURSDAY = 3
"""The day of the week, counted from Monday, on which the time of NumPy begins: 1970-01-01."""


@dataclass(frozen=True)
class NumericColumn:
    """A column of numbers or of true and false (1 and 0): missing ones become the training rows' median.

    Args:
        name: the column's name.
        median: of the training rows; fills gaps.
        missing: whether a second input marks the gaps with 1: where training rows had some.
        offset: subtracted before the numbers become 32-bit floats: 0, unless those could not tell them apart.
        role: `"numeric"` or `"boolean"`.
    """

    name: str
    median: float
    missing: bool
    offset: float = 0.0
    role: Literal["numeric", "boolean"] = "numeric"

    @classmethod
    def fit(cls, values: np.ndarray, name: str, role: Literal["numeric", "boolean"]) -> NumericColumn:
        """From the training rows' `float64` values, at least one of which is there."""
        there = values[~np.isnan(values)]
        median = float(np.median(there))
        told_apart = len(np.unique(there.astype(np.float32))) == len(np.unique(there))
        # Large numbers with small differences, such as seconds since 1970, would run together.
        offset = (
            0.0 if told_apart or len(np.unique((there - median).astype(np.float32))) <= _distinct(there) else median
        )
        return cls(name, median, len(there) < len(values), offset, role)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the inputs."""
        return (self.name, f"{self.name}: missing") if self.missing else (self.name,)

    def encode(self, column: pa.ChunkedArray, place: Place) -> np.ndarray:
        """The inputs, `(rows, 1 or 2)` float32."""
        read = as_booleans if self.role == "boolean" else as_numbers
        return _filled(read(column, self.name, place) - self.offset, self.median - self.offset, mark=self.missing)


@dataclass(frozen=True)
class TimeColumn:
    """A column of dates or times, as numeric parts.

    Args:
        name: the column's name.
        origin: the earliest training row's time (ISO 8601, UTC), from which elapsed days are counted.
        parts: name of each part that differs among training rows, to its median there; fills gaps.
        missing: whether a last input marks the gaps with 1: where training rows had some.
    """

    name: str
    origin: str
    parts: dict[str, float]
    missing: bool
    role: Literal["time"] = "time"

    @classmethod
    def fit(cls, times: np.ndarray, name: str) -> TimeColumn:
        """From the training rows' `datetime64[s]` values, at least two of which differ."""
        there = times[~np.isnat(times)]
        parts = {part: values for part, values in _time_parts(there, there.min()).items() if np.ptp(values) > 0}
        medians = {part: float(np.median(values)) for part, values in parts.items()}
        return cls(name, str(there.min()), medians, len(there) < len(times))

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the inputs."""
        return tuple(f"{self.name}: {part}" for part in [*self.parts, *(["missing"] if self.missing else [])])

    def encode(self, column: pa.ChunkedArray, place: Place) -> np.ndarray:
        """The inputs, `(rows, parts)` float32, and one more where gaps are marked."""
        parts = _time_parts(as_times(column, self.name, place), np.datetime64(self.origin))
        filled = [_filled(parts[part], median, mark=False) for part, median in self.parts.items()]
        if self.missing:
            filled.append(np.isnan(parts["elapsed days"]).astype(np.float32)[:, np.newaxis])
        return np.concatenate(filled, axis=1)


@dataclass(frozen=True)
class CategoryColumn:
    """A column of categories, as integer codes.

    Args:
        name: the column's name.
        values: the known values in order; the first has code 2.
    """

    name: str
    values: tuple[str, ...]
    role: Literal["category"] = "category"

    @classmethod
    def fit(cls, column: pa.ChunkedArray, name: str) -> CategoryColumn:
        """From the training rows: the most frequent values, in alphabetical order.

        Values that occur once become "other": nothing can be learned about them, and they show the net what "other" is.
        """
        counts = pc.value_counts(as_text(column, name).drop_null().combine_chunks())
        counted = {each["values"]: each["counts"] for each in counts.to_pylist()}
        frequent = sorted(
            (value for value, count in counted.items() if count > 1), key=lambda each: (-counted[each], each)
        )
        return cls(name, tuple(sorted(frequent[:MOST_CATEGORIES])))

    @property
    def size(self) -> int:
        """Number of codes."""
        return FIRST_CODE + len(self.values)

    def encode(self, column: pa.ChunkedArray) -> np.ndarray:
        """The codes, `(rows,)` int32."""
        text = as_text(column, self.name)
        known = pc.index_in(text, value_set=pa.array(self.values, pa.large_string()))
        codes = pc.if_else(pc.is_null(text), MISSING_CODE, pc.fill_null(pc.add(known, FIRST_CODE), OTHER_CODE))
        return np.array(codes.to_numpy(), dtype=np.int32)


Column = NumericColumn | TimeColumn | CategoryColumn


def _distinct(values: np.ndarray) -> int:
    """How many different 32-bit floats the values become."""
    return len(np.unique(values.astype(np.float32)))


def _filled(values: np.ndarray, median: float, *, mark: bool) -> np.ndarray:
    """The values with gaps filled, and the mark of the gaps beside them if wanted: `(rows, 1 or 2)` float32."""
    gaps = np.isnan(values)
    columns = [np.where(gaps, median, values), gaps] if mark else [np.where(gaps, median, values)]
    return np.stack([each.astype(np.float32) for each in columns], axis=1)


def _time_parts(times: np.ndarray, origin: np.datetime64) -> dict[str, np.ndarray]:
    """Numeric parts of `datetime64[s]` times, `(rows,)` float64 each, NaN where there is no time."""
    gaps = np.isnat(times)
    times = np.where(gaps, origin, times)
    seconds = times.astype(np.int64)
    days = seconds // DAY_SECONDS
    months = times.astype("datetime64[M]").astype(np.int64)
    parts = {
        "elapsed days": (times - origin).astype(np.int64) / DAY_SECONDS,
        "year": 1970 + months // 12,
        "month": 1 + months % 12,
        "day of week": (days + THURSDAY) % 7,
        "hour": (seconds % DAY_SECONDS) / 3600,
    }
    return {part: np.where(gaps, np.nan, values) for part, values in parts.items()}
