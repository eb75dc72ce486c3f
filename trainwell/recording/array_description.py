"""Describe the arrays that a model is trained on, in the numbers that rules of data and of heads read.

Large arrays are described from evenly spaced rows. What may hide in a single row (NaN, infinity, the extremes) is
looked for in all rows. Rows themselves are not kept.
"""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from trainwell.run import HeldInput, HeldTarget, InputRecord, NonFinite, SplitRecord, TargetRecord, finite
from trainwell.targets import MOST_COUNTED

_MOST_ROWS = 20_000  # that moments are taken from
_MOST_VALUES = 8_000_000
_MOST_FEATURES = 1024  # whose moments are kept one by one
_MOST_COLUMNS = 16  # of a target whose percentiles are kept one by one
_FEW_CLASSES = 100  # more are values rather than classes
_MOST_HASHED = 200_000
_ROUNDING = 1e-3  # of a sum of probabilities
_ELSEWHERE = 4  # deviations, or times the size: even sorted rows, split anywhere but near an end, lie nearer
_NUMBERS = "biuf"


def describe_input(values: Any, name: str = "") -> InputRecord:
    """Return the record of one input array `(rows, ...)`; a feature is an entry of the last axis.

    Args:
        values: the inputs.
        name: of the input.
    """
    array = np.asarray(values)
    found = InputRecord(name=name, shape=list(array.shape[1:]), rows=len(array), dtype=str(array.dtype))
    if array.dtype.kind not in _NUMBERS or not array.size:
        found.kind = "other"
        return found
    sample = _sample(array)
    features = sample.reshape(-1, sample.shape[-1] if sample.ndim > 1 else 1)
    with np.errstate(all="ignore"):
        features = np.where(np.isfinite(features), features, np.nan)
        filled = ~np.isnan(features)
        means, deviations = _moments(features)
        mean = float(np.where(filled, features, 0).sum() / max(1, filled.sum()))
        deviation = float(np.sqrt(np.where(filled, (features - mean) ** 2, 0).sum() / max(1, filled.sum())))
    values = features[filled]
    distinct = np.unique(values[:: max(1, len(values) // 200_000)])
    found.non_finite = _non_finite(array)
    found.minimum, found.maximum = _extremes(array)
    found.mean, found.deviation = finite(mean), finite(deviation)
    found.whole_numbers = bool(np.array_equal(distinct, np.rint(distinct)))
    found.distinct = min(len(distinct), MOST_COUNTED)
    found.feature_means, found.feature_deviations = _few(means), _few(deviations)
    found.constant_features = int((deviations <= 1e-7 * np.maximum(np.abs(means), 1e-30)).sum())
    return found


def describe_target(values: Any, batch_size: int | None = None, name: str = "") -> TargetRecord:
    """Return the record of one target array `(rows, ...)`.

    Args:
        values: the targets.
        batch_size: rows of a batch, for `between_batches`.
        name: of the output.
    """
    array = np.asarray(values)
    found = TargetRecord(**msgspec.structs.asdict(describe_input(array, name)))
    if found.kind == "other":
        return found
    sample = _sample(array)
    known = sample[np.isfinite(sample)] if sample.dtype.kind == "f" else sample.ravel()
    some = set(np.unique(known[:: max(1, len(known) // 200_000)])[:3].tolist())
    wide = sample.ndim > 1 and sample.shape[-1] > 1
    sums = sample.reshape(-1, sample.shape[-1]).sum(axis=-1, dtype=np.float64) if wide else np.zeros(0)
    found.negative_share = float((known < 0).mean()) if len(known) else 0.0
    found.binary = bool(some) and some <= {0, 1}
    found.signed = some == {-1, 1}
    found.one_hot = bool(wide and found.binary and (sums == 1).all())
    found.rows_sum_to_one = float((np.abs(sums - 1) < _ROUNDING).mean()) if wide else 0.0
    found.ones_per_row = float(sums.mean()) if wide and found.binary else None
    found.class_counts = _class_counts(array, found)
    found.percentiles = _percentiles(sample)
    found.between_batches = _between_batches(array, batch_size, found)
    return found


def describe_split(x: dict[str, Any], y: dict[str, Any], held_x: dict[str, Any], held_y: dict[str, Any]) -> SplitRecord:
    """Return how the validation rows differ from those trained on.

    Args:
        x: training inputs by name.
        y: training targets by name.
        held_x: validation inputs by name.
        held_y: validation targets by name.
    """
    train, held = _hashes(x), _hashes(held_x)
    counts: dict[int, int] = {}
    for each in train:
        counts[each] = counts.get(each, 0) + 1
    return SplitRecord(
        rows=_rows(y) or _rows(x),
        held_rows=_rows(held_y) or _rows(held_x),
        leaked=float(np.mean([each in counts for each in held])) if held and train else None,
        repeated=float(np.mean([counts[each] > 1 for each in train])) if train else None,
        inputs={name: _moved(np.asarray(x[name]), np.asarray(held_x[name])) for name in x if name in held_x},
        targets={name: _apart(np.asarray(y[name]), np.asarray(held_y[name])) for name in y if name in held_y},
    )


def _rows(arrays: dict[str, Any]) -> int:
    return len(next(iter(arrays.values()))) if arrays else 0


def _sample(array: np.ndarray) -> np.ndarray:
    """Evenly spaced rows, as float64."""
    width = max(1, array.size // max(1, len(array)))
    step = max(1, -(-len(array) // _MOST_ROWS), -(-len(array) * width // _MOST_VALUES))
    return np.asarray(array[::step], dtype=np.float64)


def _percentiles(sample: np.ndarray) -> list[list[float]]:
    """Of each column, or of all together; none of a column without a finite value."""
    apart = sample.ndim > 1 and sample.shape[-1] <= _MOST_COLUMNS
    columns = sample.reshape(-1, sample.shape[-1]).T if apart else sample.reshape(1, -1)
    some = (column[:: max(1, len(column) // 200_000)] for column in columns)
    finite = (column[np.isfinite(column)] for column in some)
    return [np.percentile(column, np.arange(0.5, 100)).tolist() for column in finite if len(column)]


def _few(values: np.ndarray) -> list[float]:
    return np.nan_to_num(values[:: max(1, -(-len(values) // _MOST_FEATURES))]).tolist()


def _non_finite(array: np.ndarray) -> NonFinite:
    if array.dtype.kind != "f":
        return NonFinite()
    bad = ~np.isfinite(array)
    count = int(bad.sum())
    if not count:
        return NonFinite()
    first = np.argwhere(bad.reshape(len(array), -1).any(axis=1))[0, 0]
    column = [int(one) for one in np.argwhere(bad[first])[0]] if array.ndim > 1 else []
    value = array[(first, *column)] if column else array[first]
    return NonFinite(
        count=count,
        rows=int(bad.reshape(len(array), -1).any(axis=1).sum()),
        row=int(first),
        column=column,
        kind="NaN" if np.isnan(value) else "infinity",
    )


def _extremes(array: np.ndarray) -> tuple[float | None, float | None]:
    """Return the lowest and the highest finite value."""
    if array.dtype.kind != "f":
        return float(array.min()), float(array.max())
    with np.errstate(all="ignore"):
        low, high = np.fmin.reduce(array, axis=None), np.fmax.reduce(array, axis=None)
    if not (np.isfinite(low) and np.isfinite(high)):
        known = array[np.isfinite(array)]
        low, high = (known.min(), known.max()) if known.size else (np.nan, np.nan)
    return finite(low), finite(high)


def _labels(array: np.ndarray, *, one_hot: bool) -> np.ndarray:
    return array.argmax(axis=-1).ravel() if one_hot else array.ravel()


def _class_counts(array: np.ndarray, target: TargetRecord) -> dict[str, int] | None:
    one_hot = target.one_hot
    if not one_hot and (not target.whole_numbers or target.distinct >= MOST_COUNTED):
        return None
    labels = _labels(array, one_hot=one_hot)
    labels = labels[np.isfinite(labels)] if labels.dtype.kind == "f" else labels
    values, counts = np.unique(labels, return_counts=True)
    if len(values) > MOST_COUNTED or not np.array_equal(values, np.rint(values)):
        return None
    found = {str(int(value)): int(count) for value, count in zip(values, counts, strict=True)}
    if one_hot:
        found = {str(number): found.get(str(number), 0) for number in range(array.shape[-1])}
    return found


def _between_batches(array: np.ndarray, size: int | None, target: TargetRecord) -> float | None:
    if not size or len(array) < 4 * size:
        return None
    rows = array.reshape(len(array), -1)[:, :MOST_COUNTED] if array.ndim > 1 else array[:, None]
    few = target.whole_numbers and target.distinct <= _FEW_CLASSES
    if not target.one_hot and array.size == len(array) and few:
        rows = rows == np.unique(rows[np.isfinite(rows)] if rows.dtype.kind == "f" else rows)[None, :]
    batches = len(rows) // size
    rows = np.asarray(rows[: batches * size], dtype=np.float64)
    if not np.isfinite(rows).all():
        return None
    total = rows.var(axis=0).sum()
    means = rows.reshape(batches, size, -1).mean(axis=1)
    return float(means.var(axis=0).sum() / total) if total > 0 else None


def _hashes(arrays: dict[str, Any]) -> list[int]:
    """A number for each row of all inputs together; none where they are no plain arrays."""
    columns = [_comparable(each) for each in map(np.asarray, arrays.values())]
    if not columns or any(each.dtype.hasobject or not each.size for each in columns):
        return []
    step = max(1, -(-len(columns[0]) // _MOST_HASHED))
    return [hash(b"".join(each[row].tobytes() for each in columns)) for row in range(0, len(columns[0]), step)]


def _comparable(array: np.ndarray) -> np.ndarray:
    """As the model will see it: float32, whatever the width of its numbers."""
    return np.ascontiguousarray(array, np.float32 if array.dtype.kind == "f" else None)


def _moved(array: np.ndarray, held: np.ndarray) -> HeldInput | None:
    if array.dtype.kind not in _NUMBERS or held.dtype.kind not in _NUMBERS or array.shape[1:] != held.shape[1:]:
        return None
    if not array.size or not held.size:
        return None
    one, other = (each.reshape(-1, each.shape[-1] if each.ndim > 1 else 1) for each in map(_sample, (array, held)))
    (mean, deviation), (held_mean, held_deviation) = _moments(one), _moments(other)
    found = HeldInput(non_finite=_non_finite(held))
    varies = (deviation > 1e-12) & (held_deviation > 1e-12)  # noqa: PLR2004 -- rounding
    if varies.any():
        shift = np.abs(held_mean - mean)[varies] / deviation[varies]
        size = np.sqrt((held_mean**2 + held_deviation**2)[varies] / (mean**2 + deviation**2)[varies])
        elsewhere = (shift > _ELSEWHERE) | (size > _ELSEWHERE) | (size < 1 / _ELSEWHERE)
        found.shift = finite(np.median(shift))
        found.scale = finite(np.median(held_deviation[varies] / deviation[varies]))
        found.elsewhere = float(elsewhere.mean())
    known = other[np.isfinite(other)]
    if len(known):
        found.mean, found.deviation = finite(known.mean()), finite(known.std())
        found.minimum, found.maximum = float(known.min()), float(known.max())
    return found


def _moments(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation of each column, what is not finite left out."""
    filled = np.isfinite(rows)
    count = np.maximum(filled.sum(axis=0), 1)
    mean = np.where(filled, rows, 0).sum(axis=0) / count
    with np.errstate(invalid="ignore"):
        return mean, np.sqrt(np.where(filled, (rows - mean) ** 2, 0).sum(axis=0) / count)


def _apart(array: np.ndarray, held: np.ndarray) -> HeldTarget | None:
    if array.dtype.kind not in _NUMBERS or held.dtype.kind not in _NUMBERS or array.shape[1:] != held.shape[1:]:
        return None
    target, other = describe_target(array), describe_target(held)
    if target.kind == "other" or other.kind == "other":
        return None
    found = _classes_apart(target, other) or _values_apart(array, held)
    if found is not None:
        found.non_finite = other.non_finite or NonFinite()
        found.minimum, found.maximum = other.minimum, other.maximum
        found.mean, found.deviation = other.mean, other.deviation
    return found


def _classes_apart(target: TargetRecord, held: TargetRecord) -> HeldTarget | None:
    counts, held_counts = target.class_counts, held.class_counts
    if not counts or not held_counts or len(counts) > _FEW_CLASSES:
        return None
    names = sorted({*counts, *held_counts}, key=float)
    one, other = (np.asarray([each.get(name, 0) for name in names], float) for each in (counts, held_counts))
    one_share, other_share = one / one.sum(), other / other.sum()
    # The mean absolute deviation of a share under chance, summed over classes.
    noise = 0.5 * np.sqrt(2 / np.pi * one_share * (1 - one_share) * (1 / one.sum() + 1 / other.sum())).sum()
    return HeldTarget(
        non_finite=NonFinite(),
        kind="classes",
        distance=float(0.5 * np.abs(one_share - other_share).sum()),
        noise=float(noise),
        unseen=[name for name in names if counts.get(name, 0) == 0 and held_counts.get(name, 0) > 0],
        class_counts=held_counts,
    )


def _values_apart(array: np.ndarray, held: np.ndarray) -> HeldTarget | None:
    one, other = (each[np.isfinite(each)] for each in (_sample(array).ravel(), _sample(held).ravel()))
    if not len(one) or not len(other):
        return None
    points = np.sort(np.concatenate([one, other]))
    below = [np.searchsorted(np.sort(each), points, side="right") / len(each) for each in (one, other)]
    return HeldTarget(
        non_finite=NonFinite(),
        kind="values",
        distance=float(np.abs(below[0] - below[1]).max()),
        noise=float(0.87 * np.sqrt(1 / len(one) + 1 / len(other))),  # the mean of Kolmogorov's distribution
    )
