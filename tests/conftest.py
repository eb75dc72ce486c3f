"""Set-up shared by all tests: the backend that trainwell chooses, before anything imports Keras.

Compiled programs are kept in a folder beside pytest's own cache: tests of the same nets compile them once, the next
run of the tests finds them, and nobody's own cache is touched. The folder is bounded, as that of every user is.
"""

from __future__ import annotations

import gc
import os
from collections import Counter
from pathlib import Path

import hypothesis
import pytest

import trainwell

__all__ = ["trainwell"]

pytest.register_assert_rewrite("gallery.expected")
hypothesis.settings.register_profile("trainwell", deadline=None)  # no test asserts wall-clock time
hypothesis.settings.load_profile("trainwell")
HEAVY = frozenset((Path(__file__).parent / "heavy.txt").read_text(encoding="utf-8").split("\n"))
COMPILED = Path(__file__).parent.parent / ".pytest_cache" / "compiled"
os.environ.setdefault("TRAINWELL_COMPILE_CACHE", str(COMPILED))
gc.set_threshold(200_000, 20, 100)  # models are many small objects that stay: counting them took 7 % of the time


@pytest.hookimpl(tryfirst=True)  # before they are chosen by their marks
def pytest_collection_modifyitems(items):
    """Mark the tests of `heavy.txt`, which took more than a second each when they were measured."""
    for item in items:
        if item.nodeid in HEAVY:
            item.add_marker(pytest.mark.heavy)


@pytest.fixture(scope="session", autouse=True)
def _keep_all_programs():
    """Keep what Keras and the tests themselves compile too; trainwell alone would keep its own programs only."""
    from trainwell.engine import compile_cache  # noqa: PLC0415 -- imports Keras, once the backend is chosen

    with compile_cache.kept():
        yield


@pytest.fixture(scope="module", autouse=True)
def _draw_quickly(request):
    """Draw initial weights by NumPy in all tests but those that compare bits, or whose outcome is recorded or shown."""
    parts = request.path.parts
    if {"engine", "gallery", "docs"}.intersection(parts) or "tests" not in parts:
        yield
        return
    from quick_draws import quick_draws  # noqa: PLC0415 -- imports Keras, once the backend is chosen

    with quick_draws():
        yield


def pytest_terminal_summary(terminalreporter):
    """Say how many recordings of the gallery are missing, or were judged though their sources have changed."""
    reports = [each for found in terminalreporter.stats.values() for each in found]
    said = {each for report in reports for each in getattr(report, "user_properties", ())}
    names = Counter(name for name, _ in said)
    if stale := names["stale recording"]:
        terminalreporter.write_line(
            f"{stale} recorded Runs of the gallery are stale: what they were recorded with has changed since. "
            "They were judged as they are; `make record` trains them again.",
            yellow=True,
        )
    if missing := names["missing recording"]:
        terminalreporter.write_line(
            f"{missing} cases of the gallery have no recorded Run and were not judged; `make record` trains them. "
            "`make test-heavy` trains a tenth of them.",
            yellow=True,
        )
