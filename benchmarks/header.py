"""The header of every benchmark: machine, versions, date, number of repetitions."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
from pathlib import Path


def header(title: str, repetitions: int, *packages: str) -> str:
    """What a reader needs to judge and repeat the figures below it."""
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages)
    return "\n".join(
        [
            f"# {title}",
            f"{datetime.datetime.now(tz=datetime.UTC):%Y-%m-%d}; {_processor()}, {os.cpu_count()} cores; "
            f"Python {platform.python_version()}, {versions}; n = {repetitions}",
            "",
        ]
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
