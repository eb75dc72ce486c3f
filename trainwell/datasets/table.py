"""A table file as a Dataset: the target found, rows split, columns encoded, and everything noticed said.

Everything is in memory, and the whole table is read before rows are dropped.
"""

# pyright: reportAttributeAccessIssue=false
# (pyarrow makes the functions of its `compute` module when it is imported, where pyright cannot see them)

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.compute as pc

from trainwell.datasets.column_values import as_booleans, as_text, as_times, holds, is_text
from trainwell.datasets.dataset import Dataset, Part
from trainwell.datasets.small_test import small_test_notes
from trainwell.datasets.split import Parts, split_by_column, split_rows
from trainwell.datasets.table_encoder import TableEncoder
from trainwell.datasets.table_file import read_names, read_table
from trainwell.datasets.table_options import check_options
from trainwell.datasets.target_values import Place, row_place
from trainwell.datasets.task import Target, find_target
from trainwell.datasets.wording import plural
from trainwell.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pyarrow as pa

    from trainwell.datasets.dataset import Task

MOST_MISSING_TARGETS = 0.5
"""Share of rows without a target from which on the wrong column was probably named."""
LINES_SHOWN = 5
"""Rows named in a note; the rest are counted."""


def load_table(
    path: Path,
    *,
    target: str | None,
    task: Task | None = None,
    seed: int = 0,
    split_column: str | None = None,
    group_column: str | None = None,
    drop: Sequence[str] = (),
    validation_share: float = 0.15,
    test_share: float = 0.2,
) -> Dataset:
    """Reads a CSV or Parquet file as a Dataset.

    The arguments are those of `dataset_from_table`.

    Raises:
        InputError: the file, an option or a value cannot be used; the message says which and where.
    """
    check_options(read_names(path), target, split_column, group_column, drop)  # before a large file is read in vain
    file = read_table(path)
    return dataset_from_table(
        file.table,
        name=path.stem,
        source=file.source,
        target=target,
        task=task,
        seed=seed,
        split_column=split_column,
        group_column=group_column,
        drop=drop,
        validation_share=validation_share,
        test_share=test_share,
        notes=file.notes,
        place=file.place,
    )


def dataset_from_table(
    table: pa.Table,
    *,
    name: str,
    source: dict[str, Any],
    target: str | None,
    task: Task | None = None,
    seed: int = 0,
    split_column: str | None = None,
    group_column: str | None = None,
    drop: Sequence[str] = (),
    validation_share: float = 0.15,
    test_share: float = 0.2,
    class_names: Sequence[str] | None = None,
    notes: Sequence[str] = (),
    place: Place = row_place,
) -> Dataset:
    """Makes a Dataset of a table.

    Args:
        table: inputs and target, one row each.
        name: short name of the Dataset.
        source: what identifies the data, for `Dataset.source`.
        target: the column to predict; rows without it are dropped and counted in the notes.
        task: overrides what the target's values say.
        seed: of the split.
        split_column: names the part of each row (see `split_by_column`).
        group_column: rows with the same value here stay in one part; not an input.
        drop: columns that are not to be inputs.
        validation_share: share of the rows for validation; with a split column that names none, of the training rows.
        test_share: share of the rows for the test; not used with a split column.
        class_names: names of the classes 0, 1, ... where the target holds these numbers.
        notes: what was noticed before.
        place: where a row stands in the source.

    Raises:
        InputError: an option or a value cannot be used; the message says which and where.
    """
    target = check_options(table.column_names, target, split_column, group_column, drop)
    rows = _rows_with_target(table.column(target), target, place)
    said = list(notes)
    if len(rows) < table.num_rows:
        said.append(_dropped_note(rows, table.num_rows, target, place))
        table = table.take(rows)

    def place_of(position: int) -> str:
        return place(int(rows[position]))

    found = _target(table.column(target), target, task, class_names, place_of)
    said.append(found.note)
    if split_column is not None:
        parts = split_by_column(
            np.array(as_text(table.column(split_column), split_column).to_pylist(), dtype=object),
            column=split_column,
            y=found.y,
            task=found.task,
            seed=seed,
            validation_share=validation_share,
            classes=found.classes,
            place=place_of,
        )
        said.append(f"Rows are split as column {split_column!r} says.")
    else:
        groups = None if group_column is None else _groups(table.column(group_column), group_column, place_of)
        parts = split_rows(
            found.y,
            task=found.task,
            seed=seed,
            validation_share=validation_share,
            test_share=test_share,
            groups=groups,
        )
        if groups is not None:
            said.append(f"Rows with the same {group_column!r} are kept in one part; the column is no input.")
    kept_out = {target, split_column, group_column, *drop}
    names = [each for each in table.column_names if each not in kept_out]
    if not names:
        raise InputError(
            f"The table has no column beside the target {target!r} to predict it from.",
            "Give more columns, or drop fewer.",
        )
    encoder, encoder_notes = TableEncoder.fit(table, names, parts[0], place_of)
    inputs = encoder.transform(table, place_of)
    said += [*encoder_notes, *_repeated_rows(inputs, found.y, parts)]
    said += small_test_notes(found.y[parts[2]], found.classes)
    train, validation, test = (
        Part({key: array[part] for key, array in inputs.items()}, found.y[part], rows[part]) for part in parts
    )
    return Dataset(
        name=name,
        task=found.task,
        kind="table",
        train=train,
        validation=validation,
        test=test,
        target=target,
        classes=found.classes,
        encoder=encoder,
        category_sizes=encoder.category_sizes,
        source=source,
        notes=tuple(said),
    )


