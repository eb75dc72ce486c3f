"""The inputs of a model as one table, for learners that take nothing else.

Numbers are flattened, and standardized with the training rows' moments. Ids of an embedding become counts of each id, a
row for a bag of words. A wide table is reduced by principal components.

Not good at: what only the arrangement tells, such as where in a picture something is, or the order of words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.decomposition import PCA

from trainwell.trees import named

if TYPE_CHECKING:
    from trainwell.run import Run

MOST_COLUMNS = 2000
"""Columns before the reduction; further ones are left out at regular distances."""
MOST_IDS = 500
"""The most frequent ids that are counted."""
COMPONENTS = 50
"""Principal components of a table with more columns than that."""


@dataclass(frozen=True)
class FeatureTables:
    """The same rows as a linear model and as trees and neighbours see them.

    Args:
        train, held: standardized columns, `(rows, columns)` float64.
        reduced_train, reduced_held: at most `COMPONENTS` columns.
    """

    train: np.ndarray
    held: np.ndarray
    reduced_train: np.ndarray
    reduced_held: np.ndarray


def tables(run: Run, train: Any, held: Any, seed: int = 0) -> FeatureTables:
    """Return the tables of training and held-out rows.

    Args:
        run: says which inputs are ids of an embedding.
        train: inputs of the training rows, a tree of arrays.
        held: inputs of other rows, in the same form.
        seed: of the principal components.

    Raises:
        ValueError: an input does not hold numbers.
    """
    ids = ids_inputs(run)
    columns = [
        _counts(array, other) if name in ids else _numbers(array, other)
        for (name, array), other in zip(named(train).items(), named(held).values(), strict=True)
    ]
    one, two = (np.concatenate(parts, axis=1) for parts in zip(*columns, strict=True))
    step = -(-one.shape[1] // MOST_COLUMNS)
    one, two = one[:, ::step], two[:, ::step]
    mean, deviation = one.mean(axis=0), one.std(axis=0)
    varies = deviation > 1e-9 * np.maximum(1.0, np.abs(mean))
    if not varies.any():
        raise ValueError("no input varies")
    one, two = ((each[:, varies] - mean[varies]) / deviation[varies] for each in (one, two))
    two = np.clip(two, -10, 10)  # a column that hardly varied in the training rows says nothing beyond
    if one.shape[1] <= COMPONENTS:
        return FeatureTables(one, two, one, two)
    pca = PCA(min(COMPONENTS, *one.shape), svd_solver="randomized", random_state=seed).fit(one)
    return FeatureTables(one, two, pca.transform(one), pca.transform(two))


def ids_inputs(run: Run) -> set[str]:
    """Return the names of the inputs that an embedding looks up; `""` for a single input."""
    found = set()
    for call in run.model.calls or ():
        if call.kind == "Embedding":
            found.update(str(place)[1:] for place in call.inputs if str(place).startswith("@"))
    return {"" if name == "x" else name for name in found} | found


def _numbers(train: np.ndarray, held: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if train.dtype.kind not in "biuf" or held.dtype.kind not in "biuf":
        raise ValueError("an input does not hold numbers")
    one, two = (np.asarray(each, np.float64).reshape(len(each), -1) for each in (train, held))
    with np.errstate(invalid="ignore"):
        known = np.where(np.isfinite(one), one, np.nan)
        filled = np.nan_to_num(np.nanmean(np.where(np.isnan(known).all(axis=0), 0.0, known), axis=0))
    return tuple(np.where(np.isfinite(each), each, filled) for each in (one, two))  # pyright: ignore[reportReturnType] -- two


def _counts(train: np.ndarray, held: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how often each of the frequent ids stands in a row, as logarithms."""
    one, two = (
        np.nan_to_num(np.asarray(each, np.float64)).astype(np.int64).reshape(len(each), -1) for each in (train, held)
    )
    ids, counts = np.unique(one, return_counts=True)
    kept = np.sort(ids[np.argsort(-counts, kind="stable")[:MOST_IDS]])

    def table(rows: np.ndarray) -> np.ndarray:
        places = np.clip(np.searchsorted(kept, rows), 0, len(kept) - 1)
        known = kept[places] == rows
        found = np.zeros((len(rows), len(kept)))
        np.add.at(found, (np.nonzero(known)[0], places[known]), 1)
        return np.log1p(found)

    return table(one), table(two)
