"""What each column of a table is good for: a number, a category, a time, or nothing a net should see.

Left out and said: columns that identify rows, that never change, that are free text, or that hold lists or bytes. Roles
are found from the inputs alone, never from the target, so a column that gives the target away is not noticed here.
"""

# pyright: reportAttributeAccessIssue=false
# (pyarrow makes the functions of its `compute` module when it is imported, where pyright cannot see them)

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trainwell.datasets.column_encoders import MOST_CATEGORIES
from trainwell.datasets.column_values import Holds, as_booleans, as_numbers, as_text, as_times, holds
from trainwell.datasets.wording import plural
from trainwell.errors import InputError

if TYPE_CHECKING:
    from trainwell.datasets.target_values import Place

Role = Literal["numeric", "boolean", "category", "time", "left out"]

IDENTIFIER_ROWS = 20
"""Rows from which on whole numbers that follow each other are taken for row numbers, not for a quantity."""
FREE_TEXT_SHARE = 0.9
"""Share of different values from which on text is free text or names: nearly no value is met twice."""
GROUP_VALUES = 20
"""Different values from which on a repeated identifier is worth a word: it may stand for persons or places."""
IDENTIFIER_NAME = re.compile(
    r"(?i:^(id|ids|idx|index|key|uuid|guid|row|rownames?|record|number|nr|no|unnamed.*|\(column \d+\))$)"
    r"|(?i:.*[_\s.-](id|idx|index|key|uuid|guid|nr|no)$)|.*[a-z](ID|Id)$"
)
OTHER_DATE = r"^\d{1,4}[./-]\d{1,2}[./-]\d{1,4}(\s.*)?$"


@dataclass(frozen=True)
class ColumnRole:
    """What a column is good for.

    Args:
        name: the column's name.
        role: how it is encoded, or `"left out"`.
        note: what to say about it, one sentence; empty where there is nothing to say.
    """

    name: str
    role: Role
    note: str = ""


def find_role(column: pa.ChunkedArray, name: str, training: np.ndarray, place: Place) -> ColumnRole:
    """Finds what a column is good for.

    Args:
        column: `(rows,)`, all rows.
        name: the column's name.
        training: row numbers of the training part, counted from 0; a column must differ there to be of use.
        place: where a row stands in the source.

    Raises:
        InputError: no values at all, infinite values, text where numbers are, or dates that are none.
    """
    drop = f"--drop {shlex.quote(name)}"
    try:
        found = holds(column, name, place)
        if found == "other":
            return ColumnRole(name, "left out", f"Column {name!r} is left out: it holds values of type {column.type}.")
        values = np.zeros(0) if found == "nothing" else _values(column, found, name, place)
    except InputError as error:  # predicting meets these values too, and has no such option
        raise InputError(error.message, f"{error.hint} Or leave the column out with {drop}.") from error
    if found == "nothing":
        where = "its only row" if len(column) == 1 else f"any of {plural(len(column), 'row')}"
        raise InputError(f"Column {name!r} has no value in {where}.", f"Fill it in, or leave it out with {drop}.")
    constant = _constant(values, training, name)
    if constant:
        return constant
    # A single value beside gaps: the gaps carry the information.
    if len(np.unique(_present(values[training]))) == 1:
        return ColumnRole(name, "category", f"Column {name!r} has one value or none; it is used as a category.")
    if found == "number":
        return _number_role(values, name)
    if found == "text":
        return _text_role(values, column, name)
    return ColumnRole(name, "boolean") if found == "boolean" else _time_role(name)


def _values(column: pa.ChunkedArray, found: Holds, name: str, place: Place) -> np.ndarray:
    """The values to compare: numbers, times, or the number of each text in a list (as float; NaN where missing)."""
    if found == "time":
        return as_times(column, name, place)
    if found == "boolean":
        return as_booleans(column, name, place)
    if found == "number":
        return as_numbers(column, name, place)
    codes = as_text(column, name).combine_chunks().dictionary_encode().indices
    return np.array(pc.cast(codes, pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def _present(values: np.ndarray) -> np.ndarray:
    """The values that are there."""
    return values[~np.isnat(values)] if values.dtype.kind == "M" else values[~np.isnan(values)]


def _constant(values: np.ndarray, training: np.ndarray, name: str) -> ColumnRole | None:
    """The role of a column that is the same, or missing, in every training row."""
    for rows, where in ((values, "every row"), (values[training], "every training row")):
        there = _present(rows)
        if len(there) == 0:
            return ColumnRole(name, "left out", f"Column {name!r} is left out: it is missing in {where}.")
        if len(there) == len(rows) and len(np.unique(there)) == 1:
            return ColumnRole(name, "left out", f"Column {name!r} is left out: it is the same in {where}.")
    return None


def _number_role(values: np.ndarray, name: str) -> ColumnRole:
    there = _present(values)
    different = np.unique(there)
    named = IDENTIFIER_NAME.match(name) is not None
    whole = bool(np.all(different == np.round(different)))
    if whole and len(different) == len(values) and len(values) >= IDENTIFIER_ROWS:
        if np.all(np.diff(different) == 1):
            return ColumnRole(name, "left out", f"Column {name!r} is left out: it numbers the rows.")
        if named:
            return ColumnRole(name, "left out", f"Column {name!r} is left out: it identifies the rows.")
    if whole and named and len(different) > GROUP_VALUES:
        return ColumnRole(
            name,
            "numeric",
            f"Column {name!r} looks like an identifier that repeats, and is used as a number; "
            f"consider --group-column {shlex.quote(name)} or --drop {shlex.quote(name)}.",
        )
    return ColumnRole(name, "numeric")


def _text_role(codes: np.ndarray, column: pa.ChunkedArray, name: str) -> ColumnRole:
    there = _present(codes)
    different = len(np.unique(there))
    if different < FREE_TEXT_SHARE * len(there):
        note = ""
        if different > MOST_CATEGORIES:
            note = (
                f"Column {name!r} has {different} different values; the {MOST_CATEGORIES} most frequent keep "
                "a code of their own, the others share one."
            )
        return ColumnRole(name, "category", note)
    dates = pc.sum(pc.match_substring_regex(column, OTHER_DATE)).as_py() or 0
    if dates == len(there):
        return ColumnRole(
            name,
            "left out",
            f"Column {name!r} is left out: it looks like dates of unknown order; write them as 2026-11-22.",
        )
    how_many = (
        "each value occurs once" if different == len(there) else f"{different} of {len(there)} values are different"
    )
    return ColumnRole(name, "left out", f"Column {name!r} is left out: {how_many}, as in identifiers and free text.")


def _time_role(name: str) -> ColumnRole:
    return ColumnRole(name, "time", f"Column {name!r} holds dates; it becomes elapsed days and parts of the date.")
