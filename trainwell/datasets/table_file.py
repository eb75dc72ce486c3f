"""CSV and Parquet files read into a table, with the line of each row at hand for messages.

The values of a CSV file stay text here: what a column holds is decided over all its rows (`column_values`), and a
later file of a few rows is then read alike. Text is trimmed, and the usual spellings of a missing value become missing.
Not for files larger than memory, compressed CSV, or files without column names.
"""

# pyright: reportAttributeAccessIssue=false
# (pyarrow makes the functions of its `compute` module when it is imported, where pyright cannot see them)

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet

from trainwell.datasets.target_values import Place, row_place
from trainwell.datasets.wording import listed, plural
from trainwell.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CSV_SUFFIXES = (".csv", ".tsv", ".txt")
PARQUET_SUFFIXES = (".parquet", ".pq")
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
MISSING = ("", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "null", "NULL", "?")
"""Spellings of a missing value. `None` and `Na` are left out: they are names of categories too."""
DECIMAL_COMMA = r"^[+-]?\d*(,\d+)?$"
BLOCK_BYTES = 16 << 20
"""Bytes parsed at a time; a single row must fit in."""
UTF8_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class TableFile:
    """A table as it was read.

    Args:
        table: columns with distinct, non-empty names; text for CSV, the file's own types for Parquet.
        source: `name`, `kind` (`"csv"` or `"parquet"`), `path` as given, and `sha256` of the file.
        place: where a row stands, from its position counted from 0: `"line 2"` of a CSV file, or `"row 1"` for Parquet.
        notes: what was noticed, one sentence each.
    """

    table: pa.Table
    source: dict[str, Any]
    place: Place
    notes: tuple[str, ...] = ()


def read_table(path: Path) -> TableFile:
    """Reads a CSV (`.csv`, `.tsv`, `.txt`) or Parquet (`.parquet`, `.pq`) file.

    CSV: UTF-8, a first line of column names, columns apart by commas, or by semicolons or tabs where the first line has
    more of them.

    Raises:
        InputError: no such file, another ending, an empty or damaged file, no rows, rows of differing length, text
            that is not UTF-8, or a column name that occurs twice.
    """
    kind = _kind(path)
    try:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        table, notes, place = _read_csv(path) if kind == "csv" else _read_parquet(path)
    except OSError as error:
        raise _unreadable(path, error) from error
    if table.num_rows == 0:
        raise InputError(f"{path} has column names but no rows.", "Add rows below the names.")
    source = {"name": path.name, "kind": kind, "path": path.as_posix(), "sha256": sha256}
    return TableFile(table, source, place, notes)


def read_names(path: Path) -> list[str]:
    """The column names of a table file, as `read_table` gives them, without reading its rows.

    Raises:
        InputError: no such file, another ending, an empty file, or column names that cannot be used.
    """
    kind = _kind(path)
    try:
        if kind == "csv":
            return _header(path, _delimiter(path))[0]
        return _distinct(pa_parquet.read_schema(path).names, path)
    except pa.ArrowException as error:
        raise _damaged_parquet(path, error) from error
    except (UnicodeDecodeError, csv.Error) as error:
        _refuse_not_utf8(path)
        raise InputError(f"{path} is not a CSV file that can be read: {error}.", "Correct the file.") from error
    except OSError as error:
        raise _unreadable(path, error) from error


def _kind(path: Path) -> str:
    """`"csv"` or `"parquet"`, of a file that is there and holds something."""
    suffix = path.suffix.lower()
    if suffix not in CSV_SUFFIXES + PARQUET_SUFFIXES:
        raise InputError(
            f"{path} ends in {path.suffix!r}; expected a table ending in {', '.join(CSV_SUFFIXES + PARQUET_SUFFIXES)}.",
            "Save it as CSV or Parquet, or rename it.",
        )
    if not path.is_file():
        found = "is a folder" if path.is_dir() else "does not exist"
        raise InputError(f"{path} {found}; expected a table file.", "Check the path.")
    if path.stat().st_size == 0:
        raise InputError(f"{path} is empty.", "Give a file with a line of column names and a line for each row.")
    return "csv" if suffix in CSV_SUFFIXES else "parquet"


def _unreadable(path: Path, error: OSError) -> InputError:
    return InputError(f"{path} cannot be read: {error}.", "Check the file and its permissions.")


def _damaged_parquet(path: Path, error: Exception) -> InputError:
    return InputError(
        f"{path} is not a Parquet file or is damaged: {str(error).splitlines()[0]}", "Write the file again."
    )


def _read_csv(path: Path) -> tuple[pa.Table, tuple[str, ...], Place]:
    delimiter = _delimiter(path)
    try:
        names, header_lines = _header(path, delimiter)
        table = pa_csv.read_csv(
            path,
            read_options=pa_csv.ReadOptions(column_names=names, skip_rows=header_lines, block_size=BLOCK_BYTES),
            parse_options=pa_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=list(MISSING)
            ),
        )
    except (pa.ArrowInvalid, UnicodeDecodeError, csv.Error) as error:
        _refuse_not_utf8(path)
        raise _csv_error(path, delimiter, str(error)) from error
    if table.num_rows and any("\n" in (column[-1].as_py() or "") for column in table.columns):
        # A quote that is never closed swallows the rest of the file without an error.
        _refuse_open_quote(path, delimiter)
    table = _trim(table)
    usual = delimiter == "," or (delimiter == "\t" and path.suffix.lower() == ".tsv")
    notes = [] if usual else [f"{path.name}: its columns are read as separated by {DELIMITERS[delimiter]}s."]
    if delimiter == ";":
        table, changed = _decimal_points(table)
        if changed:
            notes.append(f"{path.name}: decimal commas are read as points in {listed(changed, len(changed))}.")
    return table, tuple(notes), _line_places(path, delimiter)


