"""The values of one table column read as numbers, true or false, times or text, with the place of each bad one.

Dates are read as ISO 8601 only (`2026-11-22`, with or without a time and a zone): other orders of day and month cannot
be told apart. Times with a zone are turned into UTC.
"""

# pyright: reportAttributeAccessIssue=false
# (pyarrow makes the functions of its `compute` module when it is imported, where pyright cannot see them)

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types

from trainwell.datasets.wording import plural
from trainwell.errors import InputError

if TYPE_CHECKING:
    from trainwell.datasets.target_values import Place

Holds = Literal["number", "boolean", "time", "text", "nothing", "other"]

NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$|^(?i:[+-]?(inf|infinity|nan))$"
BOOLEAN = r"^(?i:true|false)$"
TIME = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}(:?\d{2})?)?)?$"
ZONE = r"\d{2}:\d{2}.*(Z|[+-]\d{2}(:?\d{2})?)$"

MISPLACED_SHARE = 0.05
"""Up to this share, text in a column of numbers (or times) is taken for a mistake: a category would be less rare."""
PLACEHOLDERS = 5
"""Up to this many different words among many different numbers are taken for ways to write "missing"."""
LIST_OF_NUMBERS = 20
"""Up to this many different numbers, they may be names in a list that has words too, such as 0, 1, 2, many."""


def holds(column: pa.ChunkedArray, name: str, place: Place) -> Holds:
    """What a column holds: `"nothing"` where every value is missing, `"other"` for lists, bytes and the like.

    Raises:
        InputError: nearly all values are numbers (or times), but some are text, of which the first is named. So are
            words for "missing" that are not among the usual ones.
    """
    present = len(column) - (pc.sum(pc.is_null(column, nan_is_null=True)).as_py() or 0)
    if present == 0:
        return "nothing"
    if types.is_boolean(column.type):
        return "boolean"
    if types.is_integer(column.type) or types.is_floating(column.type) or types.is_decimal(column.type):
        return "number"
    if types.is_timestamp(column.type) or types.is_date(column.type):
        return "time"
    if not is_text(column.type):
        return "other"
    if _spells_numbers(column):
        return "number"
    if _matching(column, BOOLEAN) == present:
        return "boolean"
    expected: tuple[tuple[Holds, str, str], ...] = (("number", NUMBER, "a number"), ("time", TIME, "a date or time"))
    for kind, pattern, what in expected:
        fitting = _matching(column, pattern)
        if fitting == present or _misplaced(column, pattern, fitting, present):
            _refuse_unlike(column, pattern, what, name, place)
            return kind
    return "text"


def is_text(kind: pa.DataType) -> bool:
    """Whether a type holds text."""
    return types.is_string(kind) or types.is_large_string(kind)


def as_numbers(column: pa.ChunkedArray, name: str, place: Place) -> np.ndarray:
    """The values as `float64`, NaN where missing.

    Raises:
        InputError: a value that is no number, or infinite.
    """
    if types.is_boolean(column.type) or types.is_decimal(column.type):
        column = column.cast(pa.float64())
    elif is_text(column.type):
        try:
            column = column.cast(pa.float64())
        except pa.ArrowInvalid:
            _refuse_unlike(column, NUMBER, "a number", name, place)
            column = pc.ascii_lower(column).cast(pa.float64())
    elif not (types.is_integer(column.type) or types.is_floating(column.type) or types.is_null(column.type)):
        raise _wrong_type(column, "numbers", name)
    numbers = np.array(column.cast(pa.float64(), safe=False).to_numpy(), dtype=np.float64)
    infinite = np.flatnonzero(np.isinf(numbers) | (np.abs(numbers) > np.finfo(np.float32).max))
    if len(infinite):
        first = int(infinite[0])
        problem = "is infinite" if np.isinf(numbers[first]) else f"is {numbers[first]:g}, too large for a 32-bit float,"
        raise InputError(
            f"Column {name!r} {problem} in {place(first)} ({len(infinite):,} of {plural(len(numbers), 'value')}).",
            "Correct the values, or leave them empty where they are missing.",
        )
    return numbers


def as_booleans(column: pa.ChunkedArray, name: str, place: Place) -> np.ndarray:
    """The values as `float64`: 1 for true, 0 for false, NaN where missing.

    Raises:
        InputError: a value other than true, false, 1 and 0.
    """
    if is_text(column.type):
        lower = pc.ascii_lower(column.cast(pa.large_string()))
        falsehood = pc.if_else(pc.equal(lower, "false"), _text("0"), lower)
        column = pc.if_else(pc.equal(lower, "true"), _text("1"), falsehood)
        _refuse_unlike(column, NUMBER, "true or false", name, place)
    numbers = as_numbers(column, name, place)
    wrong = np.flatnonzero(~np.isnan(numbers) & (numbers != 0) & (numbers != 1))
    if len(wrong):
        first = int(wrong[0])
        raise InputError(
            f"Column {name!r} is {numbers[first]:g} in {place(first)}; expected true or false.", "Correct the value."
        )
    return numbers


