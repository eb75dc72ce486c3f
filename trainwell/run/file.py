"""The files of a Run: `run.json` with its sections and `signals.npz` with its signals, of this version and older ones.

Formats: 1 has no sections beyond those of a training by `trainwell train`; 2 has the same layout as 3, in which a value
that was not recorded is left out, where 2 may have `null`.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, get_args

import msgspec
import numpy as np

from trainwell.errors import InputError
from trainwell.run.series import Axis, Series
from trainwell.storage import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

FORMAT_VERSION = 3
RUN_FILE = "run.json"
SIGNALS_FILE = "signals.npz"


def write(folder: Path, sections: dict[str, Any], signals: dict[str, Series]) -> None:
    """Write both files; each is whole or absent.

    Args:
        folder: made if it does not exist.
        sections: plain values.
        signals: by name.

    Raises:
        ValueError: a signal holds Python objects.
    """
    arrays: dict[str, np.ndarray] = {}
    index: dict[str, dict[str, str]] = {}
    for name, series in signals.items():
        arrays[f"{name}:values"] = np.asarray(series.values)
        arrays[f"{name}:at"] = np.asarray(series.at)
        index[name] = {"axis": series.axis, "unit": series.unit}
    for name, array in arrays.items():
        if array.dtype.hasobject:  # NumPy would pickle it, and a pickle may run code when it is read
            raise ValueError(f"Array {name!r} holds Python objects, which allow_pickle=False could not read back.")
    document = {"format_version": FORMAT_VERSION, "signals": index, **sections}
    text = msgspec.json.format(msgspec.json.encode(document), indent=2).decode()  # null for what is not finite
    folder.mkdir(parents=True, exist_ok=True)
    with write_atomically(folder / SIGNALS_FILE) as path, path.open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type] -- declared with allow_pickle: bool beside them
    with write_atomically(folder / RUN_FILE) as path:
        path.write_text(text + "\n", encoding="utf-8")


def read(folder: Path, *, signals: bool) -> tuple[dict[str, Any], dict[str, Series]]:
    """Return the sections as plain values of the present format, and the signals.

    Args:
        folder: where `write` wrote.
        signals: read them too; otherwise there are none.

    Raises:
        InputError: no Run is there, it is damaged, or a newer trainwell wrote it.
    """
    sections, index = _read_sections(folder / RUN_FILE)
    return sections, _read_signals(folder / SIGNALS_FILE, index) if signals else {}


def not_a_run_file(path: Path, problem: str) -> InputError:
    """Return the error for a file that holds no Run.

    Args:
        path: of the file.
        problem: what is wrong with it.
    """
    return InputError(f"{os.fspath(path)} is not a run file: {problem}.", "Train again, or restore the file.")


def _read_sections(path: Path) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Return the sections in `run.json`, and what it says of each signal."""
    if not path.is_file():
        raise InputError(
            f"No run in {os.fspath(path.parent)!r}: {RUN_FILE} is missing.",
            "Name the folder that `trainwell train` wrote, such as runs/demo.",
        )
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise not_a_run_file(path, str(error)) from error
    if not isinstance(document, dict):
        raise not_a_run_file(path, f"it holds a {type(document).__name__}, where names and values were expected")
    for key in ("format_version", "signals"):
        if key not in document:
            raise not_a_run_file(path, f"{key!r} is missing")
    version, index = document.pop("format_version"), document.pop("signals")
    if not isinstance(version, int) or isinstance(version, bool):
        raise not_a_run_file(path, f"format_version is {version!r}, where a whole number was expected")
    if version > FORMAT_VERSION:
        raise InputError(
            f"{os.fspath(path)} has format version {version}; this trainwell reads up to {FORMAT_VERSION}.",
            "Update trainwell.",
        )
    _check_index(path, index)
    return (document if version == FORMAT_VERSION else _upgraded(document)), index


def _check_index(path: Path, index: Any) -> None:
    if not isinstance(index, dict):
        raise not_a_run_file(path, f"signals is a {type(index).__name__}, where names and their axes were expected")
    for name, about in index.items():
        told = isinstance(about, dict) and about.get("axis") in get_args(Axis) and isinstance(about.get("unit"), str)
        if not told:
            raise not_a_run_file(path, f"signal {name!r} is {about!r}, where an axis and a unit were expected")


def _read_signals(path: Path, index: dict[str, dict[str, Any]]) -> dict[str, Series]:
    read: dict[str, Series] = {}
    try:
        # Opened here, because np.load leaves a damaged archive open.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            for name, about in index.items():
                read[name] = Series(arrays[f"{name}:values"], arrays[f"{name}:at"], about["axis"], about["unit"])
    except Exception as error:  # on damage, zipfile, zlib and NumPy raise a dozen kinds between them
        raise InputError(
            f"{os.fspath(path)} cannot be read: {error or 'it is damaged'}.", "Train again, or restore the file."
        ) from error
    return read


def _upgraded(sections: dict[str, Any]) -> dict[str, Any]:
    """Return the sections of formats 1 and 2 without what was `null`, but for entries of lists and configurations."""
    return {name: _without_nulls(each) for name, each in sections.items()}


def _without_nulls(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_nulls(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: each if name in _FREE else _without_nulls(each) for name, each in value.items() if each is not None}


_FREE = ("config", "options", "loading", "variant")  # plain values of any names, in which `null` is a value
