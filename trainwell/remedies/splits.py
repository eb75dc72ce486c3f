"""Validation rows drawn anew, for the remedies of a split that went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
import numpy as np

from trainwell.edits import ChangeFit, SplitAnew
from trainwell.remedies.remedy import NoRemedy
from trainwell.targets import are_labels_alone
from trainwell.trees import first_of_each, rows_in

if TYPE_CHECKING:
    from trainwell.edits import Edit
    from trainwell.remedies.remedy import Case

_USUAL, _MOST, _LEAST = 0.2, 0.5, 0.1
_SHIFTED = 1.5  # times as much did copying raise the share of one class as that of another


def new_split(case: Case, *, pooled: bool, distinct: bool = False) -> SplitAnew:
    """A split at random that validates on as large a share of the rows as now; a fifth at most where copies made it.

    Args:
        case: of the finding.
        pooled: of training and validation rows together; else of the training rows.
        distinct: each row once.
    """
    data = case.spec.data
    rows, held = rows_in(data["x"]), data.get("validation_data")
    given = _USUAL if held is None else rows_in(held[0]) / (rows + rows_in(held[0]))
    share = min(_MOST if pooled and not distinct else _USUAL, max(_LEAST, given))
    return SplitAnew(round(share, 2), pooled, _has_classes(data["y"]), distinct)


def class_numbers(case: Case) -> np.ndarray:
    """The class of each training row, numbered from 0.

    Raises:
        NoRemedy: there are several outputs, or not one class a row.
    """
    y = keras.tree.flatten(case.spec.data["y"])
    if len(y) != 1:
        raise NoRemedy("there are several outputs, and class_weight is for one")
    labels = np.asarray(y[0])
    one_hot = labels.ndim > 1 and labels.shape[-1] > 1
    if one_hot and not (labels.sum(axis=-1) == 1).all():
        raise NoRemedy("the rows have several labels")
    numbers = (labels.argmax(axis=-1) if one_hot else labels).astype(int).ravel()
    if numbers.min() < 0 or len(numbers) != len(labels):
        raise NoRemedy("the labels are not numbered from 0, one a row")
    return numbers


def weights_of_copies(case: Case) -> tuple[Edit, ...]:
    """Class weights that stand for the copies of rare rows that go; no edit where copies did not change the shares."""
    data = case.spec.data
    if not _has_classes(data["y"]):
        return ()
    try:
        numbers = class_numbers(case)
    except NoRemedy:
        return ()
    once = numbers[first_of_each(data["x"])]
    given, left = np.bincount(numbers), np.bincount(once, minlength=int(numbers.max()) + 1)
    known = np.flatnonzero(left)
    ratio = (given[known] / len(numbers)) / (left[known] / len(once))
    if ratio.max() < _SHIFTED * ratio.min() or case.spec.fit.get("class_weight"):
        return ()
    return (
        ChangeFit({"class_weight": {int(at): round(float(each), 4) for at, each in zip(known, ratio, strict=True)}}),
    )


def _has_classes(y: object) -> bool:
    """Return True if there is one target of class numbers, each in several rows."""
    leaves = keras.tree.flatten(y)
    return len(leaves) == 1 and are_labels_alone(np.asarray(leaves[0]))
