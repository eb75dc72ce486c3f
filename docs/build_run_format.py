"""Write docs/run-format.md from the sections of a Run: their names, types and docstrings.

.venv/bin/python tools/run_format.py          # writes the page
.venv/bin/python tools/run_format.py --check  # returns 1 if the page is not up to date
"""

from __future__ import annotations

import inspect
import re
import types
import typing
from pathlib import Path

import msgspec

from trainwell.run import FORMAT_VERSION, RUN_FILE, SIGNALS_FILE, Section, Sections

PAGE = Path(__file__).resolve().parent / "run-format.md"
HEAD = f"""# The files of a Run

This page is made by `docs/build_run_format.py` from the classes in `trainwell/run/`. A Run is two files in one folder:

- `{RUN_FILE}` is strict JSON: `format_version` ({FORMAT_VERSION}), `signals` (`axis` and `unit` of each signal) and the
  sections below. What was not recorded is left out. Numbers that are not finite are not recorded.
- `{SIGNALS_FILE}` holds two arrays for each signal: `NAME:values`, one entry for each point, and `NAME:at`, the step or
  epoch (both counted from 1; epoch 0 is before the first step) or the row of each point.

Versions 1 and 2 are read too. `tw.Run.load(FOLDER)` gives the same sections as attributes: `run.fit.epochs`,
`run.model.calls[0].place`. In Python, `class` is spelled `kind` (of a call `layer_class`).
"""


def arguments(documented: type) -> dict[str, str]:
    """Return what the docstrings of a class and of the sections above it say of each field."""
    found: dict[str, str] = {}
    for each in reversed(documented.__mro__):
        if not issubclass(each, Section) or each is Section:
            continue
        _, _, below = inspect.cleandoc(each.__doc__ or "").partition("Args:\n")
        name = ""
        for line in below.splitlines():
            entry = re.match(r"    (\w+): (.*)", line)
            if entry:
                name, found[entry[1]] = entry[1], entry[2]
            elif name and line.startswith("        "):
                found[name] += f" {line.strip()}"
            elif line.strip():
                break
    return found


def spelled(annotation: object) -> str:
    """Return a type as JSON has it."""
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in {typing.Union, types.UnionType}:
        return " or ".join(spelled(each) for each in inner if each is not type(None))
    if origin is list or origin is tuple:
        return f"list of {spelled(inner[0])}"
    if origin is dict:
        return f"object of {spelled(inner[1])}"
    if origin is typing.Literal:
        return "text"
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    return _JSON.get(annotation, "any")


_JSON: dict[object, str] = {str: "text", int: "integer", float: "number", bool: "true or false"}


def sections_within(annotation: object) -> list[type[Section]]:
    """Return the sections that a type names."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return [annotation]
    return [each for inner in typing.get_args(annotation) for each in sections_within(inner)]


def table(section: type[Section]) -> list[str]:
    """Return the table of one section."""
    says, hints = arguments(section), typing.get_type_hints(section)
    rows = ["| name | type | meaning |", "|---|---|---|"]
    for field in msgspec.structs.fields(section):
        if field.name not in says:
            raise ValueError(f"{section.__name__}.{field.name} has no line under 'Args:' in its docstring.")
        rows.append(f"| `{field.encode_name}` | {spelled(hints[field.name])} | {says[field.name]} |")
    return rows


def page() -> str:
    """Return the whole page."""
    lines = [HEAD, "## The sections", "", *table(Sections)]
    waiting, done = [Sections], []
    while waiting:
        each = waiting.pop(0)
        below = [inner for hint in typing.get_type_hints(each).values() for inner in sections_within(hint)]
        waiting += [inner for inner in dict.fromkeys(below) if inner not in done and inner not in waiting]
        done.append(each)
    for section in done[1:]:
        first = inspect.cleandoc(section.__doc__ or "").splitlines()[0]
        lines += ["", f"## {section.__name__}", "", first, "", *table(section)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
