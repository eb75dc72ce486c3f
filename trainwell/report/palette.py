"""The colours of figures and page, once, in a light and a dark style.

The two signal colours are blue and orange of Okabe and Ito's set ("Color Universal Design", 2008), which stay apart for
every common kind of colour blindness. There are two on purpose: a figure that needs a third colour needs a label.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Style:
    """One set of colours, each as `#rrggbb`.

    Args:
        name: `"light"` or `"dark"`.
        paper: the background of the page and of every figure.
        panel: a surface a little apart from the paper, such as a tile or an empty cell.
        line: thin lines: axes, rules of tables.
        ink: text, and lines that carry the message without colour.
        muted: text of second rank: units, axis labels, captions.
        quiet: data of second rank, such as the training curve beside the validation curve.
        accent: data of first rank.
        contrast: what must not be missed: the best epoch, a mistake.
    """

    name: str
    paper: str
    panel: str
    line: str
    ink: str
    muted: str
    quiet: str
    accent: str
    contrast: str


_ENOUGH_FOR_WHITE = 3.9

LIGHT = Style(
    name="light",
    paper="#ffffff",
    panel="#f4f5f7",
    line="#d5d9e0",
    ink="#1a1d23",
    muted="#5c6470",
    quiet="#8d96a5",
    accent="#0072b2",
    contrast="#c24e00",
)

DARK = Style(
    name="dark",
    paper="#14171c",
    panel="#1e232b",
    line="#39414d",
    ink="#e8eaee",
    muted="#a3abb8",
    quiet="#7f8998",
    accent="#56b4e9",
    contrast="#f0913a",
)

STYLES = {style.name: style for style in (LIGHT, DARK)}


def channels(color: str) -> tuple[float, float, float]:
    """Red, green and blue of `#rrggbb`, each from 0 to 1."""
    return (int(color[1:3], 16) / 255, int(color[3:5], 16) / 255, int(color[5:7], 16) / 255)


def blend(below: str, above: str, share: float) -> str:
    """The colour that lies `share` (0 to 1) of the way from `below` to `above`.

    Example:
    >>> blend("#000000", "#ffffff", 0.5)
    '#808080'
    """
    mixed = (start + (end - start) * share for start, end in zip(channels(below), channels(above), strict=True))
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in mixed)


def luminance(color: str) -> float:
    """Relative luminance from 0 (black) to 1 (white), as WCAG 2.2 defines it."""
    linear = [
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 -- sRGB's own constants
        for channel in channels(color)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast_ratio(one: str, other: str) -> float:
    """WCAG 2.2's contrast of two colours, from 1 (the same) to 21; text wants at least 4.5."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def readable_on(background: str) -> str:
    """White on `background` where it stands out well enough, else near-black.

    White comes first because WCAG's ratio rates black on a middle blue too high for the eye.
    """
    return "#ffffff" if contrast_ratio("#ffffff", background) >= _ENOUGH_FOR_WHITE else "#101318"
