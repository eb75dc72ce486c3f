"""The recall of each class as bars, the worst on top. Beyond 40 classes only the 40 worst are drawn."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from trainwell.report.classes import recalls
from trainwell.report.figures.canvas import canvas, label_classes, name_axes, write
from trainwell.report.figures.plate import Plate, absent
from trainwell.report.palette import LIGHT
from trainwell.report.wording import count, plural, share, shorten

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from trainwell.report.palette import Style
    from trainwell.run import Run

_MOST = 40


def plates(run: Run) -> list[Plate]:
    """The figure, where the recall of any class is known."""
    if not any(recall.share is not None for recall in recalls(run)):
        return []
    return [Plate("recall", "Recall by class", describe(run), partial(recall_by_class, run))]


def describe(run: Run) -> str:
    """What the bars show, in words."""
    known = [recall for recall in recalls(run) if recall.share is not None]
    if not known:
        return ""
    worst, best = known[0], known[-1]
    return (
        f"Recall of {plural(len(known), 'class', 'classes')}: from {share(worst.share or 0)} ({worst.name}) "
        f"to {share(best.share or 0)} ({best.name})."
    )


def recall_by_class(run: Run, style: Style = LIGHT) -> Figure:
    """The share of each class's rows that was found, as horizontal bars.

    Raises:
        InputError: the run holds no recall by class.
    """
    known = [recall for recall in recalls(run) if recall.share is not None]
    if not known:
        raise absent("recall by class")
    shown = known[:_MOST]
    sheet, axes = canvas(style, 5.6, 0.75 + 0.27 * len(shown))
    places = list(range(len(shown)))
    axes.barh(places, [1.0] * len(shown), height=0.6, color=style.panel)
    axes.barh(places, [recall.share or 0.0 for recall in shown], height=0.6, color=style.accent)
    axes.set_xlim(0, 1)
    axes.set_ylim(len(shown) - 0.4, -0.6)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.xaxis.set_visible(False)
    label_classes(axes.yaxis, places, [shorten(recall.name, 28) for recall in shown], style, 9.5)
    for place, recall in enumerate(shown):
        write(axes, 1.09, place, share(recall.share or 0.0), style.ink, ha="right", va="center", fontsize=9)
        if recall.rows is not None:
            words = f"of {count(recall.rows)}"
            write(axes, 1.10, place, words, style.muted, ha="left", va="center", fontsize=8.5)
    left = f", the {len(shown)} worst of {len(known)}" if len(known) > len(shown) else ", worst first"
    name_axes(axes, style, "", f"recall by class{left}")
    return sheet
