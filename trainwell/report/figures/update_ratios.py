"""How much a step changes the weights, as a share of their size: about a thousandth in a training that goes well.

Few layers are drawn each; of many, the first, the last, the median and the range. A layer whose weights are all 0 has
no ratio and leaves a gap.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from trainwell.report.figures.canvas import canvas
from trainwell.report.figures.layers import ByLayer, weights
from trainwell.report.figures.lines import Limit, Line, draw_lines
from trainwell.report.figures.plate import Plate, absent
from trainwell.report.palette import LIGHT
from trainwell.report.wording import figure, plural

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from trainwell.report.palette import Style
    from trainwell.run import Run

REFERENCE = 1e-3  # Karpathy, "A recipe for training neural networks" (2019)
_FEW = 4


def plates(run: Run) -> list[Plate]:
    """The figure, where updates and weights were recorded."""
    ratios = _ratios(run)
    if ratios is None:
        return []
    heading = "Update of the weights, as a share of them"
    return [Plate("update_ratios", heading, _describe(ratios), partial(update_ratios, run))]


def _describe(ratios: ByLayer) -> str:
    known = [
        (name, float(row[np.isfinite(row)][-1]))
        for name, row in zip(ratios.names, ratios.values, strict=True)
        if np.isfinite(row).any()
    ]
    words = f"Update by weight of {plural(len(ratios.names), 'layer')}; about 0.001 is common."
    if known:
        least, most = min(known, key=lambda each: each[1]), max(known, key=lambda each: each[1])
        words += f" At the end from {figure(least[1], 2)} ({least[0]}) to {figure(most[1], 2)} ({most[0]})."
    return words


def _ratios(run: Run) -> ByLayer | None:
    updates, sizes = weights(run, "update_rms"), weights(run, "weight_rms")
    if updates is None or sizes is None or updates.names != sizes.names or not np.array_equal(updates.at, sizes.at):
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.where(updates.seen & sizes.seen & (sizes.values > 0), updates.values / sizes.values, np.nan)
    if not (values > 0).any():
        return None  # nothing moved: there is no scale to draw that on
    return ByLayer(updates.names, updates.at, values, updates.seen & sizes.seen, updates.axis)


def update_ratios(run: Run, style: Style = LIGHT) -> Figure:
    """Root mean square of each step's update by that of the weights, over the steps.

    Raises:
        InputError: the run holds no updates or no weights.
    """
    ratios = _ratios(run)
    if ratios is None:
        raise absent("`update_rms` beside `weight_rms`")
    sheet, axes = canvas(style)
    shown = np.where(np.isfinite(ratios.values) & (ratios.values > 0), ratios.values, np.nan)
    many = len(ratios.names) > _FEW
    draw_lines(
        axes,
        _lines(ratios, shown, style),
        style,
        axis=ratios.axis,
        quantity="update / weight" + (", the range of all layers behind" if many else ""),
        limit=Limit(REFERENCE, "about 0.001 is common"),
        gaps=True,
        logarithmic=True,
        also=shown[np.isfinite(shown)],
    )
    if many:
        known = np.isfinite(shown).any(axis=0)
        low, high = np.nanmin(shown[:, known], axis=0), np.nanmax(shown[:, known], axis=0)
        axes.fill_between(ratios.at[known], low, high, color=style.quiet, alpha=0.16, linewidth=0)
    return sheet


def _lines(ratios: ByLayer, shown: np.ndarray, style: Style) -> list[Line]:
    """Every layer where they are few; else the median, the last and the first."""
    first, last = 0, len(ratios.names) - 1
    if len(ratios.names) <= _FEW:
        middle = [Line(ratios.at, shown[row], style.quiet, ratios.names[row], style.muted) for row in range(1, last)]
    else:
        with np.errstate(all="ignore"):
            known = np.isfinite(shown).any(axis=0)
            median = np.full(shown.shape[1], np.nan)
            median[known] = np.nanmedian(shown[:, known], axis=0)
        middle = [Line(ratios.at, np.where(known, median, np.nan), style.quiet, "median", style.muted)]
    ends = [Line(ratios.at, shown[last], style.contrast, ratios.names[last])] if last else []
    return [*middle, *ends, Line(ratios.at, shown[first], style.accent, ratios.names[first], width=1.8)]
