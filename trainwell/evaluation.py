"""How well predictions meet the targets, beside what no learning at all would reach.

Plain figures over one part of the data; no intervals, and no weights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trainwell.run import ResultRecord

if TYPE_CHECKING:
    from trainwell.datasets.dataset import Dataset


_NO_CLASS = -1  # an answer that is no finite number names no class, and is never right


def evaluate_predictions(dataset: Dataset, predictions: np.ndarray) -> ResultRecord:
    """Return the section `result` of a Run: predictions on the test part against its targets.

    Args:
        dataset: the Dataset whose test part was predicted.
        predictions: the model's outputs on it: `(rows, classes)` or, for two classes, `(rows, 1)` probabilities, or
            `(rows, 1)` values in the target's units.

    A figure without a finite value is not recorded.
    """
    if dataset.task == "regression":
        return _values(dataset, predictions.reshape(-1))
    shares = class_probabilities(predictions)
    return _classes(dataset, np.where(np.isfinite(shares).all(axis=1), shares.argmax(axis=1), _NO_CLASS))


def class_probabilities(predictions: np.ndarray) -> np.ndarray:
    """Probabilities `(rows, classes)` from a softmax output, or from one sigmoid unit (that of the second class)."""
    if predictions.shape[1] > 1:
        return predictions
    return np.concatenate([1 - predictions, predictions], axis=1)


def _classes(dataset: Dataset, predicted: np.ndarray) -> ResultRecord:
    from sklearn.metrics import confusion_matrix  # noqa: PLC0415 -- half a second that `--help` need not wait for

    truth = dataset.test.y
    count = len(dataset.classes)
    confusion = confusion_matrix(truth, predicted, labels=np.arange(_NO_CLASS, count))[1:, 1:]
    members = np.bincount(truth, minlength=count)
    present = members > 0
    recall = np.divide(np.diag(confusion), members, out=np.full(count, np.nan), where=present)
    majority = int(np.bincount(dataset.train.y, minlength=count).argmax())
    return ResultRecord(
        rows=len(truth),
        accuracy=float(np.mean(predicted == truth)),
        balanced_accuracy=float(np.mean(recall[present])),
        recall={
            name: float(share) for name, share, known in zip(dataset.classes, recall, present, strict=True) if known
        },
        majority_class=dataset.classes[majority],
        baseline_accuracy=float(np.mean(truth == majority)),
        confusion=confusion.tolist(),
    )


def _values(dataset: Dataset, predicted: np.ndarray) -> ResultRecord:
    from sklearn.metrics import mean_absolute_error, r2_score  # noqa: PLC0415 -- as above

    truth = dataset.test.y
    mean = float(dataset.train.y.mean(dtype=np.float64))
    known = bool(np.isfinite(predicted).all())
    varied = len(truth) > 1  # R² compares with the spread of the targets
    return ResultRecord(
        rows=len(truth),
        r2=float(r2_score(truth, predicted)) if known and varied else None,
        mae=float(mean_absolute_error(truth, predicted)) if known else None,
        baseline=mean,
        baseline_mae=float(np.mean(np.abs(truth - mean))),
    )
