"""NumPy's files read without trust: `.npz` and `.npy`, no pickled objects, no surprise in memory, errors in words.

`allow_pickle=False` throughout, because unpickling a file runs whatever code it holds.
"""

from __future__ import annotations

import zipfile
import zlib
from typing import TYPE_CHECKING

import numpy as np

from trainwell.datasets.memory import require_memory
from trainwell.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_UNREADABLE = (ValueError, OSError, EOFError, RuntimeError, MemoryError, zipfile.BadZipFile, zlib.error)
"""What zip files and NumPy's reader raise at a damaged or foreign file."""


def array_names(path: Path) -> list[str]:
    """The names of the arrays in an `.npz`.

    Raises:
        InputError: it is missing, empty or no `.npz`.
    """
    _refuse_missing(path)
    if not zipfile.is_zipfile(path):
        raise InputError(
            f"{path} is no .npz file (an .npz is a zip archive of arrays).",
            "Write it with `numpy.savez(path, x=x, y=y)`.",
        )
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return list(arrays.files)
    except _UNREADABLE as error:
        raise InputError(f"{path} cannot be read: {error}.", "Write it again, or restore it.") from error


def read_arrays(path: Path, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Reads arrays of an `.npz` by name; all must be there.

    Raises:
        InputError: an array is damaged, holds Python objects, or the arrays would not fit into the memory.
    """
    with zipfile.ZipFile(path) as archive:
        sizes = {each.filename.removesuffix(".npy"): each.file_size for each in archive.infolist()}
    require_memory(sum(sizes.get(name, 0) for name in names), f"The arrays of {path}", "Give fewer rows.")
    found: dict[str, np.ndarray] = {}
    try:
        with np.load(path, allow_pickle=False) as arrays:
            for name in names:
                found[name] = np.asarray(arrays[name])
    except _UNREADABLE as error:
        array = names[len(found)]
        raise _refused(f"Array {array!r} of {path}", error) from error
    return found


def read_array(path: Path) -> np.ndarray:
    """Reads the one array of an `.npy`.

    Raises:
        InputError: it is missing, empty, no `.npy`, holds Python objects, or would not fit into the memory.
    """
    _refuse_missing(path)
    require_memory(path.stat().st_size, f"The array of {path}", "Give fewer rows.")
    with path.open("rb") as file:
        if file.read(6) != b"\x93NUMPY":
            raise InputError(f"{path} is no .npy file.", "Write it with `numpy.save(path, x)`.")
    try:
        return np.asarray(np.load(path, allow_pickle=False))
    except _UNREADABLE as error:
        raise _refused(f"The array of {path}", error) from error


def _refuse_missing(path: Path) -> None:
    if not path.is_file():
        raise InputError(f"{path} does not exist.", "Check the name.")
    if path.stat().st_size == 0:
        raise InputError(f"{path} is empty.", "Write it again, or restore it.")


def _refused(what: str, error: Exception) -> InputError:
    if "allow_pickle" in str(error):
        return InputError(
            f"{what} holds Python objects (pickled), which are not loaded: unpickling can run any code.",
            "Save numbers or text instead, such as `x.astype('float32')` or `y.astype(str)`.",
        )
    return InputError(f"{what} cannot be read: {error or type(error).__name__}.", "Write it again, or restore it.")
