"""Predictions as a file: CSV or Parquet by the ending, whole or absent."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from trainwell.errors import InputError
from trainwell.storage import write_atomically

_ENDINGS = (".csv", ".parquet")


def choose_file(out: Path | None, file: Path, *, overwrite: bool) -> Path:
    """Where predictions go: `out`, or the working folder, under the name of `file` and `-predictions.csv`.

    The working folder rather than the one of `file`: that may be a place of data that nobody writes to.

    Args:
        out: the place that was asked for.
        file: what is predicted: a file or a folder.
        overwrite: replace an earlier file; never `file` itself.

    Raises:
        InputError: the ending is neither .csv nor .parquet, the place is a folder or `file` itself, the file exists and
            `overwrite` is off, or no file can have such a name.
    """
    path = out or _default_name(file)
    if path.suffix.lower() not in _ENDINGS:
        raise InputError(
            f"Predictions are written as CSV or Parquet, not as {path.suffix!r}.", "End --out in .csv or .parquet."
        )
    try:
        exists = path.exists()
        itself = exists and file.exists() and path.samefile(file)
    except OSError as error:
        raise InputError(
            f"Predictions cannot be written to {os.fspath(path)!r}: {error.strerror or error}.",
            "Name another place with --out.",
        ) from error
    if itself:
        raise InputError(
            f"{os.fspath(path)!r} is the file that is to be predicted; its rows would be lost.",
            "Name another place with --out.",
        )
    if path.is_dir():
        raise InputError(
            f"Predictions cannot be written to {os.fspath(path)!r}: it is a folder.", "Name a file in it with --out."
        )
    if exists and not overwrite:
        raise InputError(
            f"The file {os.fspath(path)!r} exists already.",
            "Add --overwrite to replace it, or name another with --out.",
        )
    return path


def _default_name(file: Path) -> Path:
    if file.name in ("", ".."):  # `.`, `..` and `/` have a name only once they are followed
        file = file.resolve()
    name = file.name if file.is_dir() else file.stem
    return Path(f"{name}-predictions.csv" if name else "predictions.csv")


def write_predictions(columns: dict[str, Any], path: Path) -> None:
    """Writes the columns to `path`.

    Raises:
        InputError: the place cannot be written to, or the disk is full.
    """
    import pyarrow as pa  # noqa: PLC0415 -- only writing needs it
    from pyarrow import csv, parquet  # noqa: PLC0415

    table = pa.table(columns)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with write_atomically(path) as temporary:
            if path.suffix.lower() == ".csv":
                csv.write_csv(table, temporary)
            else:
                parquet.write_table(table, temporary)
    except OSError as error:
        raise InputError(
            f"Predictions cannot be written to {os.fspath(path)!r}: {error.strerror or error}.",
            "Free some space or name another place with --out.",
        ) from error
