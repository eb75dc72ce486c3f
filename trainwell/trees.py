"""Trees of arrays, as `fit` takes its data: the arrays by name, and rows of all of them together."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np


def named(tree: Any) -> dict[str, np.ndarray]:
    """The leaves of a tree by the path to them, `""` for a single array."""
    return {".".join(map(str, path)): np.asarray(leaf) for path, leaf in keras.tree.flatten_with_path(tree)}


def rows_in(tree: Any) -> int:
    """How many rows its arrays have."""
    return len(keras.tree.flatten(tree)[0])


def take(tree: Any, chosen: np.ndarray) -> Any:
    """These rows of each array: by their numbers, or by a mask."""
    return keras.tree.map_structure(lambda leaf: np.asarray(leaf)[chosen], tree)


def joined(first: Any, second: Any) -> Any:
    """The rows of two trees, one behind the other.

    Raises:
        ValueError: they differ in structure or in the shape of a row.
    """
    return keras.tree.map_structure(lambda *parts: np.concatenate(parts), first, second)


def row_bytes(tree: Any) -> list[bytes]:
    """The content of each row, by which rows can be told apart."""
    leaves = [np.asarray(leaf) for leaf in keras.tree.flatten(tree)]
    return [b"".join(leaf[number].tobytes() for leaf in leaves) for number in range(len(leaves[0]))]


def first_of_each(tree: Any) -> np.ndarray:
    """Numbers of the rows, in their order, without those whose content stood in an earlier one.

    Example:
    >>> first_of_each(np.array([3, 1, 3, 2, 1]))
    array([0, 1, 3])
    """
    return np.sort(np.unique(np.array(row_bytes(tree)), return_index=True)[1])
