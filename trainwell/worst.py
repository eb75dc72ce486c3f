"""The worst errors on the test part, as samples for a report.

For classes, the wrong answers given with most confidence; for values, the largest distances. A few dozen at most. A
Dataset does not keep what was read, so rows are decoded from the model's inputs: rare categories are not told apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trainwell.evaluation import class_probabilities
from trainwell.report import Sample

if TYPE_CHECKING:
    from trainwell.datasets import Dataset
    from trainwell.datasets.column_encoders import Column, TimeColumn

MOST_SAMPLES = 24
_MOST_COLUMNS = 12
_KINDS_WITH_LINES = ("csv", "tsv")
_DAY_MINUTES = 1440
_LONGEST_WHOLE = 1e12
_MISSING = "(missing)"
_OTHER = "(another value)"


def worst_samples(dataset: Dataset, predictions: np.ndarray, count: int = MOST_SAMPLES) -> list[Sample]:
    """The worst errors first.

    Args:
        dataset: the Dataset whose test part was predicted.
        predictions: the model's outputs on it, `(rows, outputs)`.
        count: how many at most.
    """
    if dataset.task == "regression":
        return _largest_errors(dataset, predictions.reshape(-1), count)
    return _surest_errors(dataset, class_probabilities(predictions), count)


def _surest_errors(dataset: Dataset, shares: np.ndarray, count: int) -> list[Sample]:
    chosen = shares.argmax(axis=1)
    confidence = shares.max(axis=1)
    wrong = np.flatnonzero(chosen != dataset.test.y)
    worst = wrong[np.argsort(-confidence[wrong], kind="stable")][:count]
    return [
        Sample(
            picture=_picture(dataset, index),
            row=_row(dataset, index),
            target=dataset.classes[dataset.test.y[index]],
            prediction=dataset.classes[chosen[index]],
            confidence=float(confidence[index]),
            error=None,
            label=_label(dataset, index),
        )
        for index in worst.tolist()
    ]


def _largest_errors(dataset: Dataset, predicted: np.ndarray, count: int) -> list[Sample]:
    errors = predicted - dataset.test.y
    return [
        Sample(
            picture=_picture(dataset, index),
            row=_row(dataset, index),
            target=f"{dataset.test.y[index]:.4g}",
            prediction=f"{predicted[index]:.4g}",
            confidence=None,
            error=float(errors[index]),
            label=_label(dataset, index),
        )
        for index in np.argsort(-np.abs(errors), kind="stable")[:count].tolist()
    ]


def _label(dataset: Dataset, index: int) -> str:
    """Where the example stands: images and rows are counted from 1, lines as in a file whose line 1 has the names.

    Rows that go over several lines, and empty lines, are not known here, and move the count.
    """
    position = int(dataset.test.rows[index])
    if dataset.source.get("kind") in _KINDS_WITH_LINES:
        return f"line {position + 2}"
    return f"{'image' if dataset.kind == 'image' else 'row'} {position + 1}"


def _picture(dataset: Dataset, index: int) -> np.ndarray | None:
    """The image as a screen shows it: scaled so that the lightest value of the training part is white."""
    if dataset.kind != "image":
        return None
    lightest = int(dataset.train.x.max()) or 1  # type: ignore[union-attr]
    image = np.asarray(dataset.test.x[index])  # type: ignore[index]
    return image if lightest > 127 else (image.astype(np.uint16) * 255 // lightest).clip(0, 255).astype(np.uint8)  # noqa: PLR2004


def _row(dataset: Dataset, index: int) -> dict[str, str] | None:
    """The row's columns as the person knows them: by name, categories as words and dates as dates."""
    if dataset.kind != "table" or not isinstance(dataset.test.x, dict):
        return None
    row: dict[str, str] = {}
    numeric = iter(dataset.test.x["numeric"][index].tolist() if "numeric" in dataset.test.x else ())
    codes = iter(dataset.test.x["codes"][index].tolist() if "codes" in dataset.test.x else ())
    columns: tuple[Column, ...] = getattr(dataset.encoder, "columns", ())
    for column in columns[:_MOST_COLUMNS]:
        if column.role == "category":
            row[column.name] = _category(column.values, next(codes))
            continue
        features: dict[str, float] = dict(zip(column.feature_names, numeric, strict=False))
        if column.missing and features.popitem()[1]:  # the mark stands last; what is beside it was filled in
            row[column.name] = _MISSING
        elif column.role == "time":
            row[column.name] = _time(column, features)
        else:
            row[column.name] = _number(features[column.name] + column.offset, digits=12 if column.offset else 6)
    return row or None


def _number(value: float, digits: int) -> str:
    """A number with the digits that its 32-bit float is sure of, and whole numbers whole."""
    return f"{value:.0f}" if value.is_integer() and abs(value) < _LONGEST_WHOLE else f"{value:.{digits}g}"


def _category(values: tuple[str, ...], code: int) -> str:
    """A code's value: 0 is a missing one, 1 any that was not told apart in training, and the known ones follow."""
    return (_MISSING, _OTHER, *values)[code]


def _time(column: TimeColumn, features: dict[str, float]) -> str:
    """The date, and the time of day where that differs from row to row; days as 32-bit floats are good to a minute."""
    differs = f"{column.name}: hour" in features
    elapsed = np.timedelta64(round(features[f"{column.name}: elapsed days"] * _DAY_MINUTES), "m")
    time = np.datetime64(column.origin, "s") + elapsed
    return str(time.astype("datetime64[m]" if differs else "datetime64[D]")).replace("T", " ")
