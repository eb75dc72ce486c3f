"""The learning rate that was in force at each step."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from trainwell.errors import InputError
from trainwell.report.figures.canvas import canvas, grid, label_ends, name_axes, plain_numbers, whole_numbers, write
from trainwell.report.figures.plate import Plate, absent
from trainwell.report.palette import LIGHT
from trainwell.report.run_values import signal
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
    return draw_schedule(np.asarray(series.values, dtype=float), series.at, "learning rate", style)


def draw_schedule(
    values: np.ndarray, at: np.ndarray | None = None, quantity: str = "learning rate", style: Style = LIGHT
) -> Figure:
    """The same from plain numbers.

    Args:
        values: `(steps,)`, the rate or momentum in force at each step.
        at: `(steps,)`, the steps; counted from 0 where not given.
        quantity: what the values are, in a word or two.
        style: light or dark.

    Raises:
        InputError: there are no values.
    """
    if len(values) == 0:
        raise InputError("There are no steps to draw a schedule over.", "Give at least one step.")
    values = np.asarray(values, dtype=float)
    at = np.arange(len(values)) if at is None else at
    sheet, axes = canvas(style)
    marker = "o" if len(values) == 1 else ""
    axes.plot(at, values, color=style.accent, linewidth=1.8, marker=marker, markersize=4)
    top = float(np.nanmax(values)) if np.isfinite(values).any() else 0.0
    axes.set_ylim(0, top * 1.12 or 1.0)
    axes.set_xlim(0, float(at[-1]) * 1.02 or 1.0)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, min_n_ticks=1))
    whole_numbers(axes.xaxis)
    plain_numbers(axes.yaxis)
    name_axes(axes, style, "step", quantity)
    grid(axes, style)
    if np.isfinite(values[-1]):
        label_ends(axes, [(float(values[-1]), figure(values[-1], 3), style.accent)])
    if top > float(np.nan_to_num(values[-1])) * 1.05:
        peak = float(at[int(np.nanargmax(values))])
        axes.plot(peak, top, marker="o", markersize=5, color=style.accent, markeredgecolor=style.paper)
        late = peak > 0.7 * at[-1]  # then the words go to the left of the peak
        beside = peak + 0.015 * float(at[-1]) * (-1 if late else 1)
        write(axes, beside, top * 1.03, figure(top, 3), style.accent, ha="right" if late else "left")
    return sheet
