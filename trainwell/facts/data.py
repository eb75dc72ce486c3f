"""Facts of the arrays that a model is trained on: what rules of data and of heads look at, in plain numbers.

Everything is said by input and by output, under the names that the model's own structure gives them. Large arrays are
described from evenly spaced rows; what may hide in a single row (NaN, infinity, the extremes) is looked for in all.
Rows themselves are not kept.
"""

from __future__ import annotations

from typing import Any

import numpy as np

_MOST_ROWS = 20_000  # that moments are taken from
_MOST_VALUES = 8_000_000
_MOST_FEATURES = 1024  # whose moments are kept one by one
_MOST_COLUMNS = 16  # of a target whose percentiles are kept one by one
_MOST_CLASSES = 1000
_MOST_HASHED = 200_000
_ROUNDING = 1e-3  # of a sum of probabilities
_ELSEWHERE = 4  # deviations, or times the size: even sorted rows, split anywhere but near an end, lie nearer
_NUMBERS = "biuf"


def describe_input(values: Any) -> dict[str, Any]:
    """One input array `(rows, ...)`; a feature is an entry of the last axis.

    Returns:
        `shape` (without rows), `rows`, `dtype`, `kind` (`"number"` or `"other"`), `non_finite` (`count`, `rows`,
        `row`, `column` of the first), `minimum`, `maximum`, `mean`, `deviation`, `whole_numbers`,
        `distinct` (up to 1000), `feature_means`, `feature_deviations`, `constant_features` (a count).
    """
    array = np.asarray(values)
    facts: dict[str, Any] = {"shape": list(array.shape[1:]), "rows": len(array), "dtype": str(array.dtype)}
    if array.dtype.kind not in _NUMBERS or not array.size:
        return {**facts, "kind": "other"}
    sample = _sample(array)
    features = sample.reshape(-1, sample.shape[-1] if sample.ndim > 1 else 1)
    with np.errstate(all="ignore"):
        features = np.where(np.isfinite(features), features, np.nan)
        filled = ~np.isnan(features)
        means, deviations = _moments(features)
        mean = float(np.where(filled, features, 0).sum() / max(1, filled.sum()))
        deviation = float(np.sqrt(np.where(filled, (features - mean) ** 2, 0).sum() / max(1, filled.sum())))
    finite = features[filled]
    distinct = np.unique(finite[:: max(1, len(finite) // 200_000)])
    return {
        **facts,
        "kind": "number",
        "non_finite": _non_finite(array),
        **_extremes(array),
        "mean": mean,
        "deviation": deviation,
        "whole_numbers": bool(np.array_equal(distinct, np.rint(distinct))),
        "distinct": min(len(distinct), _MOST_CLASSES),
        "feature_means": _few(means),
        "feature_deviations": _few(deviations),
        "constant_features": int((deviations <= 1e-7 * np.maximum(np.abs(means), 1e-30)).sum()),
    }


def describe_target(values: Any, batch_size: int | None = None) -> dict[str, Any]:
    """One target array `(rows, ...)`.

    Args:
        values: the targets.
        batch_size: rows of a batch, for `between_batches`.

    Returns:
        What `describe_input` says, and `negative_share`, `binary` (only 0 and 1), `signed` (only -1 and 1), `one_hot`
        (rows of the last axis with a single 1), `rows_sum_to_one` (a share of rows), `ones_per_row`, `class_counts`
        (number to count, of whole numbers or of one-hot columns), `percentiles`: of each column (an entry of the last
        axis), or of all together where there are more than 16, the values below which 0.5 %, 1.5 % ... 99.5 % lie;
        `between_batches`: the share of the variance that
        lies between batches in the order of the rows, 1 / batch_size where the order means nothing.
    """
    array = np.asarray(values)
    facts = describe_input(array)
    if facts["kind"] == "other":
        return facts
    sample = _sample(array)
    finite = sample[np.isfinite(sample)] if sample.dtype.kind == "f" else sample.ravel()
    values_ = set(np.unique(finite[:: max(1, len(finite) // 200_000)])[:3].tolist())
    wide = sample.ndim > 1 and sample.shape[-1] > 1
    sums = sample.reshape(-1, sample.shape[-1]).sum(axis=-1, dtype=np.float64) if wide else np.zeros(0)
    binary = bool(values_) and values_ <= {0, 1}
    one_hot = bool(wide and binary and (sums == 1).all())
    return {
        **facts,
        "negative_share": float((finite < 0).mean()) if len(finite) else 0.0,
        "binary": binary,
        "signed": values_ == {-1, 1},
        "one_hot": one_hot,
        "rows_sum_to_one": float((np.abs(sums - 1) < _ROUNDING).mean()) if wide else 0.0,
        "ones_per_row": float(sums.mean()) if wide and binary else None,
        "class_counts": _class_counts(array, one_hot=one_hot, facts=facts),
        "percentiles": _percentiles(sample),
        "between_batches": _between_batches(array, batch_size, facts, one_hot=one_hot),
    }


def describe_split(
    x: dict[str, Any], y: dict[str, Any], held_x: dict[str, Any], held_y: dict[str, Any]
) -> dict[str, Any]:
    """How validation rows differ from those trained on; inputs and targets by name.

    Returns:
        `rows`, `held_rows`; `leaked`: the share of validation rows whose inputs are those of a training row, and
        `repeated`: the share of training rows whose inputs come more than once among them; `inputs`: by name,
        `non_finite` as in `describe_input`, `shift` (of the means, in deviations of the training rows) and `scale`
        (deviation over that of the training rows), both medians over features that vary in both parts, and `elsewhere`:
        the share of these features whose mean lies more than 4 deviations away or whose root mean square differs more
        than fourfold; `None` where no feature varies. `targets`: by name, `distance` between the distributions (total
        variation for classes, Kolmogorov-Smirnov for values), `noise` that chance alone would give, and `unseen`
        classes.
    """
    train, held = _hashes(x), _hashes(held_x)
    counts: dict[int, int] = {}
    for each in train:
        counts[each] = counts.get(each, 0) + 1
    return {
        "rows": _rows(y) or _rows(x),
        "held_rows": _rows(held_y) or _rows(held_x),
        "leaked": float(np.mean([each in counts for each in held])) if held and train else None,
        "repeated": float(np.mean([counts[each] > 1 for each in train])) if train else None,
        "inputs": {name: _moved(np.asarray(x[name]), np.asarray(held_x[name])) for name in x if name in held_x},
        "targets": {name: _apart(np.asarray(y[name]), np.asarray(held_y[name])) for name in y if name in held_y},
    }


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
    return values[:: max(1, -(-len(values) // _MOST_FEATURES))].tolist()


def _non_finite(array: np.ndarray) -> dict[str, Any]:
    if array.dtype.kind != "f":
        return {"count": 0, "rows": 0}
    bad = ~np.isfinite(array)
    count = int(bad.sum())
    if not count:
        return {"count": 0, "rows": 0}
    first = np.argwhere(bad.reshape(len(array), -1).any(axis=1))[0, 0]
    column = [int(one) for one in np.argwhere(bad[first])[0]] if array.ndim > 1 else []
    value = array[(first, *column)] if column else array[first]
    return {
        "count": count,
        "rows": int(bad.reshape(len(array), -1).any(axis=1).sum()),
        "row": int(first),
        "column": column,
        "kind": "NaN" if np.isnan(value) else "infinity",
    }


def _extremes(array: np.ndarray) -> dict[str, Any]:
    if array.dtype.kind == "f":
        with np.errstate(all="ignore"):
            low, high = np.fmin.reduce(array, axis=None), np.fmax.reduce(array, axis=None)
        if not (np.isfinite(low) and np.isfinite(high)):
            finite = array[np.isfinite(array)]
            low, high = (finite.min(), finite.max()) if finite.size else (np.nan, np.nan)
    else:
        low, high = array.min(), array.max()
    return {"minimum": float(low), "maximum": float(high)}


def _labels(array: np.ndarray, *, one_hot: bool) -> np.ndarray:
    return array.argmax(axis=-1).ravel() if one_hot else array.ravel()


def _class_counts(array: np.ndarray, *, one_hot: bool, facts: dict[str, Any]) -> dict[str, int] | None:
    if not one_hot and (not facts["whole_numbers"] or facts["distinct"] >= _MOST_CLASSES):
        return None
    labels = _labels(array, one_hot=one_hot)
    labels = labels[np.isfinite(labels)] if labels.dtype.kind == "f" else labels
    values, counts = np.unique(labels, return_counts=True)
    if len(values) > _MOST_CLASSES or not np.array_equal(values, np.rint(values)):
        return None
    found = {str(int(value)): int(count) for value, count in zip(values, counts, strict=True)}
    if one_hot:
        found = {str(number): found.get(str(number), 0) for number in range(array.shape[-1])}
    return found


def _between_batches(array: np.ndarray, size: int | None, facts: dict[str, Any], *, one_hot: bool) -> float | None:
    if not size or len(array) < 4 * size:
        return None
    rows = array.reshape(len(array), -1)[:, :_MOST_CLASSES] if array.ndim > 1 else array[:, None]
    if not one_hot and array.size == len(array) and facts["whole_numbers"] and facts["distinct"] <= 100:  # noqa: PLR2004
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


def _moved(array: np.ndarray, held: np.ndarray) -> dict[str, Any] | None:
    if array.dtype.kind not in _NUMBERS or held.dtype.kind not in _NUMBERS or array.shape[1:] != held.shape[1:]:
        return None
    if not array.size or not held.size:
        return None
    one, other = (each.reshape(-1, each.shape[-1] if each.ndim > 1 else 1) for each in map(_sample, (array, held)))
    (mean, deviation), (held_mean, held_deviation) = _moments(one), _moments(other)
    finite = other[np.isfinite(other)]
    facts: dict[str, Any] = {"non_finite": _non_finite(held), "shift": None, "scale": None, "elsewhere": None}
    varies = (deviation > 1e-12) & (held_deviation > 1e-12)  # noqa: PLR2004 -- rounding
    if varies.any():
        shift = np.abs(held_mean - mean)[varies] / deviation[varies]
        size = np.sqrt((held_mean**2 + held_deviation**2)[varies] / (mean**2 + deviation**2)[varies])
        elsewhere = (shift > _ELSEWHERE) | (size > _ELSEWHERE) | (size < 1 / _ELSEWHERE)
        facts["shift"] = float(np.median(shift))
        facts["scale"] = float(np.median(held_deviation[varies] / deviation[varies]))
        facts["elsewhere"] = float(elsewhere.mean())
    if len(finite):
        facts.update(
            mean=float(finite.mean()),
            deviation=float(finite.std()),
            minimum=float(finite.min()),
            maximum=float(finite.max()),
        )
    return facts


def _moments(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation of each column, what is not finite left out."""
    filled = np.isfinite(rows)
    count = np.maximum(filled.sum(axis=0), 1)
    mean = np.where(filled, rows, 0).sum(axis=0) / count
    with np.errstate(invalid="ignore"):
        return mean, np.sqrt(np.where(filled, (rows - mean) ** 2, 0).sum(axis=0) / count)


def _apart(array: np.ndarray, held: np.ndarray) -> dict[str, Any] | None:
    if array.dtype.kind not in _NUMBERS or held.dtype.kind not in _NUMBERS or array.shape[1:] != held.shape[1:]:
        return None
    facts, held_facts = describe_target(array), describe_target(held)
    if facts["kind"] == "other" or held_facts["kind"] == "other":
        return None
    counts, held_counts = facts["class_counts"], held_facts["class_counts"]
    base = {
        "non_finite": held_facts["non_finite"],
        "minimum": held_facts["minimum"],
        "maximum": held_facts["maximum"],
        "mean": held_facts["mean"],
        "deviation": held_facts["deviation"],
    }
    if counts and held_counts and len(counts) <= 100:  # noqa: PLR2004 -- more are values rather than classes
        names = sorted({*counts, *held_counts}, key=float)
        one, other = (np.asarray([each.get(name, 0) for name in names], float) for each in (counts, held_counts))
        one_share, other_share = one / one.sum(), other / other.sum()
        # The mean absolute deviation of a share under chance, summed over classes.
        noise = 0.5 * np.sqrt(2 / np.pi * one_share * (1 - one_share) * (1 / one.sum() + 1 / other.sum())).sum()
        return {
            **base,
            "kind": "classes",
            "distance": float(0.5 * np.abs(one_share - other_share).sum()),
            "noise": float(noise),
            "unseen": [name for name in names if counts.get(name, 0) == 0 and held_counts.get(name, 0) > 0],
            "class_counts": held_counts,
        }
    one, other = (each[np.isfinite(each)] for each in (_sample(array).ravel(), _sample(held).ravel()))
    if not len(one) or not len(other):
        return None
    points = np.sort(np.concatenate([one, other]))
    below = [np.searchsorted(np.sort(each), points, side="right") / len(each) for each in (one, other)]
    return {
        **base,
        "kind": "values",
        "distance": float(np.abs(below[0] - below[1]).max()),
        "noise": float(0.87 * np.sqrt(1 / len(one) + 1 / len(other))),  # the mean of Kolmogorov's distribution
        "unseen": [],
    }
