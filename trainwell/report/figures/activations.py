"""Activations with their slopes, the stretches where they are flat shaded: one alone, or many in a grid.

Drawn from plain numbers: `trainwell.techniques.activation_curve` computes them with Keras's own functions. What is flat
beyond the drawn inputs is not seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matplotlib.ticker import MaxNLocator

from trainwell.errors import InputError
from trainwell.report.figures.canvas import SMALL, grid, label_ends, name_axes, panels, plain_numbers, write
from trainwell.report.palette import LIGHT

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from trainwell.report.palette import Style

_LOWEST, _HIGHEST = -2.2, 3.2  # of the outputs that are shown
_COLUMNS = 4


@dataclass(frozen=True)
class ActivationCurve:
    """An activation over a range of inputs.

    Args:
        title: as people write it.
        inputs: `(points,)`, rising.
        outputs: `(points,)`.
        slopes: `(points,)`.
        flat: stretches `(from, to)` of the inputs to shade.
    """

    title: str
    inputs: np.ndarray
    outputs: np.ndarray
    slopes: np.ndarray
    flat: tuple[tuple[float, float], ...]

    def figure(self, style: Style = LIGHT) -> Figure:
        """The activation and its slope; `trainwell.report.figures.save` writes it."""
        return draw_activation(self, style)


def draw_activation(curve: ActivationCurve, style: Style = LIGHT) -> Figure:
    """One activation and its slope, flat stretches shaded."""
    sheet, grid_of_axes = panels(style, 1, 1, 5.6, 3.6)
    axes = grid_of_axes[0, 0]
    _draw(axes, curve, style)
    name_axes(axes, style, "input", curve.title)
    ends = [(curve.outputs[-1], "output", style.accent), (curve.slopes[-1], "slope", style.contrast)]
    low, high = axes.get_ylim()
    label_ends(axes, [(float(min(max(height, low), high)), words, color) for height, words, color in ends])
    for start, end in curve.flat:
        middle = (max(start, curve.inputs[0]) + min(end, curve.inputs[-1])) / 2
        settings = {"transform": axes.get_xaxis_transform(), "ha": "center", "va": "bottom", "fontsize": SMALL}
        write(axes, float(middle), 0.02, "flat", style.muted, **settings)
    return sheet


def draw_activations(curves: Sequence[ActivationCurve], style: Style = LIGHT) -> Figure:
    """Many activations in a grid, each with its slope, all on the same scale.

    Raises:
        InputError: there are none.
    """
    if not curves:
        raise InputError("curves is empty, and at least one activation was expected.", "Name one, such as 'elu'.")
    columns = min(_COLUMNS, len(curves))
    rows = -(-len(curves) // columns)
    sheet, grid_of_axes = panels(style, rows, columns, 2.35 * columns, 2.0 * rows + 0.3, sharex=True, sharey=True)
    places = list(grid_of_axes.flat)
    for axes, curve in zip(places, curves, strict=False):
        _draw(axes, curve, style)
        name_axes(axes, style, "", curve.title)
    for axes in places[len(curves) :]:
        axes.set_visible(False)
    settings = {"transform": places[0].transAxes, "fontsize": SMALL, "va": "top"}
    write(places[0], 0.03, 0.97, "output", style.accent, **settings)
    write(places[0], 0.03, 0.84, "slope", style.contrast, **settings)
    write(places[0], 0.03, 0.71, "flat where shaded", style.muted, **settings)
    return sheet


def _draw(axes: Axes, curve: ActivationCurve, style: Style) -> None:
    for start, end in curve.flat:
        axes.axvspan(
            max(start, float(curve.inputs[0])),
            min(end, float(curve.inputs[-1])),
            color=style.line,
            alpha=0.55,
            linewidth=0,
        )
    axes.axhline(0, color=style.quiet, linewidth=0.7)
    axes.axvline(0, color=style.quiet, linewidth=0.7)
    axes.plot(curve.inputs, curve.slopes, color=style.contrast, linewidth=1.3, linestyle=(0, (4, 1.5)))
    axes.plot(curve.inputs, curve.outputs, color=style.accent, linewidth=2.0)
    axes.set_xlim(float(curve.inputs[0]), float(curve.inputs[-1]))
    axes.set_ylim(_LOWEST, _HIGHEST)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    plain_numbers(axes.xaxis)
    plain_numbers(axes.yaxis)
    grid(axes, style)
