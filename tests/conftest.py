"""Set-up shared by all tests: the backend that trainwell chooses, before anything imports Keras.

Compiled programs are kept in a folder beside pytest's own cache: tests of the same nets compile them once, the next
run of the tests finds them, and nobody's own cache is touched. The folder is bounded, as that of every user is.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import trainwell

__all__ = ["trainwell"]

pytest.register_assert_rewrite("gallery.expected")
COMPILED = Path(__file__).parent.parent / ".pytest_cache" / "compiled"
os.environ.setdefault("TRAINWELL_COMPILE_CACHE", str(COMPILED))


def pytest_terminal_summary(terminalreporter):
    """Say how many recordings of the gallery were judged though what they were recorded with has changed."""
    reports = [each for found in terminalreporter.stats.values() for each in found]
    stale = [name for each in reports for name, _ in getattr(each, "user_properties", ()) if name == "stale recording"]
    if stale:
        terminalreporter.write_line(
            f"{len(stale)} recorded Runs of the gallery are stale: what they were recorded with has changed since. "
            "They were judged as they are; `make record` trains them again.",
            yellow=True,
        )
