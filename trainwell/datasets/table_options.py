"""The columns a person names for a table, checked before anything is computed: target, split, groups, dropped.

Names must be exact; a wrong one is answered with the closest.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from trainwell.datasets.wording import listed, plural
from trainwell.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMES_SHOWN = 30
"""Column names listed in a message; the rest are counted."""


def check_options(
    names: Sequence[str],
    target: str | None,
    split_column: str | None = None,
    group_column: str | None = None,
    drop: Sequence[str] = (),
) -> str:
    """The target, once all named columns are found to exist and not to contradict each other.

    Args:
        names: the columns that the table has.
        target: the column to predict.
        split_column: names the part of each row.
        group_column: rows with the same value stay in one part.
        drop: columns that are not to be inputs.

    Raises:
        InputError: no target, a name that no column has, a column named for two things, or both a split and a group
            column.
    """
    if target is None:
        raise InputError(
            f"Which column is to be predicted? The table has {plural(len(names), 'column')}: "
            f"{listed(names, NAMES_SHOWN)}.",
            "Name it: --target COLUMN.",
        )
    asked = [("--target", target), ("--split-column", split_column), ("--group-column", group_column)]
    asked += [("--drop", each) for each in drop]
    used: dict[str, str] = {}
    for option, column in asked:
        if column is None:
            continue
        if column not in names:
            lower = {each.lower(): each for each in names}
            closest = difflib.get_close_matches(column.lower(), lower, n=1)
            raise InputError(
                f"{option}: the table has no column {column!r}; it has {listed(names, NAMES_SHOWN)}.",
                f"Did you mean {lower[closest[0]]!r}?" if closest else "Choose one of these.",
            )
        if column in used and used[column] != option:
            raise InputError(
                f"Column {column!r} is named by both {used[column]} and {option}.",
                "Name another column, or leave one out.",
            )
        used[column] = option
    if split_column is not None and group_column is not None:
        raise InputError(
            "Both --split-column and --group-column are given; a split column already says where each row goes.",
            "Leave one of them out.",
        )
    return target
