"""The list of tests that `make test` leaves out names tests that are there."""

from __future__ import annotations

import importlib.util
from pathlib import Path

ROOT = Path(__file__).parent.parent


def tool():
    spec = importlib.util.spec_from_file_location("heavy_tests", ROOT / "tools" / "heavy_tests.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_entry_is_there_and_they_are_sorted():
    listed = (ROOT / "tests" / "heavy.txt").read_text(encoding="utf-8").split("\n")[:-1]
    assert listed == sorted(set(listed))
    assert [each for each in listed if not tool().is_there(each)] == []


def test_the_times_that_pytest_prints_are_read():
    lines = (
        "1.20s call     tests/a.py::one[x y]",
        "0.90s call     tests/a.py::two",
        "3.00s setup    tests/b.py::three",
    )
    text = "\n".join(lines)
    assert tool().slow_tests(text, 1.0) == {"tests/a.py::one[x y]"}
    assert tool().slow_tests(text, 0.5) == set()
