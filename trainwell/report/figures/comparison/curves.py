"""The validation score over the epochs: each choice's median over the seeds, and their range as a band.

The axis of accuracies is stretched towards 100%, where good choices differ; names stand beside the ends of the lines.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from trainwell.report.figures.canvas import SMALL, canvas, grid, name_axes, plain_numbers, whole_numbers, write
from trainwell.report.figures.comparison.looks import WIDTH, in_units, text_color
from trainwell.report.figures.comparison.looks import color as color_of
from trainwell.report.figures.comparison.looks import height as height_of
from trainwell.report.metrics import spoken
from trainwell.report.palette import LIGHT
from trainwell.report.wording import figure

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from trainwell.report.comparison.result import Comparison, Outcome
    from trainwell.report.palette import Style

_LABEL = 0.2  # inches between two direct labels
_FEW_EPOCHS = 12
_WIDE_SPAN = 5  # of errors, from which on their axis is logarithmic
_SHARES = (0, 0.1, 0.2, 0.4, 0.6, 0.7, 0.8, 0.85, 0.9, 0.92, 0.94, 0.95, 0.96, 0.97, 0.98, 0.985, 0.99, 0.995, 0.999, 1)
_FINER = (50, 100, 200, 1000)  # equal parts of 1 to look for ticks in, where those above are too few
_FEWEST_TICKS = 4
_TICKS = 7


def curves(comparison: Comparison, style: Style = LIGHT) -> Figure:
    """The median over the seeds after each epoch, and the range of the seeds as a band."""
    shown = [outcome for outcome in comparison.outcomes if np.isfinite(outcome.curves).any()]
    height = height_of(len(shown))
    sheet, axes = canvas(style, WIDTH, height)
    stretch, least = _stretching(comparison)
    epochs = np.arange(1, comparison.epochs + 1)
    marker = "o" if comparison.epochs <= _FEW_EPOCHS else ""
    ends, extremes = [], []
    for outcome in reversed(shown):  # the best is drawn last, on top
        known = np.isfinite(outcome.curves).any(axis=0)
        table = stretch(outcome.curves[:, known])
        middle, lowest, highest = np.nanmedian(table, axis=0), np.nanmin(table, axis=0), np.nanmax(table, axis=0)
        color = color_of(outcome, style)
        front = outcome.standing in {"best", "within the noise"}
        axes.fill_between(epochs[known], lowest, highest, color=color, alpha=0.13, linewidth=0)
        axes.plot(epochs[known], middle, color=color, linewidth=1.8 if front else 1.3, marker=marker, markersize=3)
        ends.append((float(middle[-1]), float(epochs[known][-1]), outcome))
        extremes += [float(lowest.min()), float(highest.max())]
    room = 0.02 * (comparison.epochs - 1)
    axes.set_xlim(1 - room, comparison.epochs + room)
    spread = max(extremes) - min(extremes) or 0.1
    axes.set_ylim(min(extremes) - 0.04 * spread, max(extremes) + 0.04 * spread)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True, min_n_ticks=1))
    whole_numbers(axes.xaxis)
    _stretched_ticks(axes, comparison, stretch, least)
    what = spoken(comparison.metric)
    name_axes(axes, style, "epoch", f"validation {what}{in_units(comparison)}: median and range of the seeds")
    grid(axes, style)
    _label_lines(axes, ends, height, style)
    return sheet


def _stretching(comparison: Comparison) -> tuple[Callable[[np.ndarray], np.ndarray], float]:
    """What the curves' heights are: for accuracies -log10(1 - accuracy), for widely spread errors their logarithm."""
    if comparison.metric == "accuracy":
        least = 0.5 / comparison.rows["validation"]  # where no row was wrong
        return lambda values: -np.log10(np.maximum(1 - np.asarray(values, float), least)), least
    values = np.concatenate([outcome.curves.ravel() for outcome in comparison.outcomes])
    values = values[np.isfinite(values)]
    if values.min() > 0 and values.max() > _WIDE_SPAN * values.min():
        return lambda values: np.log10(np.asarray(values, float)), 0.0
    return lambda values: np.asarray(values, float), math.nan


