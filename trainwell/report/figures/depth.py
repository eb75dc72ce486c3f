"""Mean and deviation of each layer's outputs by depth, several nets side by side: the picture of a hundred layers.

A deviation that falls or grows by powers of ten is read on a logarithmic axis, which is chosen where it spans more than
a factor of 20. More than four nets are too many for one picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from trainwell.errors import InputError
from trainwell.report.figures.canvas import grid, label_ends, name_axes, panels, plain_numbers
from trainwell.report.palette import LIGHT
from trainwell.report.wording import figure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from trainwell.report.palette import Style

_WIDE_SPAN = 20
_MOST = 4
_LEAST_SHOWN = 1e-20  # of the largest value: what is smaller has vanished
_FEW_LAYERS = 15

Net = tuple[np.ndarray, np.ndarray]


def draw_depth(nets: Mapping[str, Net], style: Style = LIGHT) -> Figure:
    """Mean and deviation of the outputs over the number of the layer, in two panels.

    Args:
        nets: by name, `(mean, deviation)` of its layers, each `(layers,)`; one to four nets.
        style: light or dark.

    Raises:
        InputError: no net or more than four, or arrays that are no two of one length.
    """
    nets = {name: _checked(name, net) for name, net in nets.items()}
    if not 0 < len(nets) <= _MOST:
        raise InputError(f"nets holds {len(nets)} nets, and 1 to {_MOST} were expected.", "Draw several figures.")
    sheet, grid_of_axes = panels(style, 1, 2, 10.4, 3.4)
    colors = dict(zip(nets, (style.accent, style.contrast, style.quiet, style.ink), strict=False))
    for axes, title, part in zip(grid_of_axes[0], ("mean of outputs", "deviation of outputs"), (0, 1), strict=True):
        values = {name: net[part] for name, net in nets.items()}
        _scale(axes, values, logarithmic=part == 1)
        labels = []
        for name, heights in values.items():
            numbers = np.arange(1, len(heights) + 1)
            mark = "o" if len(heights) <= _FEW_LAYERS else ""
            axes.plot(numbers, heights, color=colors[name], linewidth=1.8, marker=mark, markersize=3.5)
            finite = np.flatnonzero(np.isfinite(heights))
            if finite.size:
                last = float(heights[finite[-1]])
                labels.append((_within(axes, last), _label(name, last), colors[name]))
        name_axes(axes, style, "layer", title)
        grid(axes, style)
        label_ends(axes, labels)
    return sheet


def _checked(name: str, net: Net) -> Net:
    mean, deviation = (np.asarray(values, dtype=float) for values in net)
    if mean.ndim != 1 or mean.shape != deviation.shape or not mean.size:
        raise InputError(
            f"The net {name!r} has means of shape {mean.shape} and deviations of shape {deviation.shape}, and one of "
            "each was expected for each of its layers.",
            "Give two arrays (layers,), as of activation_statistics.",
        )
    return mean, deviation


def _scale(axes: Axes, values: Mapping[str, np.ndarray], *, logarithmic: bool) -> None:
    """A scale on which every net can be read: linear, or logarithmic where the values span powers of ten."""
    together = np.concatenate(list(values.values()))
    sizes = np.abs(together[np.isfinite(together)])
    largest = float(sizes.max()) if sizes.size else 0.0
    seen = sizes[sizes > _LEAST_SHOWN * largest] if largest else sizes
    deepest = max(map(len, values.values()))
    axes.set_xlim(0.5 if deepest <= _FEW_LAYERS else 0, deepest + (0.5 if deepest <= _FEW_LAYERS else 0))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True, min_n_ticks=1))
    if not seen.size:
        axes.set_ylim(-1, 1)
    elif logarithmic and largest > _WIDE_SPAN * float(seen.min()):
        axes.set_yscale("log")
        axes.set_ylim(float(seen.min()) / 2, largest * 2)
    elif not logarithmic and largest > _WIDE_SPAN * max(float(np.median(seen)), 0.1):
        axes.set_yscale("symlog", linthresh=0.1)
    else:
        low, high = float(np.nanmin(together[np.isfinite(together)])), float(np.nanmax(together[np.isfinite(together)]))
        low, high = (min(low, 0.0), max(high, 0.0)) if not logarithmic else (0.0, high)
        room = 0.06 * (high - low or 1.0)
        axes.set_ylim(low - (room if low < 0 else 0.0), high + room)
    plain_numbers(axes.yaxis)


def _within(axes: Axes, height: float) -> float:
    low, high = axes.get_ylim()
    return float(min(max(height, low), high))


def _label(name: str, last: float) -> str:
    return f"{name} {figure(last, 3)}".strip()
