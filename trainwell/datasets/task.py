"""The task found from the target: binary, multi-class or regression.

It goes by the values alone, so it cannot tell a star rating from a count that happens to be small: what it found is
said aloud in `Target.note`, and `task` overrides it. One target a row; several labels a row are refused.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from trainwell.datasets.dataset import Task
from trainwell.datasets.target_values import Place, numbers_from_text, read_target, row_place
from trainwell.datasets.wording import all_rows, listed, plural
from trainwell.errors import InputError
from trainwell.targets import MOST_CLASSES_OF_A_COLUMN, may_be_classes

if TYPE_CHECKING:
    from collections.abc import Sequence

TWO = 2
"""Classes of a binary task; also the fewest members of a class, one to learn from and one to test on."""
NAMES_SHOWN = 10
"""Class names in a message or note; the rest are counted."""


@dataclass(frozen=True)
class Target:
    """A target, ready to train on.

    Args:
        task: what is predicted.
        y: `(rows,)`, class numbers from 0 (`int32`) or values (`float32`).
        classes: the classes' names by number; empty for regression.
        note: one sentence that says which task it is and why.
    """

    task: Task
    y: np.ndarray
    classes: tuple[str, ...]
    note: str


def check_task(task: str | None) -> None:
    """Refuses a word that is no task; None stands for a task yet to be found.

    Raises:
        InputError: it is neither `"binary"`, `"multi-class"` nor `"regression"`.
    """
    tasks = get_args(Task)
    if task is None or task in tasks:
        return
    close = difflib.get_close_matches(str(task).lower(), [*tasks, *_ALIASES], n=1, cutoff=0.5)
    meant = _ALIASES.get(close[0], close[0]) if close else ""
    raise InputError(
        f"--task is {task!r}; expected one of {', '.join(tasks)}.",
        f"Did you mean {meant}? " * bool(meant) + "Leave --task out to have it found from the target.",
    )


_ALIASES = {"classification": "multi-class", "multiclass": "multi-class", "categorical": "multi-class"}
"""What people call a task elsewhere, to its name here; for the hint only."""


def find_target(
    values: Any,
    *,
    name: str,
    task: Task | None = None,
    class_names: Sequence[str] | None = None,
    place: Place = row_place,
) -> Target:
    """Finds the task and turns the target into class numbers or values.

    Text and booleans are classes. So are integers, and floats that are all whole, where they take two distinct values,
    or at most 20 with at least 5 rows each on average. All else is regression. Classes are ordered as `class_names` has
    them, else by number where all names are numbers, else alphabetically.

    Args:
        values: `(rows,)`, a NumPy or pyarrow array of text, booleans, integers or floats.
        name: the target's name, for messages.
        task: overrides what the values say.
        class_names: the names of the classes 0, 1, ...; `values` are then those numbers or those names.
        place: where a row stands in the source, from its position; by default `"row 1 (counted from 1)"` for the first.

    Raises:
        InputError: missing or infinite values, one class only, a class with a single member, a constant value, text
            where values are wanted, a `task` that the values do not fit, or one that does not exist.

    Example:
    >>> find_target(np.array(["no", "yes", "no", "yes"]), name="answer").classes
    ('no', 'yes')
    >>> find_target(np.array([0.5, 1.5, 2.5]), name="height").task
    'regression'
    """
    check_task(task)
    array = read_target(values, name, place)
    if class_names is not None:
        names = tuple(str(each) for each in class_names)
        y = _numbers_of_named(array, names, name, place)
        if task == "regression":
            return _regression(_spelled_numbers(names, name)[y], name, "as asked")
        return _classes(y, names, name, task, "its classes are named")
    if task == "regression":
        numbers = numbers_from_text(array, name, place) if array.dtype == object else array.astype(np.float64)
        return _regression(numbers, name, "as asked")
    distinct, inverse = np.unique(array, return_inverse=True)
    if array.dtype.kind in "iuf" and task is None:
        if np.any(distinct != np.round(distinct)):
            return _regression(array, name, "its values are not all whole numbers")
        many = len(distinct) > MOST_CLASSES_OF_A_COLUMN or not may_be_classes(len(distinct), len(array))
        if many:
            return _regression(
                array, name, f"it takes {len(distinct)} distinct whole numbers in {plural(len(array), 'row')}"
            )
    labels = [_label(value) for value in distinct.tolist()]
    names = _ordered(set(labels))
    number = {label: position for position, label in enumerate(names)}
    y = np.array([number[label] for label in labels], dtype=np.int32)[inverse]
    reasons = {"O": "its values are text", "b": "its values are true or false"}
    reason = reasons.get(array.dtype.kind, f"it takes only {len(distinct)} distinct whole numbers")
    if array.dtype.kind in "iuf" and len(distinct) > TWO:
        reason += ", --task regression predicts the number itself"
    return _classes(y, names, name, task, "as asked" if task else reason)


def _regression(numbers: np.ndarray, name: str, reason: str) -> Target:
    low, high = numbers.min(), numbers.max()
    if low == high:
        raise InputError(
            f"Target {name!r} is {low:g} in {all_rows(len(numbers))}; there is nothing to predict.",
            "Choose another target, or give rows in which it differs.",
        )
    with np.errstate(over="ignore"):  # an overflow is told in words just below
        y = numbers.astype(np.float32)
    if not np.all(np.isfinite(y)) or np.all(y == y[0]):
        raise InputError(
            f"Target {name!r} ranges from {low!r} to {high!r}; 32-bit floats cannot hold or tell apart its values.",
            "Subtract its mean, or choose another unit.",
        )
    return Target("regression", y, (), f"Task: regression on {name!r} ({reason}; from {low:g} to {high:g}).")


def _label(value: Any) -> str:
    """A class's name: whole floats lose their `.0`, because `1.0` is how a column with gaps writes 1."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _ordered(names: set[str]) -> tuple[str, ...]:
    """Names by number where all are numbers, else alphabetically."""
    by_name = tuple(sorted(names))
    numbers = _numbers(by_name)
    return by_name if numbers is None else tuple(by_name[each] for each in np.argsort(numbers, kind="stable"))


