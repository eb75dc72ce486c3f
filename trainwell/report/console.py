"""Text that any terminal can take: no control characters, and no character that the output's encoding lacks.

A class may be named with an escape sequence, and a summary that fails on a `²` after an hour of training is no summary.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment, Segments

from trainwell.report.wording import clean

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

_PLAIN = str.maketrans(
    {
        "²": "2",
        "·": "-",
        "…": "~",
        "→": ">",
        "“": '"',
        "”": '"',
        "━": "=",
        "±": "+/-",
        "\N{EN DASH}": "-",
        "\N{MULTIPLICATION SIGN}": "x",
        "\N{MINUS SIGN}": "-",
    }
)


def printable(text: object, console: Console) -> str:
    """`text` as `console` can print it; characters that its encoding lacks become plainer ones, or `?`."""
    words = clean(text)
    try:
        words.encode(console.encoding)
    except UnicodeEncodeError:
        return words.translate(_PLAIN).encode(console.encoding, "replace").decode(console.encoding)
    return words


def print_trimmed(shown: RenderableType, console: Console) -> None:
    """Prints a table without the blanks that fill its last column: a log is searched and compared line by line."""
    for line in console.render_lines(shown, pad=False):
        while line and not line[-1].text.strip():
            line.pop()
        if line:
            line[-1] = Segment(line[-1].text.rstrip(), line[-1].style)
        console.print(Segments([*line, Segment.line()]), end="")


def is_live(console: Console) -> bool:
    """Return True on a terminal that moves its cursor, so that lines can be drawn again."""
    return console.is_terminal and not console.is_dumb_terminal
