"""A name, file or folder to a Dataset; and new rows, images or arrays to the inputs of a trained model.

Each kind of source has its own module, imported when it is needed. What is where is found from the name alone: a
built-in name, a folder, or a file's ending.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainwell.datasets.builtin import builtin_names, load_builtin, unknown_name
from trainwell.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainwell.datasets.dataset import Dataset, Encoder, Task

ACCEPTED = (
    f"a built-in name ({', '.join(builtin_names())}), a table (.csv, .tsv, .txt, .parquet, .pq), arrays (.npz), or a "
    "folder of images with a folder for each class"
)


def load(
    source: str | os.PathLike[str],
    *,
    target: str | None = None,
    task: Task | None = None,
    seed: int = 0,
    split_column: str | None = None,
    group_column: str | None = None,
    drop: Sequence[str] = (),
    validation_share: float | None = None,
    test_share: float | None = None,
) -> Dataset:
    """Loads a Dataset.

    Args:
        source: a built-in name, or the path of a table (CSV, Parquet), of an `.npz`, or of a folder of images. A file
            or folder that has the name of a built-in data set is given as `./NAME`.
        target: for tables, the column to predict.
        task: `"binary"`, `"multi-class"` or `"regression"`; found from the target where it is not given.
        seed: of the split.
        split_column: for tables, the column that names the part of each row.
        group_column: for tables, rows with the same value here stay in one part.
        drop: for tables, columns that are not to be inputs.
        validation_share: share of the rows for validation, above 0 and below 1. By default 0.15; 5,000 images of
            `fashion-mnist` and `mnist`.
        test_share: share of the rows for the test, above 0 and below 1; by default 0.2. Not for sources that have a
            test part.

    Raises:
        InputError: the source, an option or a value cannot be used; the message says which and where.

    Example:
    >>> load("wine").classes
    ('class_0', 'class_1', 'class_2')
    """
    from trainwell.datasets.task import check_task  # noqa: PLC0415 -- needs NumPy

    check_task(task)  # a slip of the pen is told before anything is read
    name = os.fspath(source)
    path = Path(name)
    table_options = {"target": target, "split-column": split_column, "group-column": group_column, "drop": drop or None}
    shares = {"validation_share": validation_share, "test_share": test_share}
    if name in builtin_names():
        _refuse_options(table_options, f"the built-in data set {name!r}")
        dataset = load_builtin(name, task=task, seed=seed, **shares)
        if path.exists():
            note = f"The built-in data set {name!r} was read, not the file or folder of that name: that is ./{name}."
            return replace(dataset, notes=(note, *dataset.notes))
        return dataset
    if name and path.is_dir():
        from trainwell.datasets.image_folder import load_image_folder  # noqa: PLC0415 -- needs Pillow

        _refuse_options(table_options, f"the folder of images {name}")
        return load_image_folder(path, task=task, seed=seed, **shares)
    if path.suffix.lower() == ".npz":
        from trainwell.datasets.array_file import load_array_file  # noqa: PLC0415 -- needs scikit-learn's splitters

        _refuse_options(table_options, f"the array file {name}")
        return load_array_file(path, task=task, seed=seed, **shares)
    if _is_table(path):
        from trainwell.datasets.table import load_table  # noqa: PLC0415 -- needs pyarrow

        return load_table(
            path,
            target=target,
            task=task,
            seed=seed,
            split_column=split_column,
            group_column=group_column,
            drop=drop,
            **{option: share for option, share in shares.items() if share is not None},
        )
    raise _refused(name, path)


def encoder_from_json(document: dict[str, Any]) -> Encoder:
    """The encoder that wrote `document`, by its `kind`: `table`, `image` or `array`.

    Raises:
        InputError: no such kind, or the rest is not what that encoder writes.
    """
    kind = document.get("kind") if isinstance(document, dict) else None
    if kind == "table":
        from trainwell.datasets.table_encoder import TableEncoder  # noqa: PLC0415 -- needs pyarrow

        return TableEncoder.from_json(document)
    if kind == "image":
        from trainwell.datasets.image_encoder import ImageEncoder  # noqa: PLC0415 -- needs Pillow

        return ImageEncoder.from_json(document)
    if kind == "array":
        from trainwell.datasets.array_encoder import ArrayEncoder  # noqa: PLC0415 -- beside its siblings

        return ArrayEncoder.from_json(document)
    raise InputError(
        f"An encoder has the kind {kind!r}; expected table, image or array.", "Train again, or restore the file."
    )


def _is_table(path: Path) -> bool:
    from trainwell.datasets.table_file import CSV_SUFFIXES, PARQUET_SUFFIXES  # noqa: PLC0415 -- needs pyarrow

    return path.suffix.lower() in CSV_SUFFIXES + PARQUET_SUFFIXES


def _refuse_options(options: dict[str, Any], source: str) -> None:
    for option, value in options.items():
        if value is not None:
            raise InputError(
                f"Option --{option} is for tables; it does not apply to {source}.", f"Leave --{option} out."
            )


def _refused(name: str, path: Path) -> InputError:
    if path.suffix.lower() == ".npy":
        return InputError(
            f"{name} holds one array only; training needs inputs and targets.",
            "Save both in one file: `numpy.savez(path, x=x, y=y)`.",
        )
    if name and path.exists():
        return InputError(f"{name} is no source of data that is known here; expected {ACCEPTED}.", "Convert it to one.")
    if not name or path.suffix or len(path.parts) > 1:
        return InputError(f"There is no file or folder {name!r}; expected {ACCEPTED}.", "Check the path.")
    error = unknown_name(name)
    return InputError(f"{error.message} There is no file or folder of that name either.", error.hint)
