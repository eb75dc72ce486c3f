"""The loss and each metric over the epochs, training and validation, the best epoch marked.

The scale is logarithmic only where the values span more than a factor of 20; then the smallest differences, not the
first epochs, are what is read. Values that are not finite leave a gap.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from trainwell.report.figures.canvas import canvas, grid, label_ends, name_axes, plain_numbers, whole_numbers, write
from trainwell.report.figures.plate import Plate, absent
from trainwell.report.metrics import spoken
from trainwell.report.palette import LIGHT
from trainwell.report.run_values import best_epoch, is_regression, metric_names, signal
from trainwell.report.wording import figure, plural, reading

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from trainwell.report.palette import Style
    from trainwell.run import Run, Series

_WIDE_SPAN = 20
FEW_EPOCHS = 12  # up to here each epoch is marked, and a lone epoch is a dot rather than nothing


def plates(run: Run) -> list[Plate]:
    """A figure of the loss and one of each metric, as far as they were recorded."""
    names = [name for name in ("loss", *metric_names(run)) if _parts(run, name)]
    return [
        Plate(
            _file_name(name),
            f"{_called(run, name).capitalize()} over epochs",
            describe(run, name),
            partial(_draw, run, name),
        )
        for name in names
    ]


def curve(run: Run, name: str = "loss", style: Style = LIGHT) -> Figure:
    """The loss (`name="loss"`) or a metric over the epochs, training and validation.

    Raises:
        InputError: the run holds no such signal.
    """
    if not _parts(run, name):
        raise absent(f"`train/{name}` or `validation/{name}`")
    return _draw(run, name, style)


def describe(run: Run, name: str) -> str:
    """What the curves show, in words."""
    phrases = []
    for part, series in _parts(run, name).items():
        first, last = float(series.values[0]), float(series.values[-1])
        phrases.append(
            f"{part} {figure(first)}" if len(series.values) == 1 else f"{part} from {figure(first)} to {figure(last)}"
        )
    length = max(len(series.values) for series in _parts(run, name).values())
    words = f"{_called(run, name).capitalize()} over {plural(length, 'epoch')}: {', '.join(phrases)}."
    best = best_epoch(run)
    return words if best is None else f"{words} The best epoch was {best}."


def _called(run: Run, name: str) -> str:
    """The signal in words; the loss of a regression is taken on the scaled target, not in the target's units."""
    return "loss on the scaled target" if name == "loss" and is_regression(run) else spoken(name)


def _file_name(name: str) -> str:
    return "".join(character if character.isalnum() else "_" for character in name)


def _parts(run: Run, name: str) -> dict[str, Series]:
    parts = {"training": signal(run, f"train/{name}"), "validation": signal(run, f"validation/{name}")}
    return {part: series for part, series in parts.items() if series is not None and series.values.ndim == 1}


def _draw(run: Run, name: str, style: Style) -> Figure:
    sheet, axes = canvas(style)
    colors = {"training": style.quiet, "validation": style.accent}
    parts = _parts(run, name)
    _scale(axes, parts)
    labels = []
    for part, series in parts.items():
        marker = "o" if len(series.values) <= FEW_EPOCHS else ""
        values = np.asarray(series.values, dtype=float)
        width = 2.0 if part == "validation" else 1.6
        axes.plot(series.at, values, color=colors[part], linewidth=width, marker=marker, markersize=3.5)
        known = values[np.isfinite(values)]
        if known.size:
            color = style.muted if part == "training" else style.accent
            labels.append((float(known[-1]), f"{part} {reading(known[-1])}", color))
    unit, called = next(iter(parts.values())).unit, _called(run, name)
    name_axes(axes, style, "epoch", f"{called} ({unit})" if unit and unit != "share" else called)
    grid(axes, style)
    label_ends(axes, labels)
    _mark_best(run, axes, parts, style)
    return sheet


def _scale(axes: Axes, parts: dict[str, Series]) -> None:
    scale_epochs(
        axes,
        np.concatenate([series.at for series in parts.values()]),
        np.concatenate([np.asarray(series.values, dtype=float) for series in parts.values()]),
    )


def scale_epochs(axes: Axes, epochs: np.ndarray, values: np.ndarray) -> None:
    """Limits and ticks for curves over epochs; a logarithmic scale where the finite values, all above 0, span far."""
    values = values[np.isfinite(values)]
    room = max(0.5, 0.02 * float(np.ptp(epochs))) if np.ptp(epochs) == 0 else 0.02 * float(np.ptp(epochs))
    axes.set_xlim(epochs.min() - room, epochs.max() + room)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True, min_n_ticks=1))
    whole_numbers(axes.xaxis)
    if values.size and values.min() > 0 and values.max() > _WIDE_SPAN * values.min():
        axes.set_yscale("log")
        axes.set_ylim(values.min() / 1.2, values.max() * 1.2)
    elif values.size:
        spread = float(np.ptp(values)) or max(abs(float(values[0])) * 0.1, 0.05)
        axes.set_ylim(values.min() - 0.08 * spread, values.max() + 0.08 * spread)
    plain_numbers(axes.yaxis)


def _mark_best(run: Run, axes: Axes, parts: dict[str, Series], style: Style) -> None:
    """A line at the best epoch, and a dot on the validation curve with its value."""
    best = best_epoch(run)
    left, right = axes.get_xlim()
    if best is None or not left <= best <= right:
        return
    axes.axvline(best, color=style.contrast, linewidth=0.9, linestyle=(0, (2, 2)), zorder=1.5)
    words = f"best: epoch {best}"
    shown = parts.get("validation", next(iter(parts.values())))
    at_best = np.asarray(shown.values, dtype=float)[shown.at == best]
    if at_best.size and np.isfinite(at_best[0]):
        axes.plot(
            [best], at_best[:1], marker="o", markersize=6, color=style.contrast, markeredgecolor=style.paper, zorder=4
        )
        words += f", {reading(float(at_best[0]))}"
    share = (best - left) / (right - left)
    side = "right" if share > 0.75 else "left" if share < 0.25 else "center"  # noqa: PLR2004 -- keeps the words inside
    write(axes, share, 1.015, words, style.contrast, transform=axes.transAxes, ha=side, va="bottom", fontsize=8.5)
