"""The loss and each metric of a repair over the epochs: of the training as it was given, and of the answer's."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from trainwell.report.figures.canvas import canvas, grid, label_ends, name_axes, plain_numbers, whole_numbers
from trainwell.report.figures.plate import Plate
from trainwell.report.metrics import spoken
from trainwell.report.wording import figure, plural, reading

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from trainwell.report.palette import Style

_WIDE_SPAN = 20  # times as large as the smallest: from there on the scale is logarithmic
_FEW_EPOCHS = 12  # up to here each epoch is marked


def plates(told: dict[str, Any]) -> list[Plate]:
    """A figure of each quantity that both trainings tell.

    Args:
        told: a repair as plain data, as of `Repair.to_json`.
    """
    before, after = (told[which]["history"] for which in ("before", "after"))
    if before == after:
        return []
    names = [name for name in after if not name.startswith("val_") and (name in before or f"val_{name}" in before)]
    found = []
    for name in names:
        rows = f"val_{name}" if f"val_{name}" in after and f"val_{name}" in before else name
        courses = {which: _finite(history.get(rows, [])) for which, history in (("before", before), ("after", after))}
        if all(np.isfinite(course).any() for course in courses.values()):
            heading = f"{'Validation' if rows != name else 'Training'} {spoken(name)}, before and after"
            found.append(Plate(f"repair_{name}", heading, _describe(heading, courses), partial(_draw, name, courses)))
    return found


def _finite(values: list[float | None]) -> np.ndarray:
    return np.array([np.nan if value is None else value for value in values], float)


def _describe(heading: str, courses: dict[str, np.ndarray]) -> str:
    phrases = [
        f"{which} from {figure(known[0])} to {figure(known[-1])} in {plural(len(course), 'epoch')}"
        for which, course in courses.items()
        if len(known := course[np.isfinite(course)])
    ]
    return f"{heading}: {', '.join(phrases)}."


def _draw(name: str, courses: dict[str, np.ndarray], style: Style) -> Figure:
    sheet, axes = canvas(style)
    drawn = {"before": (style.contrast, 1.6), "after": (style.accent, 2.0)}
    values = np.concatenate(list(courses.values()))
    values = values[np.isfinite(values)]
    longest = max(map(len, courses.values()))
    axes.set_xlim(1 - 0.02 * longest, longest + 0.02 * longest)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True, min_n_ticks=1))
    whole_numbers(axes.xaxis)
    if values.min() > 0 and values.max() > _WIDE_SPAN * values.min():
        axes.set_yscale("log")
        axes.set_ylim(values.min() / 1.2, values.max() * 1.2)
    else:
        spread = float(np.ptp(values)) or max(abs(float(values[0])) * 0.1, 0.05)
        axes.set_ylim(values.min() - 0.08 * spread, values.max() + 0.08 * spread)
    plain_numbers(axes.yaxis)
    labels = []
    for which, course in courses.items():
        color, width = drawn[which]
        marker = "o" if len(course) <= _FEW_EPOCHS else ""
        axes.plot(np.arange(1, len(course) + 1), course, color=color, linewidth=width, marker=marker, markersize=3.5)
        known = course[np.isfinite(course)]
        labels.append((float(known[-1]), f"{which} {reading(float(known[-1]))}", color))
    name_axes(axes, style, "epoch", spoken(name))
    grid(axes, style)
    label_ends(axes, labels)
    return sheet
