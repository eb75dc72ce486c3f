"""What a target asks for: classes or values. The one answer for arrays, records of a Run and columns of a file.

It goes by the values alone, so it cannot tell a star rating from a small count; a loss that reads the target in one way
tells more, and whoever knows it weighs that itself. All limits stand here:

| limit | value | source |
|---|---|---|
| `ROWS_PER_CLASS` | 5 rows a distinct number | what five-fold stratification needs of a class (scikit-learn) |
| `MOST_CLASSES_OF_A_COLUMN` | 20 | digits, grades, ratings and months fit, ages do not |
| `LOWEST_CLASS` | -1 | labels of two signs, and the label of rows to be ignored |
| `MOST_COUNTED` | 1000 | ImageNet's classes; a Run keeps no counts of more |
"""

from __future__ import annotations

from typing import Literal

import numpy as np

TargetKind = Literal["classes", "one-hot", "labels", "values"]

ROWS_PER_CLASS = 5
MOST_CLASSES_OF_A_COLUMN = 20
LOWEST_CLASS = -1
MOST_COUNTED = 1000
_TWO = 2  # values are always few enough to be classes


def may_be_classes(distinct: int, rows: int, lowest: float = 0.0) -> bool:
    """Return True if whole numbers are few enough, beside the rows, to be classes rather than counts or amounts.

    Args:
        distinct: number of distinct values.
        rows: number of values in all.
        lowest: the lowest value.

    Example:
    >>> may_be_classes(10, 1797), may_be_classes(60, 100), may_be_classes(2, 3), may_be_classes(7, 1000, lowest=-3)
    (True, False, True, False)
    """
    return distinct <= max(_TWO, rows / ROWS_PER_CLASS) and lowest >= LOWEST_CLASS


def kind_of_target(values: np.ndarray) -> TargetKind:
    """Return what an array of targets holds: class numbers, one-hot rows, rows of several labels, or values.

    Args:
        values: `(rows, ...)`.

    Example:
    >>> [kind_of_target(each) for each in (np.arange(60) % 3, np.eye(3), np.ones((4, 3)), np.linspace(0, 1, 9))]
    ['classes', 'one-hot', 'labels', 'values']
    """
    finite = values[np.isfinite(values)] if values.dtype.kind == "f" else values.ravel()
    if not len(finite) or (values.dtype.kind == "f" and not (finite == np.round(finite)).all()):
        return "values"
    wide = values.ndim > 1 and values.shape[-1] > 1
    distinct = np.unique(finite)
    if wide and set(distinct) <= {0, 1}:
        return "one-hot" if (values.sum(axis=-1) == 1).all() else "labels"
    if wide and values.dtype.kind == "f":
        return "values"
    return "classes" if may_be_classes(len(distinct), values.size, float(distinct[0])) else "values"


def are_labels_alone(values: np.ndarray) -> bool:
    """Return True if a target holds one class number a row, and each class has several rows, as stratifying needs."""
    if values.size != len(values) or kind_of_target(values) != "classes":
        return False
    return bool(np.unique(values, return_counts=True)[1].min() > 1)
