"""One array among those of a TrainingSpec, by name, and how code calls it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from trainwell.errors import EditError
from trainwell.trees import named, take

if TYPE_CHECKING:
    from collections.abc import Callable

    from trainwell.edits.edit import Draft


def array_of(tree: Any, name: str = "") -> np.ndarray:
    """The array of a tree that has this name; `""` for the only one.

    Raises:
        EditError: there is none.
    """
    found = named(tree)
    if name in found:
        return found[name]
    if len(found) == 1:
        return next(iter(found.values()))
    raise EditError(f"There is no array {name!r}.", f"There are: {', '.join(found)}.")


def changed(tree: Any, name: str, change: Callable[[np.ndarray], np.ndarray]) -> Any:
    """The tree with one array changed; the others are the same objects."""
    paths = list(named(tree))
    if name not in paths and len(paths) > 1:
        raise EditError(f"There is no array {name!r}.", f"There are: {', '.join(paths)}.")
    leaves = keras.tree.flatten(tree)
    return keras.tree.pack_sequence_as(
        tree,
        [
            change(np.asarray(leaf)) if path == name or len(paths) == 1 else leaf
            for path, leaf in zip(paths, leaves, strict=True)
        ],
    )


def change_targets(draft: Draft, output: str, change: Callable[[np.ndarray], np.ndarray]) -> None:
    """Changes the targets of one output, in training and validation rows alike."""
    draft.data["y"] = changed(draft.data["y"], output, change)
    if draft.held is not None:
        x, y, *rest = draft.held
        draft.data["validation_data"] = (x, changed(y, output, change), *rest)


def change_inputs(draft: Draft, change: Callable[[np.ndarray], np.ndarray], name: str = "") -> None:
    """Changes one input, in training and validation rows alike."""
    draft.data["x"] = changed(draft.data["x"], name, change)
    if draft.held is not None:
        x, *rest = draft.held
        draft.data["validation_data"] = (changed(x, name, change), *rest)


def keep_rows(draft: Draft, train: np.ndarray, held: np.ndarray | None) -> None:
    """Keeps these rows of the training and of the validation.

    Args:
        draft: to be changed.
        train: numbers of rows, or a mask of them.
        held: the same of the validation rows.
    """
    for part in ("x", "y", "sample_weight"):
        if draft.data.get(part) is not None:
            draft.data[part] = take(draft.data[part], train)
    if draft.held is not None and held is not None:
        draft.data["validation_data"] = tuple(take(part, held) for part in draft.held)


def name_of(variable: str, name: str) -> str:
    """How code calls one array of a tree.

    Example:
    >>> name_of("x_train", ""), name_of("y_train", "price"), name_of("x_val", "0")
    ('x_train', "y_train['price']", 'x_val[0]')
    """
    if not name:
        return variable
    return f"{variable}[{name}]" if name.isdecimal() else f"{variable}[{name!r}]"
