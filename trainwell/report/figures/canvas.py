"""An empty figure in one style, and the few marks that all figures share.

Everything is set on the objects themselves, never through matplotlib's global settings, so that a figure looks the same
wherever it is drawn later. Names of classes and columns are never read as mathematics (`$`).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from matplotlib.ticker import FuncFormatter

from trainwell.report.wording import count, figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.text import Text

    from trainwell.report.palette import Style

TEXT_SIZE = 9.5  # points
SMALL = 8.5
LABEL_GAP = 0.075  # of the axes' height: two direct labels closer than this would overlap
_FAMILIES = (
    "Helvetica Neue",
    "Arial",
    "Liberation Sans",
    "Noto Sans",
    "DejaVu Sans",
)  # digits of one width, all of them


@cache
def families() -> list[str]:
    """The fonts for text, best first, of those that this machine has; matplotlib brings DejaVu Sans along."""
    present = {font.name for font in fontManager.ttflist}
    return [name for name in _FAMILIES if name in present]


def canvas(style: Style, width: float = 5.6, height: float = 3.3) -> tuple[Figure, Axes]:
    """A figure of `width` x `height` inches with one pair of thin axes."""
    sheet = Figure(figsize=(width, height), facecolor=style.paper, layout="constrained")
    sheet.get_layout_engine().set(w_pad=0.06, h_pad=0.06)  # type: ignore[union-attr]  # "constrained" has both
    axes = sheet.add_subplot()
    _dress(axes, style)
    return sheet, axes


def panels(style: Style, rows: int, columns: int, width: float, height: float, **settings: Any) -> tuple[Figure, Any]:
    """A figure of `width` x `height` inches with `rows` x `columns` pairs of thin axes.

    Args:
        style: light or dark.
        rows: of panels.
        columns: of panels.
        width: of the figure.
        height: of the figure.
        **settings: as `matplotlib.figure.Figure.subplots` takes them.

    Returns:
        The figure, and the axes as an array `(rows, columns)`.
    """
    sheet = Figure(figsize=(width, height), facecolor=style.paper, layout="constrained")
    sheet.get_layout_engine().set(w_pad=0.06, h_pad=0.06)  # type: ignore[union-attr]  # "constrained" has both
    grid_of_axes = sheet.subplots(rows, columns, squeeze=False, **settings)
    for axes in grid_of_axes.flat:
        _dress(axes, style)
    return sheet, grid_of_axes


def _dress(axes: Axes, style: Style) -> None:
    """Thin lines below and at the left, and numbers in the style's font."""
    axes.set_facecolor(style.paper)
    axes.tick_params(
        which="both",
        color=style.line,
        labelcolor=style.muted,
        labelsize=SMALL,
        labelfontfamily=families(),  # type: ignore[arg-type]  # a list of names is taken, as by every font setting
        width=0.8,
        length=3,
        pad=4,
    )
    axes.tick_params(which="minor", length=0)
    for side, spine in axes.spines.items():
        spine.set_visible(side in {"left", "bottom"})
        spine.set_color(style.line)
        spine.set_linewidth(0.8)


def grid(axes: Axes, style: Style, along: str = "y") -> None:
    """Hairlines behind the data, across the axis `along`, in place of its spine and ticks."""
    axes.grid(visible=True, axis=along, which="major", color=style.line, linewidth=0.6)  # type: ignore[arg-type]
    axes.set_axisbelow(True)
    axes.spines["left" if along == "y" else "bottom"].set_visible(False)
    axes.tick_params(axis=along, which="both", length=0)  # type: ignore[arg-type]


def write(axes: Axes, x: float, y: float, words: str, color: str, **settings: Any) -> Text:
    """Text at `(x, y)`, in the axes' data unless `transform` says otherwise."""
    settings = {"fontsize": TEXT_SIZE, "clip_on": False} | settings
    return axes.text(x, y, words, color=color, fontfamily=families(), parse_math=False, **settings)


def name_axes(axes: Axes, style: Style, x: str, y: str) -> None:
    """What the axes count: below, and above the upright axis, where it is read without turning the head."""
    settings = {"color": style.muted, "fontsize": SMALL, "fontfamily": families(), "parse_math": False}
    axes.set_xlabel(x, labelpad=4, **settings)
    axes.set_title(y, loc="left", pad=8, **settings)


def label_classes(
    axis: Axis, positions: list[int], names: list[str], style: Style, size: float, **settings: Any
) -> None:
    """Names at `positions` of `axis`, none of them read as mathematics."""
    axis.set_ticks(positions, names)
    axis.set_tick_params(length=0)
    for label in axis.get_ticklabels():
        label.set(color=style.ink, fontsize=size, parse_math=False, **settings)


def label_ends(axes: Axes, labels: list[tuple[float, str, str]]) -> None:
    """Direct labels right of the axes: `(height in data, words, colour)`, moved apart where they would overlap."""
    across = axes.get_xlim()[0]

    def drawn(height: float) -> float:
        """The height as the axes draw it, on a linear or a logarithmic scale."""
        return float(axes.transScale.transform((across, height))[1])

    low, high = map(drawn, axes.get_ylim())
    placed: list[float] = []
    ordered = sorted(labels, key=lambda label: label[0])
    for value, _, _ in ordered:
        wanted = (drawn(value) - low) / (high - low)
        placed.append(max(wanted, placed[-1] + LABEL_GAP) if placed else max(wanted, 0.0))
    surplus = max(0.0, placed[-1] - 1.0) if placed else 0.0
    for (_, words, color), height in zip(ordered, placed, strict=True):
        write(axes, 1.02, height - surplus, words, color, transform=axes.transAxes, va="center", ha="left")


def plain_numbers(axis: Axis) -> None:
    """Ticks as `0.001` or `1e-5` rather than powers of ten, which would need mathematics."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: figure(value)))


def whole_numbers(axis: Axis) -> None:
    """Ticks as `10,000`."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: count(value)))
