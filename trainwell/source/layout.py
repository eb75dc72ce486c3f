"""Calls laid out over lines, as formatters lay them out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

COLUMNS = 88
_INDENT = "    "


def call(name: str, arguments: Iterable[str], brackets: str = "()", taken: int = 0) -> str:
    """A call, or another bracket, on one line where it fits; else an argument a line.

    Args:
        name: in front of the bracket.
        arguments: as code, each of one or several lines.
        brackets: the two of them.
        taken: columns that stand in front of it.

    Example:
    >>> print(call("f", ["a", "b=1"]))
    f(a, b=1)
    >>> print(call("f", ["a" * 50, "b" * 50]))
    f(
        aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,
        bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb,
    )
    """
    arguments = list(arguments)
    line = f"{name}{brackets[0]}{', '.join(arguments)}{brackets[1]}"
    if "\n" not in line and len(line) + taken <= COLUMNS:
        return line
    if len(arguments) == 1 and arguments[0].endswith(("]", ")")) and "\n" in arguments[0]:  # a list alone hugs its call
        return f"{name}{brackets[0]}{arguments[0]}{brackets[1]}"
    inside = "".join(indented(f"{argument},\n") for argument in arguments)
    return f"{name}{brackets[0]}\n{inside}{brackets[1]}"


def indented(text: str) -> str:
    """Each line one level further in."""
    return "".join(_INDENT + line if line.strip() else line for line in text.splitlines(keepends=True))
