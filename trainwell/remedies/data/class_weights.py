"""Weight the rows of each class by how rare it is.

With one class in a hundred, a constant answer is right 99 times; weights that make all classes count alike take that
answer's advantage away.

Source: King and Zeng, "Logistic regression in rare events data" (2001); Keras documentation, class_weight
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
import numpy as np

from trainwell.edits import ChangeFit
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe")
def class_weights(case: Case) -> Iterable[Candidate]:
    """One edit, where there is one output with classes."""
    y = keras.tree.flatten(case.setup.data["y"])
    if len(y) != 1:
        raise NoRemedy("there are several outputs, and class_weight is for one")
    labels = np.asarray(y[0])
    one_hot = labels.ndim > 1 and labels.shape[-1] > 1
    if one_hot and not (labels.sum(axis=-1) == 1).all():
        raise NoRemedy("the rows have several labels")
    numbers = (labels.argmax(axis=-1) if one_hot else labels).astype(int).ravel()
    if numbers.min() < 0 or len(numbers) != len(labels):
        raise NoRemedy("the labels are not numbered from 0, one a row")
    counts = np.bincount(numbers)
    weights = {
        at: round(len(numbers) / (np.count_nonzero(counts) * count), 4) for at, count in enumerate(counts) if count
    }
    yield (ChangeFit({"class_weight": weights}),)
