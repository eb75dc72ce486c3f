"""Data sets by name: Fashion-MNIST, MNIST, and four that ship with scikit-learn and need no network."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from trainwell.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from trainwell.datasets.dataset import Dataset, Task
    from trainwell.datasets.obtain import Arrays

TABLES = {"breast-cancer": "load_breast_cancer", "wine": "load_wine", "diabetes": "load_diabetes"}
"""Name to scikit-learn's loader."""
NAMES = ("fashion-mnist", "mnist", "digits", *TABLES)
VALIDATION_IMAGES = 5_000
"""Of the 60,000 training images, as the book does it (chapter 11 of Hands-On Machine Learning)."""
DIGITS_WHITE = 16
"""The highest value of the pixels of `digits`: they are counts of ink in squares of 4 x 4 pixels."""


def builtin_names() -> tuple[str, ...]:
    """The names that `load_builtin` knows."""
    return NAMES


def load_builtin(
    name: str,
    *,
    task: Task | None = None,
    seed: int = 0,
    validation_share: float | None = None,
    test_share: float | None = None,
) -> Dataset:
    """Loads a data set by its name.

    Args:
        name: one of `builtin_names()`.
        task: overrides the task that the target says.
        seed: of the split.
        validation_share: share of the rows for validation: by default 0.15, or 5,000 images of `fashion-mnist` and
            `mnist`.
        test_share: share of the rows for the test: by default 0.2. Not for `fashion-mnist` and `mnist`, which have a
            test part.

    Raises:
        InputError: there is no such name, or the data cannot be fetched.
    """
    if name == "fashion-mnist":
        from trainwell.datasets.fashion_mnist import CLASSES, load_fashion_mnist  # noqa: PLC0415 -- reads late

        return _pictures(name, load_fashion_mnist, CLASSES, task, seed, validation_share, test_share)
    if name == "mnist":
        from trainwell.datasets.mnist import CLASSES, load_mnist  # noqa: PLC0415 -- reads late

        return _pictures(name, load_mnist, CLASSES, task, seed, validation_share, test_share)
    if name == "digits":
        return _digits(task, seed, validation_share, test_share)
    if name in TABLES:
        return _table(name, task, seed, validation_share, test_share)
    raise unknown_name(name)


def unknown_name(name: str) -> InputError:
    """The error for a name that is none of ours, with the closest one that is."""
    close = difflib.get_close_matches(name.lower().replace("_", "-"), NAMES, 1, cutoff=0.5)
    return InputError(
        f"There is no built-in data set {name!r}; expected one of {', '.join(NAMES)}.",
        f"Did you mean {close[0]}?" if close else "Choose one of these, or give the path of a file or folder.",
    )


def _pictures(
    name: str,
    load: Callable[[], tuple[Arrays, list[str]]],
    classes: tuple[str, ...],
    task: Task | None,
    seed: int,
    validation_share: float | None,
    test_share: float | None,
) -> Dataset:
    """A set of pictures with an official test part."""
    from trainwell.datasets.arrays import dataset_from_arrays  # noqa: PLC0415 -- needs scikit-learn's splitters
    from trainwell.datasets.image_encoder import ImageEncoder  # noqa: PLC0415 -- needs Pillow

    arrays, notes = load()
    return dataset_from_arrays(
        {"train": (arrays["x_train"], arrays["y_train"]), "test": (arrays["x_test"], arrays["y_test"])},
        name=name,
        kind="image",
        encoder=ImageEncoder(arrays["x_train"].shape[1:]),
        source=_source(name),
        target="class",
        task=task,
        class_names=classes,
        seed=seed,
        validation_share=VALIDATION_IMAGES if validation_share is None else validation_share,
        test_share=test_share,
        notes=notes,
    )


def _digits(task: Task | None, seed: int, validation_share: float | None, test_share: float | None) -> Dataset:
    import numpy as np  # noqa: PLC0415 -- the names alone need nothing
    from sklearn.datasets import load_digits  # noqa: PLC0415 -- takes a second

    from trainwell.datasets.arrays import dataset_from_arrays  # noqa: PLC0415 -- needs scikit-learn's splitters
    from trainwell.datasets.image_encoder import ImageEncoder  # noqa: PLC0415 -- needs Pillow

    bunch: Any = load_digits()
    images = bunch.images.astype(np.uint8)
    return dataset_from_arrays(
        {"train": (images, bunch.target)},
        name="digits",
        kind="image",
        encoder=ImageEncoder(images.shape[1:], white=DIGITS_WHITE),
        source=_source("digits"),
        target="class",
        task=task,
        class_names=[str(each) for each in bunch.target_names],
        seed=seed,
        validation_share=validation_share,
        test_share=test_share,
    )


def _table(
    name: str, task: Task | None, seed: int, validation_share: float | None, test_share: float | None
) -> Dataset:
    import pyarrow as pa  # noqa: PLC0415 -- takes a while
    import sklearn.datasets  # noqa: PLC0415 -- takes a second

    from trainwell.datasets.arrays import TEST_SHARE, VALIDATION_SHARE  # noqa: PLC0415 -- needs scikit-learn's splitters
    from trainwell.datasets.table import dataset_from_table  # noqa: PLC0415 -- needs pyarrow

    bunch: Any = getattr(sklearn.datasets, TABLES[name])()
    columns = {str(feature): bunch.data[:, column] for column, feature in enumerate(bunch.feature_names)}
    classes = [str(each) for each in bunch.get("target_names", ())]
    target = "class" if classes else "progression"
    columns[target] = bunch.target
    return dataset_from_table(
        pa.table(columns),
        name=name,
        source=_source(name),
        target=target,
        task=task,
        seed=seed,
        class_names=classes or None,
        validation_share=VALIDATION_SHARE if validation_share is None else validation_share,
        test_share=TEST_SHARE if test_share is None else test_share,
    )


def _source(name: str) -> dict[str, str]:
    return {"name": name, "kind": "built-in"}
