"""The learning rate that was in force at each step."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from trainwell.report.facts import signal
from trainwell.report.figures.canvas import canvas, grid, label_ends, name_axes, plain_numbers, whole_numbers, write
from trainwell.report.figures.plate import Plate, absent
from trainwell.report.palette import LIGHT
from trainwell.report.wording import figure, plural

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from trainwell.report.palette import Style
    from trainwell.run import Run


def plates(run: Run) -> list[Plate]:
    """The figure, where the learning rate was recorded."""
    if signal(run, "learning_rate") is None:
        return []
    return [Plate("learning_rate", "Learning rate over steps", describe(run), partial(learning_rate, run))]


def describe(run: Run) -> str:
    """What the curve shows, in words."""
    series = signal(run, "learning_rate")
    if series is None:
        return ""
    rates = np.asarray(series.values, dtype=float)
    steps = plural(int(series.at[-1]), "step")
    if np.allclose(rates, rates[0], rtol=1e-6, atol=0):
        return f"The learning rate over {steps}: {figure(rates[0], 3)} throughout."
    return (
        f"The learning rate over {steps}: from {figure(rates[0], 3)}, at most {figure(np.nanmax(rates), 3)}, "
        f"to {figure(rates[-1], 3)}."
    )


def learning_rate(run: Run, style: Style = LIGHT) -> Figure:
    """The learning rate over the steps.

    Raises:
        InputError: the run holds no `learning_rate`.
    """
    series = signal(run, "learning_rate")
    if series is None:
        raise absent("`learning_rate` signal")
    rates = np.asarray(series.values, dtype=float)
    sheet, axes = canvas(style)
    marker = "o" if len(rates) == 1 else ""
    axes.plot(series.at, rates, color=style.accent, linewidth=1.8, marker=marker, markersize=4)
    top = float(np.nanmax(rates)) if np.isfinite(rates).any() else 0.0
    axes.set_ylim(0, top * 1.12 or 1.0)
    axes.set_xlim(0, float(series.at[-1]) * 1.02)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, min_n_ticks=1))
    whole_numbers(axes.xaxis)
    plain_numbers(axes.yaxis)
    name_axes(axes, style, "step", "learning rate")
    grid(axes, style)
    peak = int(np.nanargmax(rates)) if top else 0
    if np.isfinite(rates[-1]):
        label_ends(axes, [(float(rates[-1]), figure(rates[-1], 3), style.accent)])
    if top > float(np.nan_to_num(rates[-1])) * 1.05:
        axes.plot(series.at[peak], top, marker="o", markersize=5, color=style.accent, markeredgecolor=style.paper)
        late = series.at[peak] > 0.7 * series.at[-1]  # then the words go to the left of the peak
        offset = 0.015 * float(series.at[-1]) * (-1 if late else 1)
        write(
            axes,
            float(series.at[peak]) + offset,
            top * 1.03,
            figure(top, 3),
            style.accent,
            ha="right" if late else "left",
        )
    return sheet