def _read_parquet(path: Path) -> tuple[pa.Table, tuple[str, ...], Place]:
    try:
        with pa_parquet.ParquetFile(path) as file:
            table = file.read()
    except (pa.ArrowException, OSError) as error:
        raise _damaged_parquet(path, error) from error
    return _trim(table.rename_columns(_distinct(table.column_names, path))), (), row_place


def _delimiter(path: Path) -> str:
    """The delimiter that cuts the first line into most columns; a comma, or a tab in a `.tsv`, when in doubt."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        line = next((line for line in file if line.strip()), "")
    first = "\t" if path.suffix.lower() == ".tsv" else ","
    candidates = [first, *(each for each in DELIMITERS if each != first)]
    return max(candidates, key=lambda each: len(next(csv.reader([line], delimiter=each), [])))


def _records(path: Path, delimiter: str, *, strict: bool = False) -> Iterator[tuple[int, list[str]]]:
    """The non-empty records of a CSV file, each with the number of its first line, counted from 1."""
    # newline="" leaves line ends inside quotes to the reader; broken text must not stop a search for a line.
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=strict)
        start = 1
        for record in reader:
            if record:
                yield start, record
            start = reader.line_num + 1


def _header(path: Path, delimiter: str) -> tuple[list[str], int]:
    """The column names, and the number of lines up to their end."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter)
        for record in reader:
            if record:
                _refuse_numbers_for_names(record, path)
                return _distinct(record, path), reader.line_num
    raise InputError(f"{path} is empty.", "Give a file with a line of column names and a line for each row.")


def _refuse_numbers_for_names(names: list[str], path: Path) -> None:
    """Raises where the first line holds numbers only; 0, 1, 2, ... are column names as pandas writes them."""
    try:
        numbers = [float(each) for each in names]
    except ValueError:
        return
    if numbers != list(range(len(numbers))):
        raise InputError(
            f"{path}: the first line holds numbers only ({', '.join(names[:5])}); expected column names.",
            "Add a first line of column names.",
        )


def _distinct(names: list[str], path: Path) -> list[str]:
    """Trimmed column names; one that is empty (as pandas writes its index) is named by its position."""
    named = [each.strip() or f"(column {position})" for position, each in enumerate(names, start=1)]
    twice = [each for each, count in Counter(named).items() if count > 1]
    if twice:
        raise InputError(
            f"{path} has column names that occur more than once: {listed(twice, len(twice))}.",
            "Give each column its own name.",
        )
    return named


def _trim(table: pa.Table) -> pa.Table:
    """Text without blanks at its ends, and None where it spells a missing value; dictionaries become plain text."""
    missing = pa.array(MISSING)
    for position, name in enumerate(table.column_names):
        column = table.column(position)
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            column = pc.utf8_trim_whitespace(column.cast(pa.large_string()))
            spelled = pc.is_in(column, value_set=missing.cast(pa.large_string()))
            column = pc.if_else(spelled, pa.scalar(None, pa.large_string()), column)
        table = table.set_column(position, name, column)
    return table


def _decimal_points(table: pa.Table) -> tuple[pa.Table, list[str]]:
    """Decimal commas as points, in the columns where every value is such a number; and the names of these columns."""
    changed = []
    for position, name in enumerate(table.column_names):
        column = table.column(position)
        fits = pc.match_substring_regex(column, DECIMAL_COMMA)
        if pc.all(fits).as_py() and pc.any(pc.match_substring(column, ",")).as_py():
            table = table.set_column(position, name, pc.replace_substring(column, ",", "."))
            changed.append(name)
    return table, changed


def _line_places(path: Path, delimiter: str) -> Place:
    """Where each row stands. The file is read once more when that is first asked for, mostly because of an error."""

    @cache
    def lines() -> np.ndarray:
        starts = np.fromiter((line for line, _ in _records(path, delimiter)), dtype=np.int64)
        return starts[1:]  # the first record is the header

    return lambda position: f"line {lines()[position]}"


def _refuse_not_utf8(path: Path) -> None:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.removeprefix(UTF8_MARK).decode("utf-8")
            except UnicodeDecodeError as error:
                raise InputError(
                    f"{path} is not UTF-8 text: line {number} has the byte 0x{line[error.start]:02x}.",
                    "Save it as UTF-8; spreadsheets offer this as 'CSV UTF-8'.",
                ) from error


def _refuse_open_quote(path: Path, delimiter: str) -> None:
    last = 1
    try:
        for line, _ in _records(path, delimiter, strict=True):
            last = line + 1
    except csv.Error as error:
        raise InputError(
            f"{path}: a quote opened in or after line {last} is not closed properly ({error}).",
            'Close the quote; a quote inside a value is written twice: "".',
        ) from error


def _csv_error(path: Path, delimiter: str, problem: str) -> InputError:
    """What is wrong with a CSV file that could not be parsed: mostly a row of another length than the header."""
    columns = 0
    try:
        for line, record in _records(path, delimiter):
            columns = columns or len(record)
            if len(record) != columns:
                return InputError(
                    f"{path}: line {line} has {plural(len(record), 'value')}; "
                    f"expected {columns}, one for each column name.",
                    "Correct the line; a value that holds the delimiter must stand in quotes.",
                )
    except csv.Error as error:
        problem = str(error)
    return InputError(f"{path} is not a CSV file that can be read: {problem.splitlines()[0]}.", "Correct the file.")
