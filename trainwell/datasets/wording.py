"""Counts and names as notes and messages say them: singular and plural, and where one name ends and the next begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def plural(number: int, noun: str, many: str = "") -> str:
    """`1 row`, `1,200 rows`; `many` where the plural is not `noun` + s.

    Example:
    >>> plural(1, "class", "classes"), plural(1200, "row")
    ('1 class', '1,200 rows')
    """
    return f"{number:,} {noun if number == 1 else many or noun + 's'}"


def all_rows(number: int) -> str:
    """`all 12 rows`, and of a single one `the only row`."""
    return "the only row" if number == 1 else f"all {plural(number, 'row')}"


def shown_name(name: str) -> str:
    r"""A name as it is, or in quotes where it could be mistaken: with blanks, commas or quotes, or if it is empty.

    What a terminal would take for a command, such as an escape sequence, is written out.

    Example:
    >>> print(shown_name("daisy"), shown_name("rose, red"), shown_name("\x1b[31m"))
    daisy 'rose, red' '\x1b[31m'
    """
    plain = name.isprintable() and name and not any(character in " ,;'\"\\\N{NO-BREAK SPACE}" for character in name)
    return name if plain else repr(name)


def listed(names: Sequence[str], most: int) -> str:
    """The first `most` names, and how many more there are.

    Example:
    >>> listed(["a", "b c", "d"], 2)
    "a, 'b c' and 1 more"
    """
    more = len(names) - most
    return ", ".join(map(shown_name, names[:most])) + (f" and {more} more" if more > 0 else "")
