"""Checks of the arrays that a person passes to `tw.fit`, `tw.diagnose` or `tw.repair`, with clear messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import keras
import numpy as np

from trainwell.engine import compat
from trainwell.errors import InputError
from trainwell.trees import rows_in

ValidationFrom = Literal["", "validation_data", "validation_split"]

_NUMBERS = "biufc"
_PARTS = ("validation_data[0]", "validation_data[1]", "validation_data[2]")


@dataclass(frozen=True)
class Arrays:
    """Data of a training as NumPy arrays, in the trees that the model takes.

    Args:
        x: inputs, `(rows, ...)` each.
        y: targets, `(rows, ...)` each.
        sample_weight: weights of the training rows, or `None`.
        validation: `(x, y)` or `(x, y, sample_weight)`; `None` without validation rows.
        validation_from: the argument of `fit` that the validation rows come from; `""` without.
    """

    x: Any
    y: Any
    sample_weight: Any = None
    validation: tuple[Any, ...] | None = None
    validation_from: ValidationFrom = ""


def check_arrays(x: Any, y: Any, validation_data: Any, validation_split: float, sample_weight: Any) -> Arrays:
    """Return the data as NumPy arrays, split as `fit` would split them.

    Args:
        x: inputs, as `fit` takes them: an array, or a list or dictionary of arrays.
        y: targets, in the same forms.
        validation_data: `(x, y)` or `(x, y, sample_weight)`, or `None`.
        validation_split: share of the last rows in [0, 1) to validate on.
        sample_weight: weights of the rows, or `None`.

    Raises:
        InputError: something is not an array, is empty, has a different number of rows, or is missing.
    """
    if y is None:
        raise InputError(
            "y is missing: a diagnosis compares the outputs of the model with targets.",
            "Pass the targets as the third argument. For an autoencoder, these are the inputs themselves.",
        )
    x, y = as_arrays(x, "x"), as_arrays(y, "y")
    rows = {name: len(leaf) for name, leaf in (*_leaves(x, "x"), *_leaves(y, "y"))}
    if not all(rows.values()):
        empty = next(name for name, count in rows.items() if not count)
        raise InputError(f"{empty} has no rows.", "A training needs at least one row.")
    if len(set(rows.values())) > 1:
        counts = ", ".join(f"{name} has {count}" for name, count in rows.items())
        raise InputError(f"x and y have different numbers of rows: {counts}.", "Give one target for each row of x.")
    if sample_weight is not None:
        sample_weight = as_arrays(sample_weight, "sample_weight")
    if not 0 <= validation_split < 1:
        raise InputError(f"validation_split={validation_split}.", "Give a share in [0, 1), such as 0.2.")
    if validation_data is not None:
        return Arrays(x, y, sample_weight, check_validation(validation_data), "validation_data")
    if not validation_split:
        return Arrays(x, y, sample_weight)
    (x, y, sample_weight), held = compat.validation_split(x, y, sample_weight, validation_split)
    if not rows_in(x) or not rows_in(held[0]):
        raise InputError(f"validation_split={validation_split} leaves no rows.", "Give more rows, or another share.")
    return Arrays(x, y, sample_weight, tuple(part for part in held if part is not None), "validation_split")


def check_validation(validation_data: Any) -> tuple[Any, ...]:
    """Return validation data as a tuple of two or three trees of NumPy arrays.

    Raises:
        InputError: they are not `(x, y)` or `(x, y, sample_weight)`, or hold no rows.
    """
    if not isinstance(validation_data, (tuple, list)) or not 2 <= len(validation_data) <= 3:  # noqa: PLR2004 -- x, y, weights
        raise InputError(
            f"validation_data is a {type(validation_data).__name__}, and (x, y) was expected.",
            "Pass a tuple of inputs and targets.",
        )
    held = tuple(as_arrays(part, name) for part, name in zip(validation_data, _PARTS, strict=False))
    if not all(len(leaf) for _, leaf in _leaves(held[0], _PARTS[0])):
        raise InputError("validation_data has no rows.", "Leave it out, or give some.")
    return held


def as_arrays(tree: Any, name: str) -> Any:
    """Return the tree with NumPy arrays of numbers as its leaves.

    Args:
        tree: an array, a table with `to_numpy`, or a list or dictionary of arrays.
        name: what a message calls it.

    Raises:
        InputError: a leaf is not an array of numbers with at least one axis.
    """
    if tree is None or isinstance(tree, (str, bytes)) or (callable(tree) and not hasattr(tree, "__array__")):
        raise _not_an_array(name, tree)
    if hasattr(tree, "to_numpy"):  # a table, or a column of one
        tree = tree.to_numpy()
    if isinstance(tree, (list, tuple)) and tree and all(isinstance(each, (int, float)) for each in tree):
        tree = np.asarray(tree)
    if not isinstance(tree, (dict, list, tuple)) and not hasattr(tree, "__array__"):
        raise _not_an_array(name, tree)

    def leaf(value: Any) -> np.ndarray:
        if not hasattr(value, "__array__"):
            raise _not_an_array(name, value)
        array = value if isinstance(value, np.ndarray) else np.asarray(value)
        if array.dtype.kind not in _NUMBERS:
            raise InputError(
                f"{name} holds {array.dtype} values, and numbers were expected.",
                "Turn texts into numbers first, for instance with keras.layers.TextVectorization or StringLookup.",
            )
        if array.ndim == 0:
            raise InputError(f"{name} is a single number, and rows were expected.", "Pass an array (rows, ...).")
        return array

    return keras.tree.map_structure(leaf, tree)


def _leaves(tree: Any, name: str) -> list[tuple[str, Any]]:
    paths = keras.tree.flatten_with_path(tree)
    return [(name + "".join(f"[{key!r}]" for key in path), leaf) for path, leaf in paths]


def _not_an_array(name: str, value: Any) -> InputError:
    return InputError(
        f"{name} is a {type(value).__name__}, and an array or a source of batches was expected.",
        "Pass NumPy arrays, lists or dictionaries of them, or what `fit` takes for batches: a PyDataset, a generator, "
        "a tf.data.Dataset or a torch DataLoader.",
    )
