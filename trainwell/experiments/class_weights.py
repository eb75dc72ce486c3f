"""Which weight does each class get, and how common is it?

Weights come from `class_weight`, or from a `sample_weight` that is the same for all rows of a class.

Not good at: models with several outputs, for which Keras takes no `class_weight`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
import numpy as np

from trainwell.run import ClassWeight, ClassWeightsRecord
from trainwell.targets import kind_of_target

if TYPE_CHECKING:
    from trainwell.experiments.context import ExperimentContext

MOST_CLASSES = 1000
_SAME = 1e-6  # of a weight: float32 rounds


def class_weights(context: ExperimentContext) -> ClassWeightsRecord | None:
    """Return rows and weight of each class; `None` where classes have no weights of their own."""
    spec = context.spec
    by_class, by_row = spec.fit.get("class_weight"), spec.data.get("sample_weight")
    targets = keras.tree.flatten(spec.data["y"])
    if (not by_class and by_row is None) or len(targets) != 1:
        return None
    labels = _labels(np.asarray(targets[0]))
    if labels is None:
        return None
    names, counts = np.unique(labels, return_counts=True)
    if not 1 < len(names) <= MOST_CLASSES:
        return None
    if by_class:
        found = [float(by_class.get(int(name), 1.0)) for name in names]  # Keras weights a class that is missing by 1
    else:
        found = _constant_within(np.asarray(keras.tree.flatten(by_row)[0]), labels, names)
    if not found or not np.isfinite(found).all():
        return None
    return ClassWeightsRecord(
        source="class_weight" if by_class else "sample_weight",
        classes=[
            ClassWeight(label=int(name), rows=int(count), weight=weight)
            for name, count, weight in zip(names, counts, found, strict=True)
        ],
    )


def _labels(target: np.ndarray) -> np.ndarray | None:
    """Return the class number of each row; `None` where there is not one a row."""
    if target.dtype.kind not in "biuf" or not target.size:
        return None
    kind = kind_of_target(target)
    if kind == "one-hot" and target.ndim == 2:  # noqa: PLR2004 -- rows of columns
        return target.argmax(axis=1)
    if kind == "classes" and target.size == len(target) and np.isfinite(target).all():
        return target.ravel().astype(int)
    return None


def _constant_within(weights: np.ndarray, labels: np.ndarray, names: np.ndarray) -> list[float]:
    """Return the weight of each class; empty where rows of one class have different weights."""
    if weights.size != len(labels) or weights.dtype.kind not in "biuf":
        return []
    weights = weights.ravel().astype(float)
    found = []
    for name in names:
        own = weights[labels == name]
        if not own.max() - own.min() <= _SAME * max(1.0, abs(own.max())):
            return []
        found.append(float(own[0]))
    return found
