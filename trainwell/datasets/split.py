"""Rows split into training, validation and test: stratified, seeded, by a column, or with groups kept whole.

Classes keep their shares in every part. A class too small to be in each part goes first to training, then to the test,
then to validation. Regression targets are split at random, not by quantile. Time is not looked at: rows that must be
tested in the future of the others need a split column.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trainwell.datasets.group_split import assign_groups
from trainwell.datasets.target_values import Place, row_place
from trainwell.datasets.wording import plural
from trainwell.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainwell.datasets.dataset import Task

Parts = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Sorted row numbers, counted from 0, of training, validation and test."""

PART_NAMES = {
    "train": 0,
    "training": 0,
    "validation": 1,
    "val": 1,
    "valid": 1,
    "dev": 1,
    "development": 1,
    "test": 2,
    "testing": 2,
}
"""What a split column may hold, in any case: the name of a part to its position in `Parts`."""


def split_rows(
    y: np.ndarray,
    *,
    task: Task,
    seed: int,
    validation_share: float = 0.15,
    test_share: float = 0.2,
    groups: np.ndarray | None = None,
) -> Parts:
    """Splits rows at random from `seed`.

    Args:
        y: `(rows,)`, class numbers from 0, or values.
        task: classes are stratified, regression is not.
        seed: the same seed gives the same split, whatever the machine.
        validation_share: share of all rows for validation, above 0 and below 1.
        test_share: share of all rows for the test, above 0; both shares together stay below 1.
        groups: `(rows,)`, a label a row; rows with the same label stay together, so the shares are met only roughly.

    Returns:
        Sorted row numbers of training, validation and test. Every row is in exactly one part, every class in training.

    Raises:
        InputError: a share out of range, or too few rows or groups for three parts.

    Example:
    >>> train, validation, test = split_rows(np.arange(20) % 2, task="binary", seed=0)
    >>> len(train), len(validation), len(test)
    (13, 3, 4)
    """
    for option, share in (("validation", validation_share), ("test", test_share)):
        _refuse_share(option, share)
    if validation_share + test_share >= 1:
        raise InputError(
            f"The validation share {validation_share:g} and the test share {test_share:g} leave nothing to train on.",
            "Choose shares whose sum is below 1, such as 0.15 and 0.2.",
        )
    classes = _strata(y, task)
    if groups is not None:
        part = assign_groups(classes, groups, (1 - validation_share - test_share, validation_share, test_share), seed)
        train, validation, test = (np.flatnonzero(part == each) for each in range(3))
        return train, validation, test
    generator = np.random.default_rng(seed)
    every = np.arange(len(y))
    rest, test = _cut(every, classes, round(len(y) * test_share), generator, behind=2)
    train, validation = _cut(rest, classes, round(len(y) * validation_share), generator)
    if not (len(train) and len(validation) and len(test)):
        raise InputError(
            f"{_are_too_few(len(y), 'row')} for a training, a validation and a test part that each have a row.",
            "Give more rows." if task == "regression" else "Give more rows: a few of every class at the least.",
        )
    return train, validation, test


def cut_validation(
    rows: np.ndarray, y: np.ndarray, *, task: Task, seed: int, validation_rows: float
) -> tuple[np.ndarray, np.ndarray]:
    """Cuts validation rows out of the training rows of a source that has its own test part.

    Args:
        rows: row numbers of the training part, counted from 0.
        y: `(rows of the whole source,)`, class numbers or values; looked up at `rows`.
        task: classes are stratified, regression is not.
        seed: the same seed gives the same cut.
        validation_rows: how many rows (a whole number from 1), or the share of `rows` (above 0 and below 1).

    Returns:
        Sorted row numbers of training and of validation.

    Raises:
        InputError: the share is out of range, or too few rows are left for both.
    """
    if validation_rows < 1:
        _refuse_share("validation", validation_rows)
        wanted = round(len(rows) * validation_rows)
    else:
        wanted = int(validation_rows)
    train, validation = _cut(rows, _strata(y, task), wanted, np.random.default_rng(seed))
    if len(train) == 0 or len(validation) == 0 or (validation_rows >= 1 and len(validation) != wanted):
        raise InputError(
            f"{_are_too_few(len(rows), 'training row')} to cut a validation part out of them.",
            "Give more training rows, or name the validation rows in the source.",
        )
    return train, validation


