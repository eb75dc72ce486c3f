"""Values of a Run as reports show them: names of metrics and of the source, the best epoch, rows by part."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from trainwell.report.wording import clean

if TYPE_CHECKING:
    from trainwell.run import Run, Series

PARTS = ("train", "validation", "test")


def finite(value: Any) -> float | None:
    """Return `value` as a float if it is a finite number, else None (also for True and False)."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
        return None
    return float(value) if math.isfinite(value) else None


def text(value: object) -> str:
    """Return a value as text without control characters; `""` for None."""
    return "" if value is None else clean(value)


def signal(run: Run, name: str) -> Series | None:
    """Return the signal `name` if it was recorded with at least one point, else None."""
    series = run.signals.get(name)
    return series if series is not None and len(series.values) else None


def metric_names(run: Run) -> list[str]:
    """Return the metrics that were recorded over epochs, without the loss, in the order of recording."""
    names = (name.partition("/") for name in run.signals)
    found = [rest for first, _, rest in names if first in {"train", "validation"} and rest != "loss"]
    return list(dict.fromkeys(found))


def source_name(run: Run) -> str:
    """Return the short name of the data; of a path only its last part, because a report may be shown to others."""
    return text(run.source.name).replace("\\", "/").rstrip("/").rpartition("/")[2]


def is_regression(run: Run) -> bool:
    """Return True if a value is predicted rather than a class."""
    return run.data.task == "regression"


def best_epoch(run: Run) -> int | None:
    """Return the epoch whose weights were kept, counted from 1; None if no epoch was found best."""
    return run.fit.best_epoch or None


def rows_by_part(run: Run) -> dict[str, int]:
    """Return the rows of training, validation and test part, as far as they are known."""
    rows = {part: getattr(run.data.rows, part) for part in PARTS}
    return {part: value for part, value in rows.items() if value is not None}
