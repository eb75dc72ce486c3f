"""Arrays in memory, with or without parts of their own, to a Dataset.

Shared by the built-in images, image folders and array files. It splits and finds the task; what the inputs are, and
whether they are sound, is their readers' business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from trainwell.datasets.dataset import Dataset, Encoder, Kind, Part, Task
from trainwell.datasets.small_test import small_test_notes
from trainwell.datasets.split import cut_validation, split_rows
from trainwell.datasets.task import Target, find_target
from trainwell.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

VALIDATION_SHARE = 0.15
"""Share of rows for validation, where nobody says otherwise."""
TEST_SHARE = 0.2
"""Share of rows for the test, where nobody says otherwise."""
PARTS = ("train", "validation", "test")


def dataset_from_arrays(
    parts: Mapping[str, tuple[np.ndarray, np.ndarray]],
    *,
    name: str,
    kind: Kind,
    encoder: Encoder,
    source: dict[str, Any],
    target: str = "y",
    task: Task | None = None,
    class_names: Sequence[str] | None = None,
    seed: int = 0,
    validation_share: float | None = None,
    test_share: float | None = None,
    notes: Sequence[str] = (),
) -> Dataset:
    """Splits arrays where they are not split already, and finds the task.

    Args:
        parts: `x` and `y` by part: `train` alone (all rows, to be split), or with `validation`, `test` or both. Each
            `x` is `(rows, ...)`, each `y` `(rows,)`. Parts that are given stay as they are; the others are cut from
            `train`.
        name: short name.
        kind: `"image"` or `"array"`.
        encoder: how new inputs become a model's.
        source: what identifies the data.
        target: the target's name.
        task: overrides what the target says.
        class_names: the names of the classes 0, 1, ...
        seed: of the split.
        validation_share: share of the rows to be split, or a number of rows from 1; 0.15 by default.
        test_share: share of the rows to be split; 0.2 by default.
        notes: what was noticed before.

    Raises:
        InputError: the target cannot be predicted, a share is out of range or of a part that is given, there are too
            few rows, or a class has no training row.
    """
    given = [part for part in PARTS if part in parts]
    for part, share in (("validation", validation_share), ("test", test_share)):
        if part in parts and share is not None:
            raise InputError(
                f"A {part} share of {share:g} was asked for, but {name} has its own {part} part.",
                f"Leave the {part} share out.",
            )
    starts: dict[str, int] = {}
    for part in given:
        starts[part] = sum(len(parts[each][1]) for each in starts)

    def place(row: int) -> str:
        part = max((part for part in given if starts[part] <= row), key=starts.__getitem__)
        of_part = f" of the {part} part" if len(given) > 1 else ""
        return f"row {row - starts[part]}{of_part} (counted from 0)"

    found = find_target(
        np.concatenate([parts[part][1] for part in given]), name=target, task=task, class_names=class_names, place=place
    )
    rows: dict[str, np.ndarray] = {part: np.arange(len(parts[part][1])) + starts[part] for part in given}
    _cut_missing(
        rows,
        found,
        seed,
        VALIDATION_SHARE if validation_share is None else validation_share,
        TEST_SHARE if test_share is None else test_share,
    )
    _refuse_unseen(found, rows["train"], name)

    def cut(part: str) -> Part:
        home = part if part in parts else "train"
        x = parts[home][0]
        x = x if len(rows[part]) == len(x) else x[rows[part] - starts[home]]
        return Part(x, found.y[rows[part]], rows[part])

    return Dataset(
        name=name,
        task=found.task,
        kind=kind,
        train=cut("train"),
        validation=cut("validation"),
        test=cut("test"),
        target=target,
        classes=found.classes,
        encoder=encoder,
        source=source,
        notes=(*notes, found.note, *small_test_notes(found.y[rows["test"]], found.classes)),
    )


def _cut_missing(
    rows: dict[str, np.ndarray], found: Target, seed: int, validation_share: float, test_share: float
) -> None:
    """Cuts the parts that `rows` lacks out of its training rows."""
    if len(rows) == 1 and validation_share < 1:
        split = split_rows(
            found.y, task=found.task, seed=seed, validation_share=validation_share, test_share=test_share
        )
        rows.update(zip(PARTS, split, strict=True))
        return
    for part, share in (("test", test_share), ("validation", validation_share)):
        if part not in rows:
            rows["train"], rows[part] = cut_validation(
                rows["train"], found.y, task=found.task, seed=seed, validation_rows=share
            )


def _refuse_unseen(found: Target, train: np.ndarray, name: str) -> None:
    unseen = np.setdiff1d(np.unique(found.y), np.unique(found.y[train])) if found.classes else ()
    if len(unseen):
        names = ", ".join(repr(found.classes[each]) for each in unseen)
        raise InputError(
            f"{name} has no training row of these classes: {names}.",
            "Move some of their rows to the training part, or leave the classes out.",
        )
