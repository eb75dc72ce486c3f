"""Learners of scikit-learn that answer in the form of a network's output: linear, boosted trees, nearest neighbours.

Their settings are chosen to take about a second each on a few thousand rows, not to win: they say what is surely
attainable, and a better learner may attain more.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

if TYPE_CHECKING:
    from trainwell.experiments.features import FeatureTables

Task = Literal["classes", "labels", "values"]

NAMES = ("linear model", "gradient boosting", "nearest neighbours")
MOST_COLUMNS_OF_TREES = 4  # of a target: trees and neighbours are fitted to each column apart
MOST_CLASSES_OF_TREES = 20
_TREES = 300  # of a boosted classifier, over all classes
_SMALL_TREES: dict[str, Any] = {"max_leaf_nodes": 15, "l2_regularization": 1.0, "early_stopping": False}
_NEIGHBOURS = 15
_LEAST = 1e-6  # of a probability


@dataclass(frozen=True)
class TargetColumns:
    """A target, in the form that a learner is fitted to.

    Args:
        task: `"classes"` (one class number a row), `"labels"` (columns of 0 and 1) or `"values"` (columns).
        values: `(rows,)` of class numbers, or `(rows, columns)`.
        classes: number of classes; 0 for other tasks.
    """

    task: Task
    values: np.ndarray
    classes: int = 0


def answers(name: str, tables: FeatureTables, target: TargetColumns, seed: int) -> np.ndarray | None:
    """Fit a learner and return its answers for the held-out rows.

    Args:
        name: one of `NAMES`.
        tables: training and held-out rows.
        target: of the training rows.
        seed: of what is drawn.

    Returns:
        Probabilities `(held, classes)`, probabilities of 1 `(held, columns)`, or values `(held, columns)`. `None` where
        the learner does not suit: trees and neighbours for many columns, trees for many classes.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a learner that has not converged is a weaker reference, and no fault
        if target.task == "classes":
            return _of_classes(name, tables, target, seed)
        if target.task == "labels":
            columns = [
                _of_classes(name, tables, TargetColumns("classes", column.astype(int), 2), seed)
                for column in (target.values.T if target.values.shape[1] <= MOST_COLUMNS_OF_TREES else ())
            ]
            if columns:
                return np.stack([each[:, 1] for each in columns if each is not None], axis=1)
            found = _of_values("linear model", tables, target, seed) if name == "linear model" else None
            return None if found is None else np.clip(found, _LEAST, 1 - _LEAST)
        return _of_values(name, tables, target, seed)


def _of_classes(name: str, tables: FeatureTables, target: TargetColumns, seed: int) -> np.ndarray | None:
    labels = target.values
    known = np.unique(labels)
    found = np.full((len(tables.held), target.classes), _LEAST)
    if len(known) == 1:
        found[:, known[0]] = 1.0
        return found
    train, held = (tables.reduced_train, tables.reduced_held)
    if name == "linear model":
        model = LogisticRegression(C=0.1, max_iter=60, tol=1e-2)
        train, held = (tables.train, tables.held)
    elif name == "gradient boosting":
        if len(known) > MOST_CLASSES_OF_TREES:
            return None
        rounds = int(np.clip(_TREES // (1 if len(known) == 2 else len(known)), 20, 60))  # noqa: PLR2004 -- one tree serves two classes
        model = HistGradientBoostingClassifier(
            max_iter=rounds,
            learning_rate=0.15,
            random_state=seed,
            **_SMALL_TREES,
        )
    else:
        model = KNeighborsClassifier(min(_NEIGHBOURS, len(train)), weights="distance")
    model.fit(train, labels)
    found[:, known] = np.clip(model.predict_proba(held), _LEAST, 1.0)
    return found / found.sum(axis=1, keepdims=True)


def _of_values(name: str, tables: FeatureTables, target: TargetColumns, seed: int) -> np.ndarray | None:
    values = target.values
    if name == "linear model":
        model = RidgeCV(np.logspace(-1, 5, 7)).fit(tables.train, values)
        return model.predict(tables.held).reshape(len(tables.held), -1)
    if values.shape[1] > MOST_COLUMNS_OF_TREES:
        return None
    if name == "gradient boosting":
        make = lambda: HistGradientBoostingRegressor(  # noqa: E731 -- said once
            max_iter=60,
            learning_rate=0.1,
            random_state=seed,
            **_SMALL_TREES,
        )
    else:
        make = lambda: KNeighborsRegressor(min(_NEIGHBOURS, len(tables.train)), weights="distance")  # noqa: E731 -- the same
    fitted = [make().fit(tables.reduced_train, column).predict(tables.reduced_held) for column in values.T]
    return np.stack(fitted, axis=1)
