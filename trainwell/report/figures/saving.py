"""Figures as bytes and as files: PNG and SVG, the same bytes for the same Run, whole or absent.

An SVG keeps its text as text: a browser sets it in a font of the reader's machine that knows all characters, at the
price of widths that may differ by a little. Other formats are refused, because nothing here has looked at them.
"""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG

from trainwell.errors import InputError
from trainwell.storage import write_atomically

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("png", "svg")
_REPEATABLE: dict[Any, Any] = {"svg.hashsalt": "trainwell", "svg.fonttype": "none", "path.simplify": True}


def check_format(name: str) -> str:
    """`name` in lower case without a dot, where it is a format that can be written.

    Raises:
        InputError: it is none.
    """
    lowered = name.lower().removeprefix(".")
    if lowered not in FORMATS:
        raise InputError(
            f"Figures are written as PNG or SVG, not as {name!r}.",
            "End the file's name in .png or .svg, or give format='png'.",
        )
    return lowered


def encode(figure: Figure, format: str = "png", resolution: float = 150) -> bytes:  # noqa: A002 -- matplotlib's own name
    """The figure as a PNG of `resolution` dots an inch, or as an SVG, whose drawn points alone use `resolution`.

    Raises:
        InputError: another format, or a resolution that is not above 0.
    """
    format = check_format(format)  # noqa: A001 -- matplotlib's own name
    if not resolution > 0:
        raise InputError(
            f"A resolution is in dots an inch and above 0, got {resolution}.", "150 suits a screen, 300 print."
        )
    buffer = io.BytesIO()
    with warnings.catch_warnings(), mpl.rc_context(_REPEATABLE):
        # A class name in a script that no font here covers is drawn as boxes; the page shows it as text all the same.
        warnings.filterwarnings("ignore", message="Glyph .* missing from", category=UserWarning)
        if format == "svg":
            FigureCanvasSVG(figure).print_figure(
                buffer, format="svg", dpi=resolution, metadata={"Date": None}, facecolor=figure.get_facecolor()
            )
        else:
            FigureCanvasAgg(figure).print_figure(
                buffer, format="png", dpi=resolution, metadata={"Software": None}, facecolor=figure.get_facecolor()
            )
    return buffer.getvalue()


def save(figure: Figure, path: str | Path, resolution: float = 150) -> Path:
    """Writes `figure` to `path`, whose ending (`.png` or `.svg`) chooses the format; returns the path.

    Args:
        figure: any matplotlib figure.
        path: the file; an earlier one is replaced once the new one is whole.
        resolution: dots an inch; 150 suits a screen, 300 print.

    Raises:
        InputError: another ending, a folder that does not exist, or a resolution that is not above 0.
    """
    path = Path(path)
    data = encode(figure, check_format(path.suffix or path.name), resolution)
    if not path.parent.is_dir():
        raise InputError(f"The folder {str(path.parent)!r} for {path.name} does not exist.", "Create it first.")
    with write_atomically(path) as temporary:
        temporary.write_bytes(data)
    return path
