"""The Dataset: inputs, targets and the facts about them, split and ready for a model.

Everything is in memory as NumPy arrays. Images stay `uint8` and tables are one array per kind of column, so that
scaling can sit inside the model.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np

Task = Literal["binary", "multi-class", "regression"]
Kind = Literal["table", "image", "array"]
Inputs = np.ndarray | dict[str, np.ndarray]


@dataclass(frozen=True)
class Part:
    """One part of the split.

    Args:
        x: inputs, `(rows, ...)`, or a dictionary of such arrays.
        y: targets, `(rows,)`: class numbers (`int32`, from 0) or values (`float32`).
        rows: `(rows,)`, the position of each row in the source, counted from 0.
    """

    x: Inputs
    y: np.ndarray
    rows: np.ndarray

    def __len__(self) -> int:
        return len(self.y)


class Encoder(Protocol):
    """Turns raw inputs (table, images, array) into a model's inputs, alike when training and predicting."""

    def to_json(self) -> dict[str, Any]:
        """Plain data from which `datasets.encoder_from_json` makes the same encoder again."""
        ...


@dataclass(frozen=True)
class Dataset:
    """Inputs, targets and the facts about them.

    Args:
        name: short name, used in headings and folder names.
        task: what is predicted.
        kind: `"table"` (dictionary of `numeric` `(rows, columns)` float32 and `codes` `(rows, columns)` int32, either
            may be absent), `"image"` (`(rows, height, width)` or `(rows, height, width, channels)` uint8) or
            `"array"` (float32).
        train, validation, test: the three parts.
        target: the target's name.
        classes: names of the classes by number; empty for regression.
        category_sizes: for tables, the number of codes of each column of `codes` (unseen and missing included).
        encoder: how new rows or images become inputs.
        source: what identifies the data: `name`, `kind`, and for files `path` and `sha256`.
        notes: what was noticed and done, one sentence each, to be said aloud.
    """

    name: str
    task: Task
    kind: Kind
    train: Part
    validation: Part
    test: Part
    target: str
    classes: tuple[str, ...]
    encoder: Encoder
    category_sizes: tuple[int, ...] = ()
    source: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
