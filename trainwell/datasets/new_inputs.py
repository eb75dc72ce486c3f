"""New rows, images or arrays as the inputs of a trained model, by the encoder that its Dataset had."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from trainwell.datasets.array_encoder import ArrayEncoder
from trainwell.datasets.image_encoder import ImageEncoder
from trainwell.datasets.image_file import SUFFIXES, is_image_name
from trainwell.datasets.numpy_file import array_names, read_array, read_arrays
from trainwell.datasets.table_encoder import TableEncoder
from trainwell.datasets.table_file import read_table
from trainwell.errors import InputError

if TYPE_CHECKING:
    import numpy as np

    from trainwell.datasets.dataset import Encoder, Inputs

ARRAY_SUFFIXES = (".npz", ".npy")


def read_new(encoder: Encoder, path: str | os.PathLike[str]) -> tuple[Inputs, list[int] | list[str]]:
    """Reads what is to be predicted.

    Args:
        encoder: of the Dataset that the model was trained on.
        path: for tables, a CSV or Parquet file; for images, an image, a folder of images (and all folders below it), or
            an `.npz` or `.npy` of images of the right size; for arrays, an `.npz` with `x` or an `.npy`.

    Returns:
        The inputs, and a label for each row, by which answers can be joined to what was asked: for tables and arrays
        its number, counted from 0 (a header and blank lines do not count); for image files the path relative to the
        folder.

    Raises:
        InputError: the file cannot be read, or its rows are not like those of the training.
    """
    path = Path(path)
    if isinstance(encoder, TableEncoder):
        file = read_table(path)
        return encoder.transform(file.table, file.place), list(range(file.table.num_rows))
    if not path.exists():
        raise InputError(f"There is no file or folder {os.fspath(path)!r}.", "Check the path.")
    if isinstance(encoder, ImageEncoder):
        if path.suffix.lower() not in ARRAY_SUFFIXES or path.is_dir():
            files, labels = _image_files(path)
            return encoder.read(files), labels
        return _rows(encoder.transform(_array(path)), path)
    if isinstance(encoder, ArrayEncoder):
        if path.suffix.lower() not in ARRAY_SUFFIXES:
            raise InputError(
                f"{path} is no array file; this model was trained on arrays.",
                f"Give one of {', '.join(ARRAY_SUFFIXES)}.",
            )
        return _rows(encoder.transform(_array(path)), path)
    raise TypeError(f"An unknown encoder: {type(encoder).__name__}.")


def _image_files(path: Path) -> tuple[list[Path], list[str]]:
    """The images at or below `path`, and their paths relative to it; hidden ones do not count."""
    if path.is_file():
        if not is_image_name(path):
            raise InputError(
                f"{path} is no image; this model was trained on images.",
                f"Give a folder, or a file ending in {', '.join(sorted(SUFFIXES))}, .npz or .npy.",
            )
        return [path], [path.name]
    below = [(each.relative_to(path), each) for each in path.rglob("*") if is_image_name(each) and each.is_file()]
    shown = sorted(
        (relative.as_posix(), each)
        for relative, each in below
        if not any(part.startswith(".") for part in relative.parts)
    )
    if not shown:
        raise InputError(
            f"Folder {path} has no images in it or below it.", f"They end in {', '.join(sorted(SUFFIXES))}."
        )
    return [each for _, each in shown], [label for label, _ in shown]


def _array(path: Path) -> np.ndarray:
    """The inputs in an array file: the array `x`, or the only one."""
    if path.suffix.lower() == ".npy":
        return read_array(path)
    names = array_names(path)
    name = "x" if "x" in names or len(names) != 1 else names[0]
    if name not in names:
        raise InputError(
            f"{path} has no array 'x'; it has {', '.join(map(repr, names)) or 'nothing'}.",
            "Write it with `numpy.savez(path, x=x)`.",
        )
    return read_arrays(path, [name])[name]


def _rows(x: np.ndarray, path: Path) -> tuple[np.ndarray, list[int]]:
    if len(x) == 0:
        raise InputError(f"{path} has no rows to predict.", "Give at least one.")
    return x, list(range(len(x)))
