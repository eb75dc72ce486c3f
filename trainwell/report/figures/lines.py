"""Curves over steps or epochs beside each other, with a limit: what the figures of a diagnosis are made of.

Long curves keep the least and the largest value of each stretch, so that no spike is lost. Where values stop being
finite, a line marks the place. More than a few curves are told apart by colour only as far as one of them matters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from trainwell.report.figures.canvas import SMALL, grid, label_ends, name_axes, plain_numbers, whole_numbers, write
from trainwell.report.wording import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from trainwell.report.palette import Style

_WIDE_SPAN = 20
_FEW_POINTS = 12
_MOST_POINTS = 600
_LABEL = 20  # characters
_FEW_DECADES = 30  # a span in which powers of ten alone are too few ticks
_MOST_DECADES = 12


@dataclass(frozen=True)
class Line:
    """One curve.

    Args:
        at: `(points,)`, steps or epochs.
        values: `(points,)`; those that are not finite leave a gap.
        color: of the line.
        label: at its end; `""` for none.
        label_color: of the label; that of the line where not given.
        width: of the line, in points.
    """

    at: np.ndarray
    values: np.ndarray
    color: str
    label: str = ""
    label_color: str = ""
    width: float = 1.6


@dataclass(frozen=True)
class Limit:
    """A height to be marked.

    Args:
        value: the height.
        label: what it is, at its left end.
    """

    value: float
    label: str


def draw_lines(
    axes: Axes,
    lines: Sequence[Line],
    style: Style,
    *,
    axis: str,
    quantity: str,
    limit: Limit | None = None,
    gaps: bool = False,
    logarithmic: bool | None = None,
    also: Sequence[float] | np.ndarray = (),
) -> None:
    """Draws the lines, with a limit as a dashed line where one is given.

    Args:
        axes: where to.
        lines: those that matter most last; they are drawn on top.
        style: light or dark.
        axis: what `at` counts.
        quantity: what the values are.
        limit: a height to be marked.
        gaps: whether values that are not finite are mere gaps, and not worth a mark.
        logarithmic: whether powers of ten are as wide apart everywhere; where the values span many if not given.
        also: further values that the scale must hold.
    """
    logarithmic = _scale(axes, lines, [*also, *([] if limit is None else [limit.value])], logarithmic)
    labels = []
    for line in lines:
        at, values = thinned(line.at, np.asarray(line.values, dtype=float))
        shown = np.where(values > 0, values, np.nan) if logarithmic else values
        shown = np.where(np.isfinite(shown), shown, np.nan)
        marker = "o" if len(line.at) <= _FEW_POINTS else ""
        axes.plot(at, shown, color=line.color, linewidth=line.width, marker=marker, markersize=3)
        finite = shown[np.isfinite(shown)]
        if line.label and finite.size:
            low, high = axes.get_ylim()
            label = shorten(line.label, _LABEL)
            labels.append((float(np.clip(finite[-1], low, high)), label, line.label_color or line.color))
    if limit is not None:
        axes.axhline(limit.value, color=style.ink, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1.8)
        _name_limit(axes, limit, lines, style)
    name_axes(axes, style, axis, quantity)
    grid(axes, style)
    label_ends(axes, labels)
    if not gaps:
        _mark_the_end(axes, lines, axis, style)


def _name_limit(axes: Axes, limit: Limit, lines: Sequence[Line], style: Style) -> None:
    """The limit's name inside the axes, at the end and on the side where fewer values are."""
    low, high = (float(axes.transScale.transform((0, end))[1]) for end in axes.get_ylim())
    height = (float(axes.transScale.transform((0, limit.value))[1]) - low) / (high - low)
    above = height < 0.9  # noqa: PLR2004 -- room for a line of text
    starts = [float(line.values[0]) for line in lines if np.isfinite(line.values[0]) and line.values[0] > 0]
    heights = [(float(axes.transScale.transform((0, start))[1]) - low) / (high - low) for start in starts]
    near = any(abs(start - height) < 0.2 for start in heights)  # noqa: PLR2004 -- where a curve would run through it
    write(
        axes,
        0.99 if near else 0.01,
        height + (0.012 if above else -0.012),
        limit.label,
        style.ink,
        transform=axes.transAxes,
        ha="right" if near else "left",
        va="bottom" if above else "top",
        fontsize=SMALL,
        bbox={"facecolor": style.paper, "alpha": 0.8, "linewidth": 0, "pad": 1},
    )


