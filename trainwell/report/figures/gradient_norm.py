"""The norm of all gradients together, and the loss of each batch, over the steps.

Spikes tell warmup from clipping; a norm that grows without end tells of a training that breaks.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from trainwell.report.figures.canvas import canvas
from trainwell.report.figures.lines import Line, draw_lines
from trainwell.report.figures.plate import Plate, absent
from trainwell.report.palette import LIGHT
from trainwell.report.run_values import signal
from trainwell.report.wording import count, figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from trainwell.report.palette import Style
    from trainwell.run import Run


def plates(run: Run) -> list[Plate]:
    """The figure, where the norm was recorded."""
    series = signal(run, "gradient_norm")
    if series is None:
        return []
    norms = np.asarray(series.values, dtype=float)
    finite = norms[np.isfinite(norms)]
    words = f"Norm of all gradients together over {count(series.at[-1])} steps"
    if finite.size:
        words += f": from {figure(finite[0], 3)}, at most {figure(finite.max(), 3)}, to {figure(finite[-1], 3)}"
    if finite.size < norms.size:
        words += f"; not finite in {count(norms.size - finite.size)} of the steps looked at"
    return [Plate("gradient_norm", "Gradient norm over steps", words + ".", partial(gradient_norm, run))]


def gradient_norm(run: Run, style: Style = LIGHT) -> Figure:
    """The norm over the steps.

    Raises:
        InputError: the run holds no `gradient_norm`.
    """
    series = signal(run, "gradient_norm")
    if series is None:
        raise absent("`gradient_norm` signal")
    sheet, axes = canvas(style)
    norms = np.asarray(series.values, dtype=float)
    finite = norms[np.isfinite(norms)]
    line = Line(series.at, norms, style.accent, figure(finite[-1], 3) if finite.size else "", width=1.8)
    draw_lines(axes, [line], style, axis=series.axis, quantity="norm of all gradients, before clipping")
    return sheet
