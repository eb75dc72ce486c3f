"""A Run's facts, read with forgiveness: what is absent or not finite is None, never an exception.

A report of an interrupted run has fewer facts, and a run of a newer version may have others. Reading is the only thing
done here; no fact is judged or made up.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from trainwell.report.wording import clean

if TYPE_CHECKING:
    from trainwell.run import Run, Series

PARTS = ("train", "validation", "test")


def fact(run: Run, *keys: str) -> Any:
    """The fact under `keys`, or None."""
    value: Any = run.facts
    for key in keys:
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def number(run: Run, *keys: str) -> float | None:
    """The fact under `keys` where it is a finite number, else None."""
    return finite(fact(run, *keys))


def finite(value: Any) -> float | None:
    """`value` as a float where it is a finite number, else None (so for True and False, which are no measurements)."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
        return None
    return float(value) if math.isfinite(value) else None


def text(run: Run, *keys: str) -> str:
    """The fact under `keys` as text, or `""`."""
    value = fact(run, *keys)
    return "" if value is None else clean(value)


def mapping(run: Run, *keys: str) -> dict[str, Any]:
    """The fact under `keys` where it is a dictionary, else an empty one."""
    value = fact(run, *keys)
    return {str(key): entry for key, entry in value.items()} if isinstance(value, Mapping) else {}


def listing(run: Run, *keys: str) -> list[Any]:
    """The fact under `keys` where it is a list, else an empty one."""
    value = fact(run, *keys)
    return list(value) if isinstance(value, (list, tuple, np.ndarray)) else []


def signal(run: Run, name: str) -> Series | None:
    """The signal `name` where it was recorded with at least one point."""
    series = run.signals.get(name)
    return series if series is not None and len(series.values) else None


def metric_names(run: Run) -> list[str]:
    """The metrics that were recorded over epochs, the loss left out, in the order of recording."""
    names = (name.partition("/") for name in run.signals)
    found = [rest for first, _, rest in names if first in {"train", "validation"} and rest != "loss"]
    return list(dict.fromkeys(found))


def source_name(run: Run) -> str:
    """The data's short name; of a path only its last part, because a report may be shown to others."""
    return text(run, "source", "name").replace("\\", "/").rstrip("/").rpartition("/")[2]


def is_regression(run: Run) -> bool:
    """Whether a value is predicted rather than a class."""
    return fact(run, "data", "task") == "regression"


def best_epoch(run: Run) -> int | None:
    """The epoch whose weights were kept, counted from 1; None where no epoch was found best."""
    best = number(run, "fit", "best_epoch")
    return int(best) if best is not None and best >= 1 else None


def rows_by_part(run: Run) -> dict[str, int]:
    """Rows of training, validation and test part, as far as they are known."""
    rows = {part: number(run, "data", "rows", part) for part in PARTS}
    return {part: int(value) for part, value in rows.items() if value is not None}
