"""A figure that a Run has the data for: what it is called, what it shows in words, and how to draw it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trainwell.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure

    from trainwell.report.palette import Style


@dataclass(frozen=True)
class Plate:
    """A figure that can be drawn.

    Args:
        name: short name, used for the file: `"confusion"`.
        heading: a few words for people.
        description: what there is to see, in words, for those who do not see it.
        draw: makes the figure in a style.
    """

    name: str
    heading: str
    description: str
    draw: Callable[[Style], Figure]


def absent(what: str) -> InputError:
    """The error for a Run that lacks what a figure shows."""
    return InputError(
        f"This run holds no {what}, so there is nothing to draw.",
        "Ask `trainwell.report.figures.plates(run)` what can be drawn of a run.",
    )