def _stretched_ticks(
    axes: Axes, comparison: Comparison, stretch: Callable[[np.ndarray], np.ndarray], least: float
) -> None:
    if comparison.metric == "accuracy":
        bottom, top = axes.get_ylim()
        kept: list[tuple[float, float]] = []
        for shares in (_SHARES, *(np.linspace(0, 1, parts + 1).tolist() for parts in _FINER)):
            if len(kept) < _FEWEST_TICKS:
                places = [
                    (float(stretch(np.array(share))), share) for share in shares if least <= 1 - share or share == 1
                ]
                kept = _apart([place for place in places if bottom <= place[0] <= top], (top - bottom) / _TICKS / 1.6)
        axes.yaxis.set_major_locator(FixedLocator([height for height, _ in kept]))
        shown = dict(kept)
        axes.yaxis.set_major_formatter(
            FuncFormatter(lambda value, _: f"{100 * shown[min(shown, key=lambda height: abs(height - value))]:g}%")
        )
        axes.yaxis.set_minor_locator(NullLocator())
    elif least == 0.0:
        bottom, top = axes.get_ylim()
        rounded = [
            factor * 10.0**power for power in range(math.floor(bottom), math.ceil(top)) for factor in (1, 2, 3, 5, 7)
        ]
        places = [(math.log10(value), value) for value in rounded if bottom <= math.log10(value) <= top]
        axes.yaxis.set_major_locator(FixedLocator([height for height, _ in _apart(places, (top - bottom) / 12)]))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: figure(10**value, 3)))
    else:
        plain_numbers(axes.yaxis)


def _apart(places: list[tuple[float, float]], gap: float) -> list[tuple[float, float]]:
    """Those of the ascending places that keep a distance, from the highest down."""
    kept: list[tuple[float, float]] = []
    for place in reversed(places):
        if not kept or kept[-1][0] - place[0] >= gap:
            kept.append(place)
    return kept


def _label_lines(axes: Axes, ends: list[tuple[float, float, Outcome]], height: float, style: Style) -> None:
    """Names right of the axes, moved apart where they would overlap, each led to the end of its line."""
    low, high = axes.get_ylim()
    gap = _LABEL / (height - 0.9)
    ordered = sorted(ends, key=lambda end: end[0])
    wanted = [(end - low) / (high - low) for end, _, _ in ordered]
    placed = _spaced(wanted, gap)
    for (end, epoch, outcome), share in zip(ordered, placed, strict=True):
        leader = {"arrowstyle": "-", "color": color_of(outcome, style), "linewidth": 0.6, "shrinkA": 0, "shrinkB": 0}
        axes.annotate(
            "",
            (1.035, share),
            (epoch, end),
            xycoords="axes fraction",
            textcoords="data",
            arrowprops=leader,
            annotation_clip=False,
        )
        write(
            axes,
            1.045,
            share,
            outcome.choice,
            text_color(outcome, style),
            transform=axes.transAxes,
            va="center",
            fontsize=SMALL,
        )


def _spaced(wanted: list[float], gap: float) -> list[float]:
    """Ascending heights at least `gap` apart, close to those wanted and, where there is room, within 0 to 1."""
    groups: list[list[float]] = []  # centre and number of labels that stand together
    for height in wanted:
        groups.append([height, 1])
        while len(groups) > 1 and groups[-1][0] - groups[-2][0] < gap * (groups[-1][1] + groups[-2][1]) / 2:
            (one, few), (other, more) = groups[-2], groups[-1]
            groups[-2:] = [[(one * few + other * more) / (few + more), few + more]]
    placed = [centre + gap * (index - (size - 1) / 2) for centre, size in groups for index in range(int(size))]
    shift = max(0.0, -placed[0]) - max(0.0, placed[-1] - 1.0) if placed else 0.0
    return [height + shift for height in placed]
