"""An `.npz` file of arrays to a Dataset: `x` and `y`, or a pair for each part.

`x_train`, `y_train`, `x_test`, `y_test` (as in Keras's mnist.npz) and `x_validation` or `x_val` are used as they are
split. uint8 arrays shaped like images are images; everything else is an array of float32. One input and one target
only.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from trainwell.datasets.array_encoder import ArrayEncoder, finite_float32
from trainwell.datasets.arrays import dataset_from_arrays
from trainwell.datasets.image_encoder import COLOURS, LIGHTEST, ImageEncoder
from trainwell.datasets.numpy_file import array_names, read_arrays
from trainwell.datasets.wording import plural
from trainwell.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from trainwell.datasets.dataset import Dataset, Encoder, Task

PAIRS = {
    "train": (("x", "y"), ("x_train", "y_train")),
    "validation": (("x_validation", "y_validation"), ("x_val", "y_val")),
    "test": (("x_test", "y_test"),),
}
"""Part to the names that its inputs and targets may have."""
GREY_RANK, COLOUR_RANK = 3, 4
"""Ranks of arrays of images: rows, height, width, and channels."""
DARK = 128
"""Where no pixel reaches this value, the images do not use the scale from 0 to 255 (as those of `digits`, up to 16)."""
MATRIX_RANK = 2

Pair = tuple[np.ndarray, np.ndarray]


def load_array_file(
    path: Path,
    *,
    task: Task | None = None,
    seed: int = 0,
    validation_share: float | None = None,
    test_share: float | None = None,
) -> Dataset:
    """Reads an `.npz` file.

    Args:
        path: the file.
        task: overrides the task that the target says.
        seed: of the split, where the file has none.
        validation_share: share of the rows for validation, where the file has none; 0.15 by default.
        test_share: share of the rows for the test, where the file has none; 0.2 by default.

    Raises:
        InputError: it is no `.npz`, lacks an array, holds Python objects, lengths differ, or values cannot be used.
    """
    notes: list[str] = []
    names = _names_by_part(path, array_names(path), notes)
    arrays = read_arrays(path, [name for pair in names.values() for name in pair])
    parts: dict[str, Pair] = {}
    for part, (x_name, y_name) in names.items():
        x, y = arrays[x_name], _target(arrays[y_name], y_name, notes)
        if x.ndim == 0 or len(x) != len(y):
            raise InputError(
                f"{path}: {x_name!r} has shape {x.shape} and {y_name!r} has {plural(len(y), 'row')}; expected "
                "as many rows in both.",
                "Give one target a row, the rows first.",
            )
        if x.size == 0:
            raise InputError(
                f"{path}: {x_name!r} has shape {x.shape}, which holds nothing.", "Give at least a few rows."
            )
        parts[part] = x, y
    _refuse_other_shapes(path, names, parts)
    encoder, image = _encode(names, parts, notes)
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return dataset_from_arrays(
        parts,
        name=path.stem,
        kind="image" if image else "array",
        encoder=encoder,
        source={"name": path.name, "kind": "npz", "path": str(path), "sha256": sha256},
        target=names["train"][1],
        task=task,
        seed=seed,
        validation_share=validation_share,
        test_share=test_share,
        notes=tuple(dict.fromkeys(notes)),
    )


def _names_by_part(path: Path, there: list[str], notes: list[str]) -> dict[str, tuple[str, str]]:
    """Which arrays are which part's inputs and targets."""
    shown = ", ".join(map(repr, there)) or "nothing"
    names: dict[str, tuple[str, str]] = {}
    for part, choices in PAIRS.items():
        found = [pair for pair in choices if set(pair) & set(there)]
        if len(found) > 1:
            raise InputError(
                f"{path} has {shown}: both {found[0]} and {found[1]} may be the {part} part.", "Keep one of the two."
            )
        for pair in found:
            if not set(pair) <= set(there):
                missing = pair[0] if pair[1] in there else pair[1]
                raise InputError(f"{path} has no array {missing!r}; it has {shown}.", f"Save {pair[0]} and {pair[1]}.")
            names[part] = pair
    if "train" not in names:
        raise InputError(
            f"{path} has no arrays 'x' and 'y' (or 'x_train' and 'y_train'); it has {shown}.",
            "Write it with `numpy.savez(path, x=x, y=y)`.",
        )
    unused = [name for name in there if name not in {each for pair in names.values() for each in pair}]
    if unused:
        notes.append(f"Arrays that are not used: {', '.join(map(repr, unused))}.")
    return names


