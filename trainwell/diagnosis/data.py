"""The data of a diagnosis: checked, named by the model's inputs and outputs, and split as `fit` would split it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from trainwell.engine import compat
from trainwell.errors import InputError
from trainwell.facts import describe_input, describe_split, describe_target
from trainwell.trees import named, rows_in, take

if TYPE_CHECKING:
    from collections.abc import Sequence

_NUMBERS = "biufc"


@dataclass
class Data:
    """Arrays of a training, as trees in the model's own form.

    Args:
        x: inputs, `(rows, ...)` each.
        y: targets.
        held: `(x, y)` or `(x, y, sample_weight)` of the validation; `None` without.
        sample_weight: of the training rows.
        split: where the validation rows come from: `"validation_data"`, `"validation_split"` or `""`.
    """

    x: Any
    y: Any
    held: tuple[Any, ...] | None
    sample_weight: Any
    split: str

    @property
    def rows(self) -> int:
        """Training rows."""
        return rows_in(self.x)

    def some(self, most: int) -> tuple[Any, Any]:
        """Inputs and targets of evenly spaced training rows, at most so many."""
        chosen = evenly_spaced(self.rows, most)
        return take(self.x, chosen), take(self.y, chosen)

    def facts(self, batch_size: int, outputs: Sequence[str] = (), also_called: Sequence[str] = ()) -> dict[str, Any]:
        """The fact `data`: `rows`, `inputs`, `targets`, `split`, `split_kind`; outputs as of `targets_by_output`."""
        inputs, targets = named(self.x), targets_by_output(self.y, outputs, also_called)
        facts: dict[str, Any] = {
            "rows": {"train": self.rows},
            "inputs": [{"name": name, **describe_input(values)} for name, values in _as(inputs, "x").items()],
            "targets": [{"name": name, **describe_target(values, batch_size)} for name, values in targets.items()],
            "split_kind": self.split,
            "split": None,
        }
        if self.held is not None:
            held_x, held_y = named(self.held[0]), targets_by_output(self.held[1], outputs, also_called)
            facts["rows"]["validation"] = len(next(iter(held_x.values())))
            facts["split"] = describe_split(_as(inputs, "x"), targets, _as(held_x, "x"), held_y)
        return facts


def evenly_spaced(rows: int, most: int) -> np.ndarray:
    """Numbers of evenly spaced rows, at most so many."""
    return np.unique(np.linspace(0, rows - 1, min(most, rows)).astype(int))


def targets_by_output(tree: Any, outputs: Sequence[str], also_called: Sequence[str] = ()) -> dict[str, np.ndarray]:
    """The targets by the names of the outputs that they belong to, as Keras pairs them.

    Args:
        tree: targets as the user gives them: by the outputs' names, by those of their layers, or in their order.
        outputs: names of the model's outputs, in their order.
        also_called: names of their layers, in the same order.
    """
    found = named(tree)
    if set(found) <= set(outputs):
        return found
    by_layer = dict(zip(also_called, outputs, strict=True)) if len(also_called) == len(outputs) else {}
    if set(found) <= set(by_layer):
        return {output: found[layer] for layer, output in by_layer.items() if layer in found}
    return dict(zip(outputs, found.values(), strict=True)) if len(found) == len(outputs) else found


def _as(arrays: dict[str, np.ndarray], alone: str) -> dict[str, np.ndarray]:
    return {name or alone: values for name, values in arrays.items()}


def check(x: Any, y: Any, validation_data: Any, validation_split: float, sample_weight: Any) -> Data:
    """The data, or an error that says what is wrong with it.

    Raises:
        InputError: something is no array, is empty, has other rows than the rest, or is missing.
    """
    if y is None:
        raise InputError(
            "y is missing: a diagnosis compares the model's outputs with targets.",
            "Pass the targets as the third argument; for an autoencoder these are the inputs themselves.",
        )
    x, y = _checked(x, "x"), _checked(y, "y")
    rows = {name: len(leaf) for name, leaf in (*_leaves(x, "x"), *_leaves(y, "y"))}
    if not all(rows.values()):
        empty = next(name for name, count in rows.items() if not count)
        raise InputError(f"{empty} has no rows.", "A diagnosis needs at least one row.")
    if len(set(rows.values())) > 1:
        told = ", ".join(f"{name} has {count}" for name, count in rows.items())
        raise InputError(f"x and y differ in their rows: {told}.", "Give one target for each row of inputs.")
    if sample_weight is not None:
        sample_weight = _checked(sample_weight, "sample_weight")
    if not 0 <= validation_split < 1:
        raise InputError(f"validation_split={validation_split}.", "Give a share in [0, 1), such as 0.2.")
    if validation_data is None and not validation_split:
        return Data(x, y, None, sample_weight, "")
    if validation_data is not None:
        return Data(x, y, _held(validation_data), sample_weight, "validation_data")
    (x, y, sample_weight), held = compat.validation_split(x, y, sample_weight, validation_split)
    if not rows_in(x) or not rows_in(held[0]):
        raise InputError(f"validation_split={validation_split} leaves no rows.", "Give more rows, or another share.")
    return Data(x, y, tuple(part for part in held if part is not None), sample_weight, "validation_split")


def _held(validation_data: Any) -> tuple[Any, ...]:
    if not isinstance(validation_data, (tuple, list)) or not 2 <= len(validation_data) <= 3:  # noqa: PLR2004 -- x, y, weights
        raise InputError(
            f"validation_data is a {type(validation_data).__name__}, and (x, y) was expected.",
            "Pass a tuple of inputs and targets.",
        )
    names = ("validation_data[0]", "validation_data[1]", "validation_data[2]")
    held = tuple(_checked(part, name) for part, name in zip(validation_data, names, strict=False))
    if not all(len(leaf) for _, leaf in _leaves(held[0], names[0])):
        raise InputError("validation_data has no rows.", "Leave it out, or give some.")
    return held


def _leaves(tree: Any, name: str) -> list[tuple[str, Any]]:
    paths = keras.tree.flatten_with_path(tree)
    return [(name + "".join(f"[{key!r}]" for key in path), leaf) for path, leaf in paths]


def _checked(tree: Any, name: str) -> Any:
    """The tree with NumPy arrays as leaves."""
    if tree is None or isinstance(tree, (str, bytes)) or (callable(tree) and not hasattr(tree, "__array__")):
        raise _no_array(name, tree)
    if hasattr(tree, "to_numpy"):  # a table or a column of one
        tree = tree.to_numpy()
    if isinstance(tree, (list, tuple)) and tree and all(isinstance(each, (int, float)) for each in tree):
        tree = np.asarray(tree)
    if not isinstance(tree, (dict, list, tuple)) and not hasattr(tree, "__array__"):
        raise _no_array(name, tree)

    def leaf(value: Any) -> np.ndarray:
        if not hasattr(value, "__array__"):
            raise _no_array(name, value)
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


def _no_array(name: str, value: Any) -> InputError:
    return InputError(
        f"{name} is a {type(value).__name__}, and an array was expected.",
        "Pass NumPy arrays, or lists and dictionaries of them; take some batches of a generator or a dataset first.",
    )
