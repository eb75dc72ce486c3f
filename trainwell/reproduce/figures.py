"""The curves of the seeds with the printed points on top, and the signal on its way through 100 layers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from trainwell.report.figures.canvas import canvas, grid, name_axes, whole_numbers, write
from trainwell.report.figures.depth import draw_depth
from trainwell.report.figures.plate import Plate
from trainwell.report.palette import LIGHT
from trainwell.report.wording import figure, plural
from trainwell.reproduce.experiment import VALIDATION
from trainwell.reproduce.table import accuracy, span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from trainwell.report.palette import Style
    from trainwell.reproduce.comparison import FigureComparison

_WIDE = 0.05  # from here on two decimals tell the ticks apart
_ROOM = 0.08  # of the values' span, above and below


def plate(comparison: FigureComparison) -> Plate:
    """The curves of one experiment."""
    name = comparison.experiment.name
    return Plate(
        name.replace("-", "_"), "Validation accuracy over epochs", describe(comparison), partial(curves, comparison)
    )


def depth_plates(comparisons: Sequence[FigureComparison]) -> list[Plate]:
    """Activations by depth, of the nets that were looked at: one figure before the training and one after it."""
    seen = [comparison for comparison in comparisons if comparison.depth]
    headings = {"before": "Before training", "after": "After training"}
    found = []
    for when, heading in headings.items() if seen else ():
        nets = {each.experiment.depth: _arrays(each.depth[when]) for each in seen}
        words = ", ".join(
            f"{name} from {figure(deviation[0], 2)} in the first layer to {figure(deviation[-1], 2)} in the last"
            for name, (_, deviation) in nets.items()
        )
        found.append(Plate(f"depth_{when}", heading, f"Deviation of outputs: {words}.", partial(draw_depth, nets)))
    return found


def _arrays(pair: tuple[list[float], list[float]]) -> tuple[np.ndarray, np.ndarray]:
    return np.asarray(pair[0]), np.asarray(pair[1])


def describe(comparison: FigureComparison) -> str:
    """What the figure shows, in words."""
    rows = comparison.of(VALIDATION)
    last = rows[-1]
    words = (
        f"{comparison.experiment.title}: validation accuracy of {plural(len(comparison.seeds), 'seed')} over "
        f"{plural(len(rows), 'epoch')}, at the end {span(last)}, median {accuracy(last.median)}."
    )
    printed = [f"{accuracy(row.printed)} in epoch {row.epoch}" for row in rows if row.printed is not None]
    return f"{words} Printed: {', '.join(printed)}." if printed else f"{words} The notes print none."


def curves(comparison: FigureComparison, style: Style = LIGHT) -> Figure:
    """Validation accuracy over the epochs: a thin line a seed, the median, and the notes' points."""
    rows = comparison.of(VALIDATION)
    epochs = np.array([row.epoch for row in rows])
    values = np.array([row.values for row in rows])  # (epochs, seeds)
    printed = [(row.epoch, row.printed) for row in rows if row.printed is not None]
    sheet, axes = canvas(style)
    if values.shape[1] > 1:
        axes.fill_between(epochs, values.min(axis=1), values.max(axis=1), color=style.accent, alpha=0.13, linewidth=0)
        axes.plot(epochs, values, color=style.accent, linewidth=0.7, alpha=0.55)
    median = np.median(values, axis=1)
    axes.plot(epochs, median, color=style.accent, linewidth=2.0)
    if printed:
        at, height = zip(*printed, strict=True)
        axes.plot(
            at,
            height,
            "o",
            color=style.contrast,
            markersize=6,
            markeredgecolor=style.paper,
            markeredgewidth=1,
            zorder=4,
        )
    shown = np.concatenate([values.ravel(), [value for _, value in printed]])
    room = _ROOM * (float(np.ptp(shown)) or 0.05)
    axes.set_ylim(shown.min() - room, shown.max() + room)
    axes.set_xlim(epochs[0] - 0.02 * len(epochs) - 0.1, epochs[-1] + 0.02 * len(epochs) + 0.1)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=10, integer=True, min_n_ticks=1))
    whole_numbers(axes.xaxis)
    axes.yaxis.set_major_formatter("{x:.2f}" if np.ptp(shown) > _WIDE else "{x:.3f}")
    name_axes(axes, style, "epoch", "validation accuracy")
    grid(axes, style)
    _name_curves(axes, comparison, style, printed=bool(printed))
    _mark_stages(axes, comparison, style)
    return sheet


def _name_curves(axes: Axes, comparison: FigureComparison, style: Style, *, printed: bool) -> None:
    """A key above the axes, right: the two colours are told in words."""
    seeds = plural(len(comparison.seeds), "seed")
    words = f"{seeds} and their median" if len(comparison.seeds) > 1 else seeds
    settings = {"transform": axes.transAxes, "ha": "right", "va": "bottom", "fontsize": 8.5}
    write(axes, 1.0, 1.085 if printed else 1.02, words, style.accent, **settings)
    if printed:
        write(axes, 1.0, 1.02, "● printed in the notes", style.contrast, **settings)


def _mark_stages(axes: Axes, comparison: FigureComparison, style: Style) -> None:
    """With transfer, where the head alone ends and all layers begin."""
    head = comparison.experiment.head_epochs
    if not head:
        return
    axes.axvline(head + 0.5, color=style.line, linewidth=1.0)
    low, high = axes.get_ylim()
    height = low + 0.04 * (high - low)
    write(axes, head + 0.35, height, "head alone", style.muted, ha="right", fontsize=8.5)
    write(axes, head + 0.65, height, "all layers", style.muted, ha="left", fontsize=8.5)
