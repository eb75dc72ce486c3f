"""The score of every seed, a row for each choice, the best on top.

What falls far behind the others is named at the edge: it would press the rest together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator

from trainwell.report.comparison.wording import score
from trainwell.report.figures.canvas import canvas, grid, label_classes, name_axes, plain_numbers, write
from trainwell.report.figures.comparison.looks import WIDTH, in_units, text_color
from trainwell.report.figures.comparison.looks import color as color_of
from trainwell.report.figures.comparison.looks import height as height_of
from trainwell.report.metrics import spoken
from trainwell.report.palette import LIGHT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from trainwell.report.comparison.result import Comparison
    from trainwell.report.palette import Style

_FAR = 4.0  # times the median distance to the best: what is further behind leaves the frame


def scores(comparison: Comparison, style: Style = LIGHT) -> Figure:
    """A row for each choice, best first: a dot a seed, the mean as a line, its value at the right."""
    outcomes = comparison.outcomes
    sheet, axes = canvas(style, WIDTH, height_of(len(outcomes)))
    low, high, far = _frame(comparison)
    axes.set_xlim(low, high)
    axes.set_ylim(len(outcomes) - 0.5, -0.5)
    best = comparison.best
    if best is not None:
        axes.axvline(best.mean, color=style.contrast, linewidth=0.9, linestyle=(0, (2, 2)), zorder=1.5)
    for place, outcome in enumerate(outcomes):
        color = color_of(outcome, style)
        if outcome.standing == "diverged":
            write(axes, 0.01, place, "diverged", style.contrast, transform=axes.get_yaxis_transform(), va="center")
            continue
        if outcome.choice in far:
            words = f"{'◂' if comparison.higher_is_better else '▸'} {score(outcome.mean, comparison)}"
            at, side = (0.01, "left") if comparison.higher_is_better else (0.99, "right")
            write(axes, at, place, words, style.muted, transform=axes.get_yaxis_transform(), va="center", ha=side)
            continue
        inside = [value for value in outcome.scores if low <= value <= high]
        axes.plot(inside, [place] * len(inside), "o", markersize=4.5, color=color, alpha=0.55, markeredgewidth=0)
        axes.plot([outcome.mean] * 2, [place - 0.3, place + 0.3], color=color, linewidth=2.4, solid_capstyle="round")
        write(
            axes,
            1.02,
            place,
            score(outcome.mean, comparison),
            text_color(outcome, style),
            transform=axes.get_yaxis_transform(),
            va="center",
        )
    label_classes(axes.yaxis, list(range(len(outcomes))), [outcome.choice for outcome in outcomes], style, 9.0)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6))
    _number_format(axes, comparison)
    what = spoken(comparison.metric)
    name_axes(axes, style, "", f"validation {what}{in_units(comparison)}: a dot a seed, the mean as a line")
    grid(axes, style, "x")
    axes.spines["left"].set_visible(False)
    return sheet


def _frame(comparison: Comparison) -> tuple[float, float, set[str]]:
    """Both ends of the axis of scores, and the choices that fall outside of it."""
    whole = [outcome for outcome in comparison.outcomes if not outcome.diverged]
    if not whole:
        return 0.0, 1.0, set()
    behind = np.array([outcome.behind for outcome in whole])
    limit = _FAR * max(float(np.median(behind)), 2 * max(outcome.spread for outcome in whole[: len(whole) // 2 + 1]))
    near = [outcome for outcome in whole if outcome.behind <= limit or limit == 0]
    values = np.concatenate([outcome.scores for outcome in near])
    room = 0.06 * (float(np.ptp(values)) or 0.02)
    far = {outcome.choice for outcome in whole} - {outcome.choice for outcome in near}
    wide = 2.5 * room if far else room  # for the words of those outside
    lower, upper = (wide, room) if comparison.higher_is_better else (room, wide)
    return float(values.min()) - lower, float(values.max()) + upper, far


def _number_format(axes: Axes, comparison: Comparison) -> None:
    if comparison.metric == "accuracy":
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.4g}%"))
    else:
        plain_numbers(axes.xaxis)