def thinned(at: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A long curve by the extremes of each of its stretches, in their order; a short one as it is."""
    if len(values) <= _MOST_POINTS:
        return at, values
    kept: list[int] = []
    for stretch in np.array_split(np.arange(len(values)), _MOST_POINTS // 2):
        inside = values[stretch]
        finite = np.flatnonzero(np.isfinite(inside))
        if not finite.size:
            kept.append(int(stretch[0]))
            continue
        ends = {int(finite[np.argmin(inside[finite])]), int(finite[np.argmax(inside[finite])])}
        kept += [int(stretch[place]) for place in sorted(ends)]
    return at[kept], values[kept]


def _scale(axes: Axes, lines: Sequence[Line], also: list[float], wanted: bool | None) -> bool:
    """Sets both scales; whether the upright one is logarithmic."""
    at = np.concatenate([line.at for line in lines])
    room = 0.02 * float(np.ptp(at)) or 0.5
    axes.set_xlim(at.min() - room, at.max() + room)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, min_n_ticks=1))
    whole_numbers(axes.xaxis)
    values = np.concatenate([np.asarray(line.values, dtype=float) for line in lines])
    values = values[np.isfinite(values)]
    shown = np.append(values, also)
    positive = shown[shown > 0]
    wide = positive.size and not (shown < 0).any() and positive.max() > _WIDE_SPAN * positive.min()
    if positive.size and (wide if wanted is None else wanted):
        top = float(positive.max())
        bottom = max(float(positive.min()), top / 10.0**_MOST_DECADES)
        axes.set_yscale("log")
        axes.set_ylim(bottom / 1.6, top * 1.6)
        few = top < _FEW_DECADES * bottom
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)) if few else LogLocator(numticks=6))
        axes.yaxis.set_minor_formatter(NullFormatter())
        plain_numbers(axes.yaxis)
        return True
    if shown.size:
        spread = float(np.ptp(shown)) or max(abs(float(shown[0])) * 0.1, 0.05)
        least, most = float(shown.min()), float(shown.max())
        bottom = least - 0.08 * spread
        axes.set_ylim(-0.02 * spread if least >= 0 > bottom else bottom, most + 0.1 * spread)
    plain_numbers(axes.yaxis)
    return False


def _mark_the_end(axes: Axes, lines: Sequence[Line], axis: str, style: Style) -> None:
    """A line where the first value that is not finite stands."""
    lost = [
        float(line.at[np.flatnonzero(bad)[0]])
        for line in lines
        if (bad := ~np.isfinite(np.asarray(line.values, dtype=float))).any()
    ]
    if not lost:
        return
    first = min(lost)
    axes.axvline(first, color=style.contrast, linewidth=0.9, linestyle=(0, (2, 2)), zorder=1.5)
    left, right = axes.get_xlim()
    share = (first - left) / (right - left)
    side = "right" if share > 0.6 else "left"  # noqa: PLR2004 -- keeps the words inside
    write(
        axes,
        share + (-0.01 if side == "right" else 0.01),
        0.03,
        f"not finite from {axis} {int(first):,}",
        style.contrast,
        transform=axes.transAxes,
        ha=side,
        va="bottom",
        fontsize=SMALL,
        bbox={"facecolor": style.paper, "alpha": 0.8, "linewidth": 0, "pad": 1},
    )
