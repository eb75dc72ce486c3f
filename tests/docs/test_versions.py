"""The versions that README and docs name are those of `pyproject.toml`, and so are the pins of `constraints.txt`."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
BOUNDS = {
    match[1]: (match[2], match[3])
    for match in (re.fullmatch(r"([\w-]+)>=([\d.]+),<([\d.]+)", each) for each in PROJECT["dependencies"])
}
PAGES = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")),
]


def numbers(version):
    return tuple(map(int, version.split(".")))


def ranges():
    """Return the first and the last version of Python, Keras and JAX, as the pages name them."""
    prefix = "Programming Language :: Python :: "
    pythons = [each.removeprefix(prefix) for each in PROJECT["classifiers"] if each.startswith(prefix)]
    found = {"Python": (pythons[0], pythons[-1])}
    for name in ("Keras", "JAX"):
        low, end = BOUNDS[name.lower()]
        major, minor = numbers(end)
        found[name] = (low, f"{major}.{minor - 1}")
    return found


@pytest.mark.parametrize("page", PAGES)
def test_ranges_are_those_of_the_package(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    stated = re.findall(r"(Python|Keras|JAX) (\d+\.[\d.]*\d) to (\d+\.[\d.]*\d)", text)
    assert [each for each in stated if ranges()[each[0]] != each[1:]] == []
    if page == "README.md":
        assert {name for name, *_ in stated} == {"Python", "Keras", "JAX"}


def test_every_dependency_has_both_bounds():
    assert len(BOUNDS) == len(PROJECT["dependencies"])


def test_the_lowest_python_is_required():
    assert PROJECT["requires-python"] == f">={ranges()['Python'][0]}"


def test_pins_lie_within_the_ranges():
    pins = re.findall(r"^([\w-]+)==([\d.]+)", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert {name for name, _ in pins} >= set(BOUNDS)
    outside = [(name, pin) for name, pin in pins if name in BOUNDS and not within(numbers(pin), *BOUNDS[name])]
    assert outside == []


def within(version, low, end):
    return numbers(low) <= version < numbers(end)
