"""The header of every benchmark: machine, versions, date, number of repetitions."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence


def header(title: str, repetitions: int, *packages: str) -> str:
    """What a reader needs to judge and repeat the figures below it."""
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages)
    day = dt.datetime.now(tz=dt.UTC).date()
    return "\n".join(
        [
            f"# {title}",
            f"{day}; {_processor()}, {os.cpu_count()} cores; n = {repetitions}",
            f"Python {platform.python_version()}, {versions}",
            "",
        ]
    )


def spread(values: Sequence[float]) -> str:
    """Median, lowest and highest."""
    low, middle, high = np.percentile(values, [0, 50, 100])
    return f"{middle:.2f} ({low:.2f}–{high:.2f})"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
