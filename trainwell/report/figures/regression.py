"""For regression: predicted against true values, and the distribution of the residuals (predicted minus true).

Both are in the target's own unit. More than 2,000 points are drawn fainter, so that crowds are seen as such.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from trainwell.report.figures.canvas import canvas, grid, name_axes, plain_numbers, whole_numbers, write
from trainwell.report.figures.plate import Plate, absent
from trainwell.report.palette import LIGHT
from trainwell.report.run_values import signal, text
from trainwell.report.wording import figure, plural, share, shorten

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from trainwell.report.palette import Style
    from trainwell.run import Run

_CROWD = 2000
_MOST_BARS = 40


def plates(run: Run) -> list[Plate]:
    """Both figures, where predictions for the test part were recorded."""
    if _points(run) is None:
        return []
    return [
        Plate("predicted", "Predicted against true", describe_predicted(run), partial(predicted_and_true, run)),
        Plate("residuals", "Residuals", describe_residuals(run), partial(residuals, run)),
    ]


def describe_predicted(run: Run) -> str:
    """What the scatter shows, in words."""
    points = _points(run)
    if points is None:
        return ""
    true, predicted = points
    return (
        f"{plural(len(true), 'row')}: true values from {figure(true.min())} to {figure(true.max())}, "
        f"predictions from {figure(predicted.min())} to {figure(predicted.max())}."
    )


def describe_residuals(run: Run) -> str:
    """What the histogram shows, in words."""
    points = _points(run)
    if points is None:
        return ""
    errors = points[1] - points[0]
    return (
        f"Predicted minus true: on average {figure(errors.mean(), 3)}, half of the rows between "
        f"{figure(np.percentile(errors, 25), 3)} and {figure(np.percentile(errors, 75), 3)}."
    )


def predicted_and_true(run: Run, style: Style = LIGHT) -> Figure:
    """Each test row as a dot: across what is true, upright what was predicted.

    Raises:
        InputError: the run holds no predictions for the test part.
    """
    points = _points(run)
    if points is None:
        raise absent("`test/target` and `test/prediction`")
    true, predicted = points
    sheet, axes = canvas(style, 4.6, 4.4)
    crowded = len(true) > _CROWD
    axes.scatter(
        true,
        predicted,
        s=8 if crowded else 16,
        color=style.accent,
        alpha=0.25 if crowded else 0.55,
        linewidths=0,
        rasterized=crowded,
    )
    low, high = float(min(true.min(), predicted.min())), float(max(true.max(), predicted.max()))
    room = 0.05 * (high - low) or 1.0
    axes.set_xlim(low - room, high + room)
    axes.set_ylim(low - room, high + room)
    axes.set_aspect("equal")
    axes.plot([low - room, high + room], [low - room, high + room], color=style.muted, linewidth=0.9, zorder=1.5)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=6))
        plain_numbers(axis)
    target = shorten(text(run.data.target) or "target", 40)
    name_axes(axes, style, f"true {target}", f"predicted {target}")
    grid(axes, style)
    return sheet


def residuals(run: Run, style: Style = LIGHT) -> Figure:
    """How far off the predictions are, as a histogram.

    Raises:
        InputError: the run holds no predictions for the test part.
    """
    points = _points(run)
    if points is None:
        raise absent("`test/target` and `test/prediction`")
    errors = points[1] - points[0]
    sheet, axes = canvas(style, 5.6, 4.4)
    bars = int(np.clip(np.sqrt(len(errors)) * 1.5, 5, _MOST_BARS))
    reach = float(np.abs(errors).max()) or 1.0
    axes.hist(errors, bins=np.linspace(-reach, reach, bars + 1 - bars % 2), color=style.accent, rwidth=0.92)  # type: ignore[arg-type]
    axes.axvline(0, color=style.ink, linewidth=0.9)
    mean = float(errors.mean())
    axes.axvline(mean, color=style.contrast, linewidth=1.1, linestyle=(0, (2, 2)))
    settings = {"transform": axes.transAxes, "va": "top", "fontsize": 8.5}
    write(axes, 0.01, 0.98, f"too low: {share(float((errors < 0).mean()), 0)}", style.muted, ha="left", **settings)
    write(axes, 0.99, 0.98, f"too high: {share(float((errors > 0).mean()), 0)}", style.muted, ha="right", **settings)
    write(
        axes,
        mean,
        1.015,
        f"mean {figure(mean, 3)}",
        style.contrast,
        transform=axes.get_xaxis_transform(),
        ha="center",
        va="bottom",
        fontsize=8.5,
    )
    axes.set_xlim(-reach * 1.04, reach * 1.04)
    axes.margins(y=0.12)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=7))
    plain_numbers(axes.xaxis)
    whole_numbers(axes.yaxis)
    name_axes(axes, style, "predicted minus true", "rows")
    grid(axes, style)
    return sheet


def _points(run: Run) -> tuple[np.ndarray, np.ndarray] | None:
    """True and predicted values of the rows where both are finite."""
    true, predicted = signal(run, "test/target"), signal(run, "test/prediction")
    if true is None or predicted is None:
        return None
    one, other = (
        np.asarray(series.values, dtype=float).reshape(len(series.values), -1) for series in (true, predicted)
    )
    if one.shape != other.shape or one.shape[1] != 1:
        return None
    known = np.isfinite(one[:, 0]) & np.isfinite(other[:, 0])
    return (one[known, 0], other[known, 0]) if known.any() else None
