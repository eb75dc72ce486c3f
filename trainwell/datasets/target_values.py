"""A target's values read as one of three kinds: numbers, booleans or text, with none missing and none infinite.

It refuses what no task can use. It does not decide which task the values ask for.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import Any

import numpy as np

from trainwell.datasets.wording import plural
from trainwell.errors import InputError

Place = Callable[[int], str]
"""Says where a row stands in the source, for example `"line 7"`, from its position counted from 0."""

SHOWN = 5
"""Rows named in a message; the rest are counted."""


def row_place(position: int) -> str:
    """The place of a row in a source that has no lines."""
    return f"row {position + 1} (counted from 1)"


def read_target(values: Any, name: str, place: Place = row_place) -> np.ndarray:
    """The target as an array of booleans, integers, `float64` or text (`object`, all of it `str`).

    Args:
        values: `(rows,)`, a NumPy or pyarrow array, or a sequence.
        name: the target's name, for messages.
        place: where a row stands in the source.

    Raises:
        InputError: not one value a row, no rows, missing or infinite values, or values that are neither numbers,
            booleans nor text.
    """
    array = _as_array(values)
    if array.ndim != 1:
        raise InputError(
            f"Target {name!r} has shape {array.shape}; expected one value a row, shape (rows,).",
            "Give one column of class numbers, names or values.",
        )
    if len(array) == 0:
        raise InputError(f"Target {name!r} has no rows.", "Give at least a few rows.")
    if array.dtype.kind in "biu":
        return array
    if array.dtype.kind == "f":
        array = array.astype(np.float64)
        _refuse(np.isnan(array), "has no value", name, place)
        _refuse(np.isinf(array), "is infinite", name, place)
        return array
    if array.dtype.kind not in "OUST":
        raise _wrong_type(str(array.dtype), name, place(0))
    listed = [each.decode("utf-8", "replace") if isinstance(each, bytes) else each for each in array.tolist()]
    for position, each in enumerate(listed):
        if each is not None and (isinstance(each, complex) or not isinstance(each, str | np.bool_ | numbers.Number)):
            raise _wrong_type(type(each).__name__, name, place(position))
    # NaN alone differs from itself, which finds it among values of any type.
    missing = [each is None or each == "" or each != each for each in listed]  # noqa: PLR0124 see above
    _refuse(np.array(missing), "has no value", name, place)
    if all(isinstance(each, bool | np.bool_) for each in listed):
        return np.array(listed, dtype=bool)
    if any(isinstance(each, str | bool | np.bool_) for each in listed):
        return np.array([str(each) for each in listed], dtype=object)
    return read_target(np.array(listed, dtype=np.float64), name, place)


def numbers_from_text(array: np.ndarray, name: str, place: Place = row_place) -> np.ndarray:
    """Text that spells numbers, as `float64`.

    Raises:
        InputError: the first value that is no finite number, with its place.
    """
    found = np.empty(len(array))
    for position, value in enumerate(array.tolist()):
        try:
            found[position] = float(value)
        except ValueError:
            raise InputError(
                f"Target {name!r} is text in {place(position)}: {value!r}; regression needs numbers.",
                "Correct the value, or leave --task out to train on classes.",
            ) from None
    return read_target(found, name, place)


def _as_array(values: Any) -> np.ndarray:
    """NumPy's array of a NumPy or pyarrow array; pyarrow is told by what it offers, so that it need not be imported."""
    if not hasattr(values, "to_pylist"):
        return np.asarray(values)
    listed = values.to_pylist()
    array = np.empty(len(listed), dtype=object)
    array[:] = listed
    return array


def _refuse(wrong: np.ndarray, what: str, name: str, place: Place) -> None:
    rows = np.flatnonzero(wrong)
    if len(rows):
        more = len(rows) - SHOWN
        shown = ", ".join(place(int(row)) for row in rows[:SHOWN]) + (f" and {more} more" if more > 0 else "")
        raise InputError(
            f"Target {name!r} {what} in {len(rows):,} of {plural(len(wrong), 'row')}: {shown}.",
            "Correct these values, or leave the rows out.",
        )


def _wrong_type(found: str, name: str, at: str) -> InputError:
    return InputError(
        f"Target {name!r} holds a value of type {found} in {at}; expected numbers, text or booleans.",
        "Turn it into a number first, such as days since a date.",
    )
