"""The learning-rate range test: the loss while the rate rises from step to step, the suggested rate marked.

Where the training diverges at the end, the loss leaves the frame on purpose: what is read is the fall before it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from trainwell.report.figures.canvas import canvas, grid, name_axes, plain_numbers, write
from trainwell.report.figures.plate import Plate, absent
from trainwell.report.palette import LIGHT
from trainwell.report.run_values import signal, text
from trainwell.report.wording import figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from trainwell.report.palette import Style
    from trainwell.run import Run


def plates(run: Run) -> list[Plate]:
    """The figure, where a range test was made."""
    if _points(run) is None:
        return []
    return [Plate("range_test", "Learning-rate range test", describe(run), partial(range_test, run))]


def describe(run: Run) -> str:
    """What the figure shows, in words."""
    points = _points(run)
    if points is None:
        return ""
    rates, losses = points
    lowest = rates[int(np.argmin(losses))]
    words = (
        f"The loss while the learning rate rises from {figure(rates[0], 3)} to {figure(rates[-1], 3)}: "
        f"lowest at {figure(lowest, 3)}."
    )
    chosen = run.fit.learning_rate
    return words if chosen is None else f"{words} The rate {_role(run)} is {figure(chosen, 3)}."


def range_test(run: Run, style: Style = LIGHT) -> Figure:
    """The loss over the learning rate, on a logarithmic axis.

    Raises:
        InputError: the run holds no range test.
    """
    points = _points(run)
    if points is None:
        raise absent("range test (`range_test/loss` over `range_test/learning_rate`)")
    rates, losses = points
    chosen = run.fit.learning_rate
    return draw_range_test(rates, losses, _smoothed(run, rates), chosen, _role(run), style)


def draw_range_test(
    rates: np.ndarray,
    losses: np.ndarray,
    smoothed: np.ndarray | None = None,
    chosen: float | None = None,
    role: str = "suggested",
    style: Style = LIGHT,
) -> Figure:
    """The same from plain numbers.

    Args:
        rates: `(steps,)`, above 0.
        losses: `(steps,)`.
        smoothed: `(steps,)`; drawn above the losses themselves.
        chosen: a rate to mark.
        role: what the marked rate is, in a word.
        style: light or dark.
    """
    sheet, axes = canvas(style)
    if smoothed is not None:
        axes.plot(rates, losses, color=style.quiet, linewidth=0.7, alpha=0.7)
        losses = smoothed
    axes.plot(rates, losses, color=style.accent, linewidth=1.8, marker="o" if len(rates) == 1 else "", markersize=4)
    axes.set_xscale("log")
    plain_numbers(axes.xaxis)
    plain_numbers(axes.yaxis)
    start, lowest = float(np.median(losses[: max(1, len(losses) // 10)])), float(losses.min())
    drop = (start - lowest) or abs(start) * 0.1 or 1.0
    axes.set_ylim(lowest - 0.12 * drop, start + 0.6 * drop)
    inside = rates[losses <= start + 0.6 * drop]
    axes.set_xlim(float(rates.min()) / 1.3, float(inside.max()) * 2)
    name_axes(axes, style, "learning rate", "loss")
    grid(axes, style)
    if chosen is not None and chosen > 0:
        left, right = axes.get_xlim()
        axes.set_xlim(min(left, chosen / 1.5), max(right, chosen * 1.5))
        axes.axvline(chosen, color=style.contrast, linewidth=1.1, linestyle=(0, (2, 2)))
        words = f"{role} {figure(chosen, 3)}"
        write(
            axes,
            chosen,
            1.015,
            words,
            style.contrast,
            transform=axes.get_xaxis_transform(),
            ha="center",
            va="bottom",
            fontsize=8.5,
        )
    return sheet


def _role(run: Run) -> str:
    """Whether the rate in use came from this test."""
    return "suggested" if "range" in text(run.fit.learning_rate_from).lower() else "used"


def _smoothed(run: Run, rates: np.ndarray) -> np.ndarray | None:
    """The smoothed loss, where it was recorded for the same rates."""
    series = signal(run, "range_test/smoothed_loss")
    if series is None or series.values.shape != rates.shape or not np.isfinite(series.values).all():
        return None
    return np.asarray(series.values, dtype=float)


def _points(run: Run) -> tuple[np.ndarray, np.ndarray] | None:
    """Rates and losses, where both are finite and the rate is above 0."""
    rates, losses = signal(run, "range_test/learning_rate"), signal(run, "range_test/loss")
    if rates is None or losses is None or rates.values.shape != losses.values.shape:
        return None
    one, other = np.asarray(rates.values, dtype=float), np.asarray(losses.values, dtype=float)
    known = np.isfinite(one) & np.isfinite(other) & (one > 0)
    return (one[known], other[known]) if known.any() else None
