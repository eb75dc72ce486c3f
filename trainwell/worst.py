"""The worst errors on the test part, as samples for a report.

For classes, the wrong answers given with most confidence; for values, the largest distances. A few dozen at most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trainwell.evaluation import class_probabilities
from trainwell.report import Sample

if TYPE_CHECKING:
    from trainwell.datasets import Dataset

MOST_SAMPLES = 24
_MOST_COLUMNS = 12


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
    return f"{'image' if dataset.kind == 'image' else 'row'} {int(dataset.test.rows[index]) + 1}"


def _picture(dataset: Dataset, index: int) -> np.ndarray | None:
    """The image as a screen shows it: scaled so that the lightest value of the training part is white."""
    if dataset.kind != "image":
        return None
    lightest = int(dataset.train.x.max()) or 1  # type: ignore[union-attr]
    image = np.asarray(dataset.test.x[index])  # type: ignore[index]
    return image if lightest > 127 else (image.astype(np.uint16) * 255 // lightest).clip(0, 255).astype(np.uint8)  # noqa: PLR2004


def _row(dataset: Dataset, index: int) -> dict[str, str] | None:
    """The row's numeric inputs as the model saw them, before its own scaling."""
    if dataset.kind != "table" or not isinstance(dataset.test.x, dict) or "numeric" not in dataset.test.x:
        return None
    names = getattr(dataset.encoder, "feature_names", ())
    values = dataset.test.x["numeric"][index]
    return {name: f"{value:.4g}" for name, value in list(zip(names, values, strict=False))[:_MOST_COLUMNS]}