def split_by_column(
    labels: np.ndarray,
    *,
    column: str,
    y: np.ndarray,
    task: Task,
    seed: int,
    validation_share: float,
    classes: Sequence[str] = (),
    place: Place = row_place,
) -> Parts:
    """Splits rows as a column says: train, validation, test, or their usual aliases in any case.

    Where the column names no validation rows, they are cut from the training rows.

    Args:
        labels: `(rows,)`, the part's name of each row.
        column: the column's name, for messages.
        y: `(rows,)`, class numbers from 0, or values.
        task: what is predicted.
        seed: for the validation rows, where they are cut.
        validation_share: share of the training rows, where validation rows are cut.
        classes: the classes' names, for messages.
        place: where a row stands in the source, from its position.

    Raises:
        InputError: a label that names no part or is missing, no training rows, no test rows, or a class that no
            training row has.
    """
    part = np.empty(len(labels), dtype=np.int8)
    for position, label in enumerate(labels.tolist()):
        found = PART_NAMES.get(str(label).strip().lower())
        if found is None:
            shown = "no value" if label is None else repr(label)
            raise InputError(
                f"Split column {column!r} has {shown} in {place(position)}; expected one of {', '.join(PART_NAMES)}.",
                "Correct the value, or leave --split-column out for a random split.",
            )
        part[position] = found
    train, validation, test = (np.flatnonzero(part == each) for each in range(3))
    for rows, word in ((train, "training"), (test, "test")):
        if len(rows) == 0:
            raise InputError(
                f"Split column {column!r} names no {word} rows among {plural(len(part), 'row')}.",
                f"Mark some rows as {word}, or leave --split-column out for a random split.",
            )
    if len(validation) == 0:
        train, validation = cut_validation(train, y, task=task, seed=seed, validation_rows=validation_share)
    if task != "regression":
        unseen = np.setdiff1d(np.unique(y), np.unique(y[train]))
        if len(unseen):
            names = ", ".join(repr(classes[each] if len(classes) else int(each)) for each in unseen)
            raise InputError(
                f"Split column {column!r} leaves no training row for these classes: {names}.",
                "Move some of their rows to training, or leave the classes out.",
            )
    return train, validation, test


def _are_too_few(number: int, noun: str) -> str:
    return f"{plural(number, noun)} {'is' if number == 1 else 'are'} too few"


def _refuse_share(option: str, share: float) -> None:
    if not 0 < share < 1:
        raise InputError(
            f"The {option} share is {share:g}; expected a share above 0 and below 1.", "Choose one such as 0.15 or 0.2."
        )


def _strata(y: np.ndarray, task: Task) -> np.ndarray:
    """What is stratified: the classes, or a single one where values are predicted."""
    return np.zeros(len(y), dtype=np.int64) if task == "regression" else y.astype(np.int64)


def _cut(
    rows: np.ndarray, classes: np.ndarray, wanted: int, generator: np.random.Generator, behind: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Cuts `wanted` of `rows`, class by class: the rows left and the rows cut, both sorted."""
    counts = np.bincount(classes[rows])
    take = _apportion(counts, wanted, behind)
    shuffled = generator.permutation(rows)
    of_class = classes[shuffled]
    cut = np.concatenate([shuffled[of_class == each][: take[each]] for each in range(len(counts))])
    return np.setdiff1d(rows, cut), np.sort(cut)


def _apportion(counts: np.ndarray, wanted: int, behind: int) -> np.ndarray:
    """How many of each class to take: near its share of `wanted`, at least one where one can stay.

    Of a class that has more, `behind` rows stay: one for training, and one for validation if that is cut next.
    Largest remainders get the rows that rounding leaves over. The sum is `wanted` unless the classes do not allow it.
    """
    quota = counts * wanted / max(counts.sum(), 1)
    most = np.maximum(np.maximum(counts - behind, np.minimum(counts - 1, 1)), 0)
    least = np.minimum(most, 1)
    take = np.clip(np.floor(quota).astype(np.int64), least, most)
    while take.sum() < wanted and np.any(take < most):
        take[np.argmax(np.where(take < most, quota - take, -np.inf))] += 1
    while take.sum() > wanted and np.any(take > least):
        take[np.argmax(np.where(take > least, take - quota, -np.inf))] -= 1
    return take