def _target(y: np.ndarray, name: str, notes: list[str]) -> np.ndarray:
    """One target a row: a column becomes a vector, one-hot rows become class numbers."""
    if y.ndim == MATRIX_RANK and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim == MATRIX_RANK and y.dtype.kind in "iufb" and y.size and _is_one_hot(y):
        hard = bool(np.all((y == 0) | (y == 1)))
        how = "is one-hot" if hard else "holds probabilities; the likeliest class was taken"
        notes.append(f"{name!r} of shape {y.shape} {how}: {y.shape[1]} classes, numbered from 0.")
        return np.argmax(y, axis=1)
    if y.ndim != 1:
        raise InputError(
            f"Array {name!r} has shape {y.shape}; expected one target a row, or one-hot rows that sum to 1.",
            "Give `(rows,)`; a net with several targets is beyond this command.",
        )
    return y


def _is_one_hot(y: np.ndarray) -> bool:
    with np.errstate(all="ignore"):  # not-a-number makes both comparisons false, which is the answer
        return bool(np.all(y >= 0) and np.allclose(y.sum(axis=1, dtype=np.float64), 1.0, atol=1e-3))


def _refuse_other_shapes(path: Path, names: dict[str, tuple[str, str]], parts: dict[str, Pair]) -> None:
    """All parts must be alike: the rows' shape, and the kind of inputs and of targets."""
    for part, (x_name, y_name) in names.items():
        for name, first, array, at in (
            (x_name, names["train"][0], parts[part][0], 0),
            (y_name, names["train"][1], parts[part][1], 1),
        ):
            model = parts["train"][at]
            textual = (array.dtype.kind in "US") != (model.dtype.kind in "US")
            # bytes beside floats are images of which one part was scaled; two kinds of floats do no harm
            scaled = at == 0 and (array.dtype == np.uint8) != (model.dtype == np.uint8)
            if array.shape[1:] != model.shape[1:] or textual or scaled:
                raise InputError(
                    f"{path}: {first!r} has shape {model.shape} of {model.dtype} and {name!r} has shape "
                    f"{array.shape} of {array.dtype}; expected rows of one kind.",
                    "Prepare all parts alike.",
                )


def _encode(names: dict[str, tuple[str, str]], parts: dict[str, Pair], notes: list[str]) -> tuple[Encoder, bool]:
    """Turns the inputs of `parts` into a model's: images where they look like images, else float32 arrays."""
    x = parts["train"][0]
    colour = x.ndim == COLOUR_RANK and x.shape[-1] in {1, COLOURS}
    if x.dtype == np.uint8 and (x.ndim == GREY_RANK or colour):
        return _encode_images(parts, notes), True
    if x.dtype == np.uint8 and x.ndim == COLOUR_RANK and x.shape[1] in {1, COLOURS}:
        raise InputError(
            f"Array {names['train'][0]!r} has shape {x.shape}: images with their channels first; expected "
            "(rows, height, width, channels).",
            "Transpose it: `x.transpose(0, 2, 3, 1)`.",
        )
    if x.ndim == 1:
        notes.append(f"{names['train'][0]!r} has shape {x.shape}; it was read as one input a row.")
    for part, (values, y) in list(parts.items()):
        as_float = finite_float32(values, names[part][0])
        parts[part] = (as_float[:, np.newaxis] if values.ndim == 1 else as_float), y
    return ArrayEncoder(parts["train"][0].shape[1:], str(x.dtype)), False


def _encode_images(parts: dict[str, Pair], notes: list[str]) -> ImageEncoder:
    for part, (images, y) in list(parts.items()):
        if images.ndim == COLOUR_RANK and images.shape[-1] == 1:
            parts[part] = images[..., 0], y
    x = parts["train"][0]
    highest = int(x.max())
    white = highest if 0 < highest < DARK else LIGHTEST
    if white != LIGHTEST:
        notes.append(f"The images' values go up to {white}, which is taken as white when image files are predicted.")
    return ImageEncoder(x.shape[1:], white)
