"""The learning rate over the training, a small panel for each schedule, all to one scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter

from trainwell.report.figures.canvas import SMALL, families
from trainwell.report.figures.comparison.looks import color as color_of
from trainwell.report.palette import LIGHT
from trainwell.report.wording import figure

if TYPE_CHECKING:
    from trainwell.report.comparison.result import Comparison
    from trainwell.report.palette import Style

_PANELS = 4  # beside one another


def rates(comparison: Comparison, style: Style = LIGHT) -> Figure:
    """A small panel for each schedule, all to one scale."""
    outcomes = [outcome for outcome in comparison.outcomes if outcome.rates.size]
    across = min(_PANELS, len(outcomes))
    down = -(-len(outcomes) // across)
    sheet = Figure(figsize=(1.75 * across, 1.45 * down), facecolor=style.paper, layout="constrained")
    top = max(float(np.nanmax(outcome.rates)) for outcome in outcomes)
    for place, outcome in enumerate(outcomes):
        axes = sheet.add_subplot(down, across, place + 1, facecolor=style.paper)
        color = color_of(outcome, style)
        by_epoch = len(outcome.rates) <= comparison.epochs
        at = np.arange(len(outcome.rates) + 1) * (1 if by_epoch else comparison.epochs / len(outcome.rates))
        values = np.append(outcome.rates, outcome.rates[-1])  # each rate holds until the next, the last until the end
        axes.plot(at, values, color=color, linewidth=1.8, drawstyle="steps-post" if by_epoch else "default")
        axes.fill_between(at, values, color=color, alpha=0.13, linewidth=0, step="post" if by_epoch else None)
        axes.set_xlim(0, comparison.epochs)
        axes.set_ylim(0, top * 1.08)
        axes.xaxis.set_major_locator(FixedLocator([0, comparison.epochs]))
        axes.yaxis.set_major_locator(FixedLocator([0, top]))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: figure(value, 2)))
        axes.tick_params(color=style.line, labelcolor=style.muted, labelsize=7.5, labelfontfamily=families(), length=0)
        for side, spine in axes.spines.items():
            spine.set_visible(side == "bottom")
            spine.set_color(style.line)
        if place % across:
            axes.tick_params(labelleft=False)
        if place + across < len(outcomes):
            axes.tick_params(labelbottom=False)
        axes.set_title(
            outcome.choice, loc="left", fontsize=SMALL, color=style.ink, fontfamily=families(), parse_math=False, pad=4
        )
    sheet.supxlabel("epoch", fontsize=SMALL, color=style.muted, fontfamily=families(), x=0.02, ha="left")
    return sheet
