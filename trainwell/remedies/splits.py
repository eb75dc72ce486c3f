"""Validation rows drawn anew, for the remedies of a split that went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
import numpy as np

from trainwell.edits import SplitAnew
from trainwell.trees import rows_in

if TYPE_CHECKING:
    from trainwell.remedies.remedy import Case

_USUAL, _MOST, _LEAST = 0.2, 0.5, 0.1


def new_split(case: Case, *, pooled: bool, distinct: bool = False) -> SplitAnew:
    """A split at random that validates on as large a share of the rows as now.

    Args:
        case: of the finding.
        pooled: of training and validation rows together; else of the training rows.
        distinct: each row once.
    """
    data = case.setup.data
    rows, held = rows_in(data["x"]), data.get("validation_data")
    given = _USUAL if held is None else rows_in(held[0]) / (rows + rows_in(held[0]))
    share = min(_MOST if pooled else _USUAL, max(_LEAST, given))
    return SplitAnew(round(share, 2), pooled, _has_classes(data["y"]), distinct)


def _has_classes(y: object) -> bool:
    """Whether there is one target of few whole numbers, each in several rows."""
    leaves = keras.tree.flatten(y)
    first = np.asarray(leaves[0])
    if len(leaves) != 1 or first.size != len(first) or not (first == np.round(first)).all():
        return False
    counts = np.unique(first, return_counts=True)[1]
    return bool(len(counts) <= _USUAL * len(first) and counts.min() > 1)
