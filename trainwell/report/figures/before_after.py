"""The loss and each metric of a repair over the epochs: of the training as it was given, and of the answer's."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from trainwell.report.figures.canvas import canvas, grid, label_ends, name_axes
from trainwell.report.figures.curves import FEW_EPOCHS, scale_epochs
from trainwell.report.figures.plate import Plate
from trainwell.report.metrics import spoken
from trainwell.report.wording import figure, plural, reading

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from trainwell.report.palette import Style


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
    epochs = {which: np.arange(1, len(course) + 1) for which, course in courses.items()}
    scale_epochs(axes, np.concatenate(list(epochs.values())), np.concatenate(list(courses.values())))
    labels = []
    for which, course in courses.items():
        color, width = drawn[which]
        marker = "o" if len(course) <= FEW_EPOCHS else ""
        axes.plot(epochs[which], course, color=color, linewidth=width, marker=marker, markersize=3.5)
        known = course[np.isfinite(course)]
        labels.append((float(known[-1]), f"{which} {reading(float(known[-1]))}", color))
    name_axes(axes, style, "epoch", spoken(name))
    grid(axes, style)
    label_ends(axes, labels)
    return sheet
