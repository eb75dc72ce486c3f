"""Layers by steps as colours: where gradients vanish or explode, where signals die out, which units never fire.

Rows are layers in the order of the calls, columns the steps or epochs that were looked at, each as wide as any other:
the first steps are looked at more densely. Many layers and many moments are binned: a bin is not finite where any of
its values is, so that none is lost, and else their mean (on a logarithmic scale their geometric mean).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.patches import Rectangle

from trainwell.report.figures.canvas import SMALL, canvas, label_classes, name_axes, write
from trainwell.report.figures.layers import ByLayer, bins, outputs, weights
from trainwell.report.figures.plate import Plate
from trainwell.report.palette import LIGHT, blend, channels
from trainwell.report.wording import count, figure, plural, share, shorten

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from trainwell.report.palette import Style
    from trainwell.run import Run

_MOST_ROWS = 120
_MOST_COLUMNS = 160
_MOST_NAMES = 26
_NAME = 22  # characters
_MOST_DECADES = 12  # of a scale: what is smaller has vanished
_ROW = 0.19  # inches of a layer that is named
_WIDTH = 6.4
_SHADES = 256
_WORTH_A_LOOK = 0.05  # share of units

_KINDS: tuple[tuple[str, str, str, Callable[[Run, str], ByLayer | None], bool], ...] = (
    ("gradients", "Gradients of the weights", "gradient_rms", weights, True),
    ("activations", "Deviation of the layers' outputs", "output_deviation", outputs, True),
    ("silent_units", "Units that never fire", "inference/output_zero_units", outputs, False),
)


def plates(run: Run) -> list[Plate]:
    """Heat maps of gradients, of outputs and of silent units, as far as they were recorded and say something."""
    found = []
    for name, heading, signal, read, logarithmic in _KINDS:
        table = read(run, signal)
        if table is not None and not logarithmic:
            table = _with_some(table)
        if table is not None and (len(table.names) > 1 or not logarithmic):
            words = describe(table, heading, logarithmic=logarithmic)
            draw = partial(draw_heat_map, table, logarithmic=logarithmic)
            found.append(Plate(name, heading, words, draw))
    return found


def _with_some(table: ByLayer) -> ByLayer | None:
    """The layers that ever have a value above 0; `None` where none has more than a few percent."""
    if not (table.values > _WORTH_A_LOOK).any():
        return None
    kept = np.flatnonzero((table.values > 0).any(axis=1))
    names = tuple(table.names[row] for row in kept)
    return ByLayer(names, table.at, table.values[kept], table.seen[kept], table.axis)


def describe(table: ByLayer, heading: str, *, logarithmic: bool) -> str:
    """What the colours show, in words: the first and the last layer at the last moment, and what is not finite."""
    spell = partial(figure, digits=3) if logarithmic else share
    moments = plural(len(table.at), table.axis)
    words = f"{heading} of {plural(len(table.names), 'layer')} at {moments}."
    last = table.values[:, -1]
    if np.isfinite(last[[0, -1]]).all() and table.seen[[0, -1], -1].all():
        words += (
            f" At {table.axis} {count(table.at[-1])}: {table.names[0]} {spell(float(last[0]))}, "
            f"{table.names[-1]} {spell(float(last[-1]))}."
        )
    lost = (~np.isfinite(table.values) & table.seen).any(axis=1)
    if lost.any():
        words += f" Not finite in {plural(int(lost.sum()), 'layer')}."
    return words


def draw_heat_map(table: ByLayer, style: Style = LIGHT, *, logarithmic: bool = True) -> Figure:
    """Rows are layers, first on top; columns are steps or epochs.

    Args:
        table: the signal by layer.
        style: light or dark.
        logarithmic: whether powers of ten are as wide apart everywhere; else the scale goes from 0 to 1.
    """
    values, rows, columns = _binned(table, logarithmic=logarithmic)
    height = 1.05 + min(max(len(rows) * _ROW, 0.8), 5.4)
    sheet, axes = canvas(style, _WIDTH, height)
    low, high, cut = _range(values, logarithmic=logarithmic)
    axes.imshow(_colors(values, low, high, style, logarithmic=logarithmic), aspect="auto", interpolation="nearest")
    for spine in axes.spines.values():
        spine.set_visible(False)
    _name_rows(axes, table, rows, style)
    _name_columns(axes, table, columns)
    name_axes(axes, style, f"{table.axis} (those that were looked at)", "")
    _legend(axes, values, (low, high, cut), style, logarithmic=logarithmic)
    return sheet


def _binned(table: ByLayer, *, logarithmic: bool) -> tuple[np.ndarray, list[np.ndarray], list[np.ndarray]]:
    """Values by bin, NaN where nothing was seen, infinite where not finite; and the rows and columns of each bin."""
    rows, columns = bins(len(table.names), _MOST_ROWS), bins(len(table.at), _MOST_COLUMNS)
    values = np.full((len(rows), len(columns)), np.nan)
    for row, layers in enumerate(rows):
        for column, moments in enumerate(columns):
            block = np.ix_(layers, moments)
            values[row, column] = _mean(table.values[block][table.seen[block]], logarithmic=logarithmic)
    return values, rows, columns


def _mean(values: np.ndarray, *, logarithmic: bool) -> float:
    if not values.size:
        return np.nan
    if not np.isfinite(values).all():
        return np.inf
    if not logarithmic:
        return float(values.mean())
    positive = values[values > 0]
    return float(np.exp(np.log(positive).mean())) if positive.size else 0.0


def _range(values: np.ndarray, *, logarithmic: bool) -> tuple[float, float, bool]:
    """The ends of the scale, and whether some values lie below it."""
    if not logarithmic:
        return 0.0, 1.0, False
    positive = values[np.isfinite(values) & (values > 0)]
    if not positive.size:
        return 0.1, 1.0, False
    low, high = float(positive.min()), float(positive.max())
    least = high / 10.0**_MOST_DECADES
    if high < low * 10:
        middle = np.sqrt(low * high)
        return middle / np.sqrt(10), middle * np.sqrt(10), False
    return max(low, least), high, low < least


def _ramp(style: Style) -> np.ndarray:
    """From a hint of the accent to its darkest (or, on dark paper, its lightest) shade."""
    start, end = blend(style.paper, style.accent, 0.10), blend(style.accent, style.ink, 0.72)
    stops = np.array([channels(color) for color in (start, style.accent, end)])
    where = np.linspace(0, 1, _SHADES)
    return np.stack([np.interp(where, (0, 0.6, 1), stops[:, channel]) for channel in range(3)], axis=1)


def _colors(values: np.ndarray, low: float, high: float, style: Style, *, logarithmic: bool) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        places = np.log(values / low) / np.log(high / low) if logarithmic else (values - low) / (high - low)
    shades = np.nan_to_num(np.clip(places, 0, 1) * (_SHADES - 1)).astype(int)
    image = _ramp(style)[shades]
    if logarithmic:
        image[values == 0] = channels(_zero(style))
    image[np.isinf(values)] = channels(style.contrast)
    image[np.isnan(values)] = channels(style.paper)
    return image


def _zero(style: Style) -> str:
    return blend(style.paper, style.contrast, 0.38)


def _name_rows(axes: Axes, table: ByLayer, rows: list[np.ndarray], style: Style) -> None:
    every = -(-len(rows) // _MOST_NAMES)
    shown = list(range(0, len(rows), every))
    if len(rows) - 1 - shown[-1] >= 0.75 * every:
        shown.append(len(rows) - 1)
    else:
        shown[-1] = len(rows) - 1
    names = [shorten(table.names[rows[place][0 if place == 0 else -1]], _NAME) for place in shown]
    label_classes(axes.yaxis, shown, names, style, SMALL if len(shown) <= _MOST_NAMES // 2 else 7.5)


def _name_columns(axes: Axes, table: ByLayer, columns: list[np.ndarray]) -> None:
    most = 9
    shown = np.unique(np.linspace(0, len(columns) - 1, min(len(columns), most)).round().astype(int))
    axes.xaxis.set_ticks(shown, [count(int(table.at[columns[place][0]])) for place in shown])


def _legend(
    axes: Axes, values: np.ndarray, scale: tuple[float, float, bool], style: Style, *, logarithmic: bool
) -> None:
    """The scale and what stands outside of it, above the map at the right."""
    low, high, cut = scale
    spell = partial(figure, digits=2) if logarithmic else partial(share, digits=0)
    top = axes.figure.get_size_inches()[1]  # type: ignore[union-attr]
    thick, above = 0.11 / (top - 0.75), 0.10 / (top - 0.75)
    left, width = 0.69, 0.2
    graded = not logarithmic or bool((np.isfinite(values) & (values > 0)).any())
    if graded:
        bar = axes.inset_axes((left, 1 + above, width, thick))
        bar.imshow(_ramp(style)[None], aspect="auto")
        bar.set_axis_off()
    middle = 1 + above + thick / 2
    settings = {"transform": axes.transAxes, "va": "center", "fontsize": SMALL}
    if graded:
        write(axes, left - 0.012, middle, f"{'≤ ' if cut else ''}{spell(low)}", style.muted, ha="right", **settings)
        write(axes, left + width + 0.016, middle, spell(high), style.muted, ha="left", **settings)
    outside = []
    if logarithmic and (values == 0).any():
        outside.append((_zero(style), "exactly 0"))
    if np.isinf(values).any():
        outside.append((style.contrast, "not finite"))
    at = 0.0
    for color, words in outside:
        axes.add_patch(
            Rectangle(
                (at, 1 + above), 0.022, thick, transform=axes.transAxes, clip_on=False, facecolor=color, linewidth=0
            )
        )
        write(axes, at + 0.032, middle, words, style.muted, ha="left", **settings)
        at += 0.2
