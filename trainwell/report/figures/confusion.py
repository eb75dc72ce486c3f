"""The confusion matrix: rows are true classes, columns what was answered; counts, and shares of each true class.

Right answers are blue and mistakes orange. Mistakes are coloured by the square root of their share, because they
are few and are what is looked for. Beyond 40 classes cells are too small for numbers and are only coloured.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.collections import PatchCollection
from matplotlib.patches import Rectangle

from trainwell.report.classes import class_names, confusion, mistakes
from trainwell.report.figures.canvas import TEXT_SIZE, canvas, label_classes, name_axes, write
from trainwell.report.figures.plate import Plate, absent
from trainwell.report.palette import LIGHT, blend, readable_on
from trainwell.report.wording import count, plural, share, shorten_all

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from trainwell.report.palette import Style
    from trainwell.run import Run

_FEW = 4  # classes whose cells take larger numbers
_SHARES_UP_TO = 12  # classes whose cells have room for a share below the count
_NUMBERS_UP_TO = 40
_WHOLE_PERCENT_FROM = 0.1  # smaller shares get a decimal
_FITS_A_SMALL_CELL = 3  # digits
_NAMES_UP_TO = 80
_NAME_LENGTH = 24
_LETTERS_AN_INCH = 11  # of a class name below a column


def plates(run: Run) -> list[Plate]:
    """The figure, where the counts are known."""
    if confusion(run) is None:
        return []
    return [Plate("confusion", "Confusion matrix", describe(run), partial(confusion_matrix, run))]


def describe(run: Run) -> str:
    """What the matrix shows, in words."""
    counts = confusion(run)
    if counts is None:
        return ""
    words = f"{count(int(np.trace(counts)))} of {plural(int(counts.sum()), 'row')} lie on the diagonal, answered right."
    for true, answer, rows, part in mistakes(run)[:1]:
        words += (
            f" The most frequent mistake: {true} taken for {answer}, {plural(rows, 'row')} ({share(part)} of {true})."
        )
    return words


def confusion_matrix(run: Run, style: Style = LIGHT) -> Figure:
    """The matrix of true and answered classes.

    Raises:
        InputError: the run holds no confusion matrix.
    """
    counts = confusion(run)
    if counts is None:
        raise absent("confusion matrix")
    size = len(counts)
    names = shorten_all(class_names(run), _NAME_LENGTH)
    cell = 0.95 if size <= _FEW else 0.62 if size <= _SHARES_UP_TO else 0.36  # inches
    side = min(14.0, max(2.6, cell * size))
    margin = min(2.2, 0.5 + 0.075 * max(len(name) for name in names))
    sheet, axes = canvas(style, side + margin + (0.5 if size > _SHARES_UP_TO else 0.1), side + margin)
    _draw_cells(axes, counts, style)
    if size <= _NUMBERS_UP_TO:
        _write_numbers(axes, counts, style)
    small = TEXT_SIZE if size <= _SHARES_UP_TO else 7.5
    step = 1 if size <= _NAMES_UP_TO else size // 40
    places = list(range(0, size, step))
    shown = [names[place] for place in places]
    label_classes(axes.yaxis, places, shown, style, small)
    longest = max(len(name) for name in shown)
    tilt = 0 if longest <= cell * _LETTERS_AN_INCH else 40 if size <= _SHARES_UP_TO else 90
    ends = {"ha": "center"} if tilt == 0 else {"ha": "right", "rotation_mode": "anchor", "va": "center"}
    label_classes(axes.xaxis, places, shown, style, small, rotation=tilt, **ends)
    name_axes(axes, style, "", "true class (rows), answered class (columns)")
    return sheet


def _shares(counts: np.ndarray) -> np.ndarray:
    """Each count as a share of its row; rows without examples are 0."""
    return counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)


def _fill(style: Style, part: float, *, right: bool) -> str:
    return blend(style.panel, style.accent, part) if right else blend(style.panel, style.contrast, part**0.5)


def _draw_cells(axes: Axes, counts: np.ndarray, style: Style) -> None:
    size, shares = len(counts), _shares(counts)
    places = [(int(true), int(answer)) for true, answer in np.argwhere(counts > 0)]
    boxes = [Rectangle((answer - 0.5, true - 0.5), 1, 1) for true, answer in places]
    colors = [_fill(style, float(shares[place]), right=place[0] == place[1]) for place in places]
    axes.add_patch(Rectangle((-0.5, -0.5), size, size, facecolor=style.panel, edgecolor="none"))
    axes.add_collection(PatchCollection(boxes, facecolors=colors, edgecolors="none"))
    if size <= _NUMBERS_UP_TO:
        between = np.arange(size + 1) - 0.5
        axes.hlines(between, -0.5, size - 0.5, color=style.paper, linewidth=2.5)
        axes.vlines(between, -0.5, size - 0.5, color=style.paper, linewidth=2.5)
    axes.set_xlim(-0.5, size - 0.5)
    axes.set_ylim(size - 0.5, -0.5)
    axes.set_aspect("equal")
    for spine in axes.spines.values():
        spine.set_visible(False)


def _write_numbers(axes: Axes, counts: np.ndarray, style: Style) -> None:
    size, shares = len(counts), _shares(counts)
    middle = {"ha": "center", "va": "center"}
    for true, answer in np.argwhere(counts > 0):
        part = float(shares[true, answer])
        color = readable_on(_fill(style, part, right=true == answer))
        words = count(int(counts[true, answer]))
        if size <= _SHARES_UP_TO:
            digits = 0 if part >= _WHOLE_PERCENT_FROM else 1
            write(
                axes,
                answer,
                true - (0.12 if size > _FEW else 0.08),
                words,
                color,
                fontsize=9.5 if size > _FEW else 13,
                **middle,
            )
            write(
                axes,
                answer,
                true + (0.2 if size > _FEW else 0.12),
                share(part, digits),
                color,
                fontsize=7.5 if size > _FEW else 9.5,
                **middle,
            )
        else:
            write(axes, answer, true, words, color, fontsize=7 if len(words) <= _FITS_A_SMALL_CELL else 5.5, **middle)
    if size > _SHARES_UP_TO:
        _write_recalls(axes, counts, style)


def _write_recalls(axes: Axes, counts: np.ndarray, style: Style) -> None:
    """The share of each row that was answered right, beside the row."""
    settings = {"ha": "left", "va": "center", "fontsize": 7.5}
    right = len(counts) - 0.35
    write(axes, right, -0.85, "recall", style.muted, **settings)
    for true, row in enumerate(counts):
        words = share(float(row[true] / row.sum()), 0) if row.sum() else "no rows"
        write(axes, right, true, words, style.muted, **settings)
