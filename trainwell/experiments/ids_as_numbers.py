"""Do whole numbers of an input tell more as categories than as sizes?

Word numbers, product codes and other ids name things: 17 is no more than 16, and neighbours have nothing in common.
Linear models are fitted to some training rows twice. One sees a column for each value. The other sees the values as
numbers and, so that it is not bound to straight lines, in ranges of neighbouring values. Where sizes mean something
(pixels, counts, ages, hours), ranges do as well as single values and need fewer rows. Where the first model explains
clearly more of the targets on held-out rows, the values are ids.

Values that change little from one position to the next, as in sound, sensor data and images, are a signal and are not
compared.

Not good at: fewer than `LEAST_DISTINCT` different values, ids that were divided by a constant, and targets that depend
on the order of the ids alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from scipy import sparse
from sklearn.linear_model import Ridge

from trainwell.experiments.embedding_ids import KEEPING
from trainwell.run import Graph, IdsAsNumbersRecord, InputIdsRecord, heads
from trainwell.run.heads import OF_PROBABILITIES
from trainwell.training_spec import evenly_spaced
from trainwell.trees import named

if TYPE_CHECKING:
    from trainwell.experiments.context import ExperimentContext
    from trainwell.run import CallRecord

LEAST_DISTINCT = 25
"""Different values; fewer are read well in `RANGES` ranges, so nothing tells them apart."""
RANGES = 16
MOST_STEPS = 512
MOST_ROWS = 3000  # that the linear models are fitted to
MOST_HELD = 1500
MOST_POSITIONS = 40_000  # where each position has a target of its own
MOST_READ = 200_000  # values of the rows that the linear models are fitted to
MOST_VALUES = 5000  # that get a column of their own, the most frequent ones
MOST_COLUMNS = 20_000  # of values apart by position
MOST_CORRELATED = 0.5
"""Correlation of neighbouring positions from which values are a signal."""
_MOST_TARGETS = 5  # columns of the targets
_LEAST_ROWS = 100
_PENALTIES = (1.0, 10.0)
_READING = KEEPING | {"Rescaling", "Normalization", "BatchNormalization", "LayerNormalization"}
_SEQUENTIAL = {"Dense", "Conv1D", "SeparableConv1D", "DepthwiseConv1D", "LSTM", "GRU", "SimpleRNN", "RNN"}
_SEQUENTIAL |= {"Bidirectional", "MultiHeadAttention"}


def ids_as_numbers(context: ExperimentContext) -> InputIdsRecord | None:
    """Compare both readings of each input of whole numbers; `None` where there is no such input."""
    graph = Graph.of(context.run)
    target = np.asarray(keras.tree.flatten(context.spec.data["y"])[0])
    if any(head.loss_name in OF_PROBABILITIES for head in heads(context.run)[:1]):
        target = _as_classes(target)
    found = []
    for name, values in named(context.spec.data["x"]).items():
        call = _first_weights(graph, name or "x")
        if call is None or not _may_be_ids(values):
            continue
        rows = values.reshape(len(values), -1)
        result = _compared(rows, target, context.seed)
        if result is not None:
            distinct = len(np.unique(rows))
            found.append(
                IdsAsNumbersRecord(name=name or "x", place=call.place, kind=call.kind, distinct=distinct, **result)
            )
    return InputIdsRecord(inputs=found) if found else None


def _first_weights(graph: Graph, name: str) -> CallRecord | None:
    """Return the first layer with weights that reads an input as numbers; `None` if another kind of layer takes it."""
    waiting, found = list(graph.takes_input(name)), None
    while waiting:
        call = waiting.pop()
        if call.kind in _SEQUENTIAL:
            found = found or call
        elif call.kind in _READING or (call.is_activation and not call.parameters):
            waiting += graph.fed_by(call)
        else:
            return None
    return found


def _may_be_ids(values: np.ndarray) -> bool:
    """Return True for whole numbers from 0 up in `(rows, steps)` or `(rows, steps, 1)`, with many different values."""
    shape = values.shape[1:-1] if values.ndim == 3 and values.shape[-1] == 1 else values.shape[1:]  # noqa: PLR2004
    if len(shape) != 1 or not 1 < shape[0] <= MOST_STEPS or values.dtype.kind not in "uif" or not len(values):
        return False
    some = values[evenly_spaced(len(values), MOST_ROWS)]
    if not (np.isfinite(some).all() and np.array_equal(some, np.rint(some)) and some.min() >= 0):
        return False
    return len(np.unique(some)) >= LEAST_DISTINCT and not _is_signal(some.reshape(len(some), -1).astype(float))


def _is_signal(rows: np.ndarray) -> bool:
    """Return True if neighbouring positions hold similar values, zeros left out since they may be padding."""
    filled = rows != 0
    count = np.maximum(filled.sum(axis=0), 1)
    mean = np.where(filled, rows, 0).sum(axis=0) / count
    centred = np.where(filled, rows - mean, 0.0)
    scaled = centred / np.maximum(np.sqrt((centred**2).sum(axis=0) / count), 1e-12)
    pairs = filled[:, 1:] & filled[:, :-1]
    correlation = (scaled[:, 1:] * scaled[:, :-1]).sum() / max(1, pairs.sum())
    return bool(abs(correlation) > MOST_CORRELATED)


def _compared(x: np.ndarray, y: np.ndarray, seed: int) -> dict[str, Any] | None:
    """Return the scores of both readings; `None` where the targets cannot be explained, or there are too few rows."""
    order, steps = np.random.default_rng(seed).permutation(len(x)), x.shape[1]
    held = min(MOST_HELD, MOST_READ // steps, len(x) // 3)
    train, test = order[held : held + min(MOST_ROWS, MOST_READ // steps)], order[:held]
    if y.ndim > 2 and y.shape[1] != steps:  # noqa: PLR2004 -- positions of their own, which no id stands at
        y = y.reshape(len(y), -1)
    columns = _target_columns(y, train)
    if columns is None or min(len(train), len(test)) < _LEAST_ROWS:
        return None
    if columns.ndim == 3:  # noqa: PLR2004 -- a target at each position
        train, test = train[: MOST_POSITIONS // steps], test[: MOST_POSITIONS // steps]
        x_train, x_test = x[train].reshape(-1, 1), x[test].reshape(-1, 1)
        y_train, y_test = (columns[part].reshape(-1, columns.shape[-1]) for part in (train, test))
    else:
        x_train, x_test, y_train, y_test = x[train], x[test], columns[train], columns[test]
    mean, total = y_train.mean(axis=0), float(((y_test - y_train.mean(axis=0)) ** 2).sum())
    if not total > 0:
        return None
    nothing = ((y_test - mean) ** 2).sum(axis=1)
    categories = _least_errors(_as_categories(x_train, x_test), y_train, y_test, nothing)
    numbers = _least_errors(_as_numbers(x_train, x_test), y_train, y_test, nothing)
    differences = (numbers - categories).reshape(len(test), -1).sum(axis=1)  # positions of one row belong together
    return {
        "rows": len(train),
        "held_rows": len(test),
        "categories": float(1 - categories.sum() / total),
        "numbers": float(1 - numbers.sum() / total),
        "gain": float(differences.sum() / total),
        "gain_error": float(differences.std(ddof=1) * np.sqrt(len(test)) / total),
    }


def _as_classes(y: np.ndarray) -> np.ndarray:
    """Return class numbers as one column for each of the most common classes; other targets as they are."""
    if y.dtype.kind not in "biuf" or not y.size or (y.ndim > 1 and y.shape[-1] > 1 and y.min() >= 0 and y.max() <= 1):
        return y
    names, counts = np.unique(y, return_counts=True)
    if not np.array_equal(names, np.rint(names)):
        return y
    common = names[np.argsort(-counts, kind="stable")[:_MOST_TARGETS]]
    y = y[..., 0] if y.ndim > 1 and y.shape[-1] == 1 else y
    return (y[..., None] == common).astype(float)


def _target_columns(y: np.ndarray, train: np.ndarray) -> np.ndarray | None:
    """Return the targets as columns that a linear model can explain, `(rows, columns)` or `(rows, steps, columns)`."""
    if y.dtype.kind not in "biuf" or not y.size or y.ndim > 3 or not np.isfinite(y).all():  # noqa: PLR2004
        return None
    y = y[:, None] if y.ndim == 1 else y
    if y.ndim == 2 and y.shape[1] > 1:  # noqa: PLR2004
        y = y[:, : 4 * _MOST_TARGETS]
    columns = y.astype(float)
    spread = columns[train].reshape(-1, columns.shape[-1]).std(axis=0)
    chosen = np.argsort(-spread, kind="stable")[:_MOST_TARGETS]
    chosen = chosen[spread[chosen] > 0]
    return columns[..., chosen] / spread[chosen] if len(chosen) else None


def _as_categories(train: np.ndarray, test: np.ndarray) -> list[tuple[Any, Any]]:
    """Return how often each value occurs in a row, and the same apart for each position."""
    names, counts = np.unique(train, return_counts=True)
    names = np.sort(names[np.argsort(-counts, kind="stable")[:MOST_VALUES]])
    return _bags(_codes(train, names), _codes(test, names), len(names))


def _as_numbers(train: np.ndarray, test: np.ndarray) -> list[tuple[Any, Any]]:
    """Return the values as numbers: alone, and beside ranges of neighbouring values."""
    mean, deviation = train.mean(axis=0), np.maximum(train.std(axis=0), 1e-12)
    scaled = [sparse.csr_matrix((part - mean) / deviation) for part in (train, test)]
    edges = np.unique(np.quantile(train, np.linspace(0, 1, RANGES + 1)[1:-1]))
    ranges = [np.searchsorted(edges, part, side="right") for part in (train, test)]
    bags = _bags(ranges[0], ranges[1], len(edges) + 1)
    own = [np.quantile(column, np.linspace(0, 1, RANGES // 2 + 1)[1:-1]) for column in train.T]
    apart = [
        np.stack([np.searchsorted(own[at], part[:, at], side="right") for at in range(part.shape[1])], axis=1)
        for part in (train, test)
    ]
    bags += _bags(apart[0], apart[1], RANGES // 2)[1:]
    pairs = [(sparse.hstack([scaled[0], one]).tocsr(), sparse.hstack([scaled[1], two]).tocsr()) for one, two in bags]
    return [(scaled[0], scaled[1]), *pairs]


def _codes(values: np.ndarray, names: np.ndarray) -> np.ndarray:
    """Return the position of each value among the names; -1 for one that is not among them."""
    at = np.minimum(np.searchsorted(names, values), len(names) - 1)
    return np.where(names[at] == values, at, -1)


def _bags(train: np.ndarray, test: np.ndarray, count: int) -> list[tuple[Any, Any]]:
    """Return one column for each code, and one for each code and position if these are not too many."""
    found = [tuple(_counts(part, count) for part in (train, test))]
    steps = train.shape[1]
    if steps > 1 and steps * count <= MOST_COLUMNS:
        shift = np.arange(steps) * count
        found.append(tuple(_counts(np.where(part < 0, -1, part + shift), steps * count) for part in (train, test)))
    return found


def _counts(codes: np.ndarray, count: int) -> Any:
    rows, steps = np.nonzero(codes >= 0)
    return sparse.csr_matrix((np.ones(len(rows)), (rows, codes[rows, steps])), shape=(len(codes), count))


def _least_errors(features: list[tuple[Any, Any]], y: np.ndarray, held: np.ndarray, nothing: np.ndarray) -> np.ndarray:
    """Return the squared errors of each held-out row, of the best of the models and of the mean."""
    found = [nothing]
    for train, test in features:
        for penalty in _PENALTIES:
            model = Ridge(alpha=penalty, solver="lsqr", max_iter=100, tol=1e-3).fit(train, y)
            answers = np.asarray(model.predict(test)).reshape(held.shape)
            found.append(((held - answers) ** 2).sum(axis=1))
    return min(found, key=lambda each: float(each.sum()))