def as_times(column: pa.ChunkedArray, name: str, place: Place) -> np.ndarray:
    """The values as `datetime64[s]` in UTC, NaT where missing; fractions of a second are cut off.

    Raises:
        InputError: a value that is no ISO 8601 date or time, or a date that no calendar has.
    """
    seconds = pa.timestamp("s")
    if types.is_timestamp(column.type) or types.is_date(column.type):
        return column.cast(seconds, safe=False).to_numpy().astype("datetime64[s]")
    if types.is_null(column.type):
        return np.full(len(column), np.datetime64("NaT", "s"))
    if not is_text(column.type):
        raise _wrong_type(column, "dates or times", name)
    _refuse_unlike(column, TIME, "a date such as 2026-11-22", name, place)
    whole = pc.replace_substring_regex(column, r"\.\d+", "")
    zoned = pc.match_substring_regex(whole, ZONE)
    nothing = pa.scalar(None, whole.type)
    try:
        local = pc.if_else(zoned, nothing, whole).cast(seconds)
        shifted = pc.if_else(zoned, whole, nothing).cast(pa.timestamp("s", "UTC")).cast(seconds)
    except pa.ArrowInvalid as error:
        raise _no_such_date(column, name, place, str(error)) from error
    return pc.coalesce(local, shifted).to_numpy().astype("datetime64[s]")


def as_text(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    """The values as text: whole floats without their `.0`, booleans as `true` and `false`.

    Raises:
        InputError: the column holds lists, bytes or the like.
    """
    kind = column.type
    if types.is_floating(kind):
        return pc.replace_substring_regex(column.cast(pa.float64()).cast(pa.large_string()), r"\.0$", "")
    plain = (types.is_boolean, types.is_integer, types.is_decimal, types.is_date, types.is_timestamp, types.is_null)
    if not is_text(kind) and not any(fits(kind) for fits in plain):
        raise _wrong_type(column, "text", name)
    return column.cast(pa.large_string())


def _text(value: str) -> pa.Scalar:
    return pa.scalar(value, pa.large_string())


def _spells_numbers(column: pa.ChunkedArray) -> bool:
    """Whether all text is numbers; quicker than a pattern, and so it is tried first."""
    try:
        column.cast(pa.float64())
    except pa.ArrowInvalid:
        return False
    return True


def _matching(column: pa.ChunkedArray, pattern: str) -> int:
    """How many values match."""
    return pc.sum(pc.match_substring_regex(column, pattern)).as_py() or 0


def _misplaced(column: pa.ChunkedArray, pattern: str, fitting: int, present: int) -> bool:
    """Whether the values that do not match are mistakes in a column of values that do."""
    unlike = present - fitting
    if unlike <= max(1, MISPLACED_SHARE * present):
        return 2 * unlike < fitting  # in a table of two or three rows nothing is nearly all
    if fitting <= unlike:
        return False
    fits = pc.match_substring_regex(column, pattern)
    different = pc.count_distinct(column.filter(fits)).as_py()
    words = pc.count_distinct(column.filter(pc.invert(fits))).as_py()
    return different > LIST_OF_NUMBERS and words <= PLACEHOLDERS


def _refuse_unlike(column: pa.ChunkedArray, pattern: str, what: str, name: str, place: Place) -> None:
    """Raises with the first value that does not match."""
    unlike = pc.invert(pc.fill_null(pc.match_substring_regex(column, pattern), fill_value=True))
    rows = np.flatnonzero(unlike.to_numpy())
    if len(rows):
        first = int(rows[0])
        raise InputError(
            f"Column {name!r} holds text in {place(first)}: {column[first].as_py()!r}; expected {what} "
            f"({len(rows):,} of {plural(len(column), 'value')}).",
            "Correct it, or leave it empty where the value is missing.",
        )


def _no_such_date(column: pa.ChunkedArray, name: str, place: Place, problem: str) -> InputError:
    for position, value in enumerate(column.to_pylist()):
        try:
            datetime.fromisoformat(value or "2000-01-01")
        except ValueError:
            problem = f"{place(position)}: {value!r}"
            break
    return InputError(
        f"Column {name!r} holds a date that no calendar has in {problem}.",
        "Correct the value, or leave it empty.",
    )


def _wrong_type(column: pa.ChunkedArray, expected: str, name: str) -> InputError:
    return InputError(
        f"Column {name!r} holds values of type {column.type} in every row; expected {expected}.",
        "Give the column as it was when the net was trained.",
    )