def _rows_with_target(column: pa.ChunkedArray, target: str, place: Place) -> np.ndarray:
    """Row numbers of the rows that have a target."""
    missing = pc.is_null(column, nan_is_null=True).to_numpy()
    rows = np.flatnonzero(~missing)
    if len(rows) <= MOST_MISSING_TARGETS * len(missing):
        raise InputError(
            f"Target {target!r} has no value in {len(missing) - len(rows):,} of {plural(len(missing), 'row')}, first "
            f"in {place(int(np.flatnonzero(missing)[0]))}.",
            "Fill the values in, or choose another target.",
        )
    return rows


def _dropped_note(rows: np.ndarray, total: int, target: str, place: Place) -> str:
    gone = np.setdiff1d(np.arange(total), rows)
    more = len(gone) - LINES_SHOWN
    shown = ", ".join(place(int(row)) for row in gone[:LINES_SHOWN]) + (f" and {more} more" if more > 0 else "")
    are = "is" if len(gone) == 1 else "are"
    return f"{len(gone):,} of {plural(total, 'row')} {are} dropped, because {target!r} has no value there: {shown}."


def _target(
    column: pa.ChunkedArray, name: str, task: Task | None, class_names: Sequence[str] | None, place: Place
) -> Target:
    """The target, from text that may spell numbers or booleans."""
    values: Any = column
    if is_text(column.type):
        try:
            found = holds(column, name, place)
        except InputError as error:
            if task not in ("binary", "multi-class"):
                raise InputError(
                    error.message, "Correct it, leave it empty where the value is missing, or use --task multi-class."
                ) from error
            found = "text"
        if found == "time":
            values = as_times(column, name, place)  # refused below, as dates of any type are
        elif found == "number":
            values = column.cast("float64")
        elif found == "boolean":
            values = as_booleans(column, name, place).astype(bool)
    return find_target(values, name=name, task=task, class_names=class_names, place=place)


def _groups(column: pa.ChunkedArray, name: str, place: Place) -> np.ndarray:
    """The group of each row, as text."""
    groups = as_text(column, name).to_pylist()
    for position, group in enumerate(groups):
        if group is None:
            raise InputError(
                f"Group column {name!r} has no value in {place(position)}.", "Fill it in: every row needs a group."
            )
    return np.array(groups, dtype=object)


def _repeated_rows(inputs: dict[str, np.ndarray], y: np.ndarray, parts: Parts) -> list[str]:
    """A note where validation or test rows occur in training too, with the same inputs and target."""
    columns = [np.ascontiguousarray(array).view(np.uint8).reshape(len(y), -1) for array in (*inputs.values(), y)]
    packed = np.concatenate(columns, axis=1)
    keys = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    train, validation, test = parts
    repeated = [int(np.isin(keys[part], keys[train]).sum()) for part in (validation, test)]
    if not any(repeated):
        return []
    counted = f"{plural(repeated[0], 'validation row')} and {plural(repeated[1], 'test row')}"
    return [f"{counted} occur in training too, with the same inputs and target: scores on them flatter the net."]
