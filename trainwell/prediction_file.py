"""Predictions as a file: CSV or Parquet by the ending, whole or absent."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from trainwell.errors import InputError
from trainwell.storage import write_atomically

_ENDINGS = (".csv", ".parquet")


def choose_file(out: Path | None, file: Path, *, overwrite: bool) -> Path:
    """Where predictions go: `out`, or beside `file` under its name.

    Raises:
        InputError: the ending is neither .csv nor .parquet, or the file exists and `overwrite` is off.
    """
    path = out or Path(file.name).with_suffix("").with_name(f"{Path(file.name).stem}-predictions.csv")
    if path.suffix.lower() not in _ENDINGS:
        raise InputError(
            f"Predictions are written as CSV or Parquet, not as {path.suffix!r}.", "End --out in .csv or .parquet."
        )
    if path.exists() and not overwrite:
        raise InputError(
            f"The file {os.fspath(path)!r} exists already.",
            "Add --overwrite to replace it, or name another with --out.",
        )
    return path


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