def _numbers(names: Sequence[str]) -> np.ndarray | None:
    """The finite numbers that the names spell, `(names,)` float64; None where one spells none."""
    try:
        numbers = np.array([float(each) for each in names])
    except ValueError:
        return None
    return numbers if np.all(np.isfinite(numbers)) else None


def _spelled_numbers(names: tuple[str, ...], name: str) -> np.ndarray:
    numbers = _numbers(names)
    if numbers is None:
        raise InputError(
            f"The classes of target {name!r} have names that are no numbers: {listed(names, NAMES_SHOWN)}; "
            "regression needs numbers.",
            "Leave --task out to train on the classes.",
        )
    return numbers


def _numbers_of_named(array: np.ndarray, names: tuple[str, ...], name: str, place: Place) -> np.ndarray:
    """Class numbers of values that are either those numbers or those names."""
    by_name = array.dtype == object
    accepted = names if by_name else tuple(str(each) for each in range(len(names)))
    number = {each: position for position, each in enumerate(accepted)}
    distinct, inverse = np.unique(array if by_name else array.astype(np.float64), return_inverse=True)
    found = np.array([number.get(_label(value), -1) for value in distinct.tolist()], dtype=np.int32)[inverse]
    unknown = np.flatnonzero(found < 0)
    if len(unknown):
        first = int(unknown[0])
        raise InputError(
            f"Target {name!r} is {_label(array[first].item() if not by_name else array[first])!r} in {place(first)}; "
            f"expected one of these {len(accepted)} classes: {listed(accepted, NAMES_SHOWN)}.",
            "Correct the value, or the list of class names.",
        )
    return found


def _classes(y: np.ndarray, names: tuple[str, ...], name: str, task: Task | None, reason: str) -> Target:
    counts = np.bincount(y, minlength=len(names))
    present = np.flatnonzero(counts)
    if len(present) == 1:
        raise InputError(
            f"Target {name!r} has one class only: {names[present[0]]!r} in {all_rows(len(y))}; expected at least two.",
            "Choose another target, or give rows of another class.",
        )
    if task == "binary" and len(names) != TWO:
        raise InputError(
            f"Target {name!r} has {len(names)} classes ({listed(names, NAMES_SHOWN)}); a binary task needs two.",
            "Use --task regression to predict the number itself, or --task multi-class."
            if _numbers(names) is not None and len(names) > TWO
            else "Use --task multi-class, or leave --task out.",
        )
    rare = tuple(names[each] for each in np.flatnonzero(counts < TWO))
    if rare:
        raise InputError(
            f"Target {name!r} has classes with fewer than two members, {len(rare)} of {len(names)}: "
            f"{listed(rare, NAMES_SHOWN)}. Each class needs a row to learn from and a row to test on.",
            "Leave these rows out, or merge them into another class"
            + (", or use --task regression to predict the number itself." if _numbers(names) is not None else "."),
        )
    found: Task = task or ("binary" if len(names) == TWO else "multi-class")
    return Target(
        found, y, names, f"Task: {found} on {name!r} ({reason}; {len(names)} classes: {listed(names, NAMES_SHOWN)})."
    )
