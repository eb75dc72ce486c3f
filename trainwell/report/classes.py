"""What a Run knows of its classes: names, rows, recall, and what was taken for what.

Read with forgiveness, as everything in a report: a matrix that does not fit the names counts as absent.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trainwell.report.run_values import finite
from trainwell.report.wording import clean

if TYPE_CHECKING:
    from trainwell.run import Run


def class_names(run: Run) -> list[str]:
    """The classes' names by number; empty for regression."""
    return [clean(name) for name in run.data.classes]


def confusion(run: Run) -> np.ndarray | None:
    """The confusion matrix `(classes, classes)` of counts, rows are true classes; None where it is absent or odd."""
    counts = np.asarray(run.result.confusion)
    square = counts.ndim == 2 and counts.shape[0] == counts.shape[1] == len(class_names(run))  # noqa: PLR2004 -- a matrix
    return counts.astype(np.int64) if square and counts.size else None


def class_counts(run: Run, part: str) -> dict[str, int]:
    """Rows of each class in `part`; empty where it is not known."""
    return dict(zip(class_names(run), run.data.class_counts.get(part, ()), strict=False))


@dataclass(frozen=True)
class Recall:
    """How much of one class was found.

    Args:
        name: the class.
        share: the recall, from 0 to 1; None where the part holds no row of the class.
        rows: rows of the class in the test part; None where it is not known.
    """

    name: str
    share: float | None
    rows: int | None


def recalls(run: Run) -> list[Recall]:
    """The recall of each class, worst first; classes without test rows come last."""
    counts = class_counts(run, "test")
    matrix = confusion(run)
    if matrix is not None:
        counts = dict(zip(class_names(run), (int(rows) for rows in matrix.sum(axis=1)), strict=True))
    found = [Recall(clean(name), finite(value), counts.get(clean(name))) for name, value in run.result.recall.items()]
    return sorted(found, key=lambda recall: math.inf if recall.share is None else recall.share)


def mistakes(run: Run) -> list[tuple[str, str, int, float]]:
    """What was taken for what, most frequent first: true class, answer, rows, share of the true class's rows."""
    counts = confusion(run)
    if counts is None:
        return []
    names = class_names(run)
    pairs = [(int(true), int(answer)) for true, answer in np.argwhere(counts > 0) if true != answer]
    pairs.sort(key=lambda pair: (-counts[pair], pair))
    return [
        (names[true], names[answer], int(counts[true, answer]), float(counts[true, answer] / counts[true].sum()))
        for true, answer in pairs
    ]
