"""A comparison drawn: the scores of every seed, the validation curves, and for schedules the learning rates.

Colour says how a choice stands, not which one it is: names stand beside the data.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from trainwell.errors import InputError
from trainwell.report.comparison.wording import names, verdict
from trainwell.report.figures.comparison.curves import curves
from trainwell.report.figures.comparison.rates import rates
from trainwell.report.figures.comparison.scores import scores
from trainwell.report.figures.plate import Plate
from trainwell.report.metrics import spoken
from trainwell.report.palette import STYLES
from trainwell.report.wording import plural

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from trainwell.report.comparison.result import Comparison


def plates(comparison: Comparison) -> list[Plate]:
    """The figures that the comparison has the data for."""
    what = spoken(comparison.metric)
    found = []
    if any(np.isfinite(outcome.scores).any() for outcome in comparison.outcomes):
        found.append(
            Plate(
                "scores",
                f"Validation {what} of every seed",
                f"Validation {what} by {comparison.over}, a dot a seed. {verdict(comparison)}",
                partial(scores, comparison),
            )
        )
        if comparison.epochs > 1:
            found.append(
                Plate(
                    "curves",
                    f"Validation {what} over the epochs",
                    f"Validation {what} over {plural(comparison.epochs, 'epoch')}, median and range of the seeds, of "
                    f"{names(list(comparison.outcomes))}.",
                    partial(curves, comparison),
                )
            )
    if comparison.over == "schedule":
        shapes = ", ".join(f"{outcome.choice} ({outcome.meaning})" for outcome in comparison.outcomes)
        found.append(
            Plate(
                "rates", "The learning rates", f"Learning rate over the training: {shapes}.", partial(rates, comparison)
            )
        )
    return found


def figure_of(comparison: Comparison, kind: str, style: str) -> Figure:
    """The figure of that kind, in the style of that name.

    Raises:
        InputError: there is no such kind or style, or nothing to draw.
    """
    drawn = {plate.name: plate for plate in plates(comparison)}
    for name, known in ((kind, drawn), (style, STYLES)):
        if name not in known:
            raise InputError(f"There is no figure {name!r} of this comparison.", f"Choose one of: {', '.join(known)}.")
    return drawn[kind].draw(STYLES[style])
