"""What is said of a test part that is too small to tell much: few rows in all, or none of a class.

The number of rows below which a note is due is a convention, not a calibrated threshold: with 10 rows the 95% interval
of an accuracy is still about 50 points wide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trainwell.datasets.wording import listed, plural

if TYPE_CHECKING:
    from collections.abc import Sequence

FEW_ROWS = 10
"""Test rows below which the result says little."""
NAMES_SHOWN = 10
"""Class names in a note; the rest are counted."""


def small_test_notes(y: np.ndarray, classes: Sequence[str]) -> tuple[str, ...]:
    """One sentence for each way in which the test part is too small; none where it is not.

    Args:
        y: `(rows,)`, the targets of the test part: class numbers or values.
        classes: the classes' names by number; empty for regression.

    Example:
    >>> small_test_notes(np.array([0] * 12), ("no", "yes"))
    ('The test part has no row of the class yes: the result says nothing about it.',)
    """
    notes = []
    if len(y) < FEW_ROWS:
        notes.append(f"The test part has only {plural(len(y), 'row')}: the result says little.")
    if classes:
        absent = [name for name, rows in zip(classes, np.bincount(y, minlength=len(classes)), strict=True) if not rows]
        if absent:
            which = "the class" if len(absent) == 1 else f"{len(absent)} classes:"
            notes.append(
                f"The test part has no row of {which} {listed(absent, NAMES_SHOWN)}: the result says nothing about "
                f"{'it' if len(absent) == 1 else 'them'}."
            )
    return tuple(notes)
