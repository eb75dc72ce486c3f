"""What the figures of a comparison share: colours by standing, one size, and the words for the score."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trainwell.report.comparison.result import Comparison, Outcome
    from trainwell.report.palette import Style

WIDTH = 6.2  # inches
_ROW = 0.28  # inches of a choice


def height(choices: int) -> float:
    """Inches, the same for scores and curves, which stand side by side."""
    return max(3.0, 0.85 + _ROW * choices)


def color(outcome: Outcome, style: Style) -> str:
    """Of lines and dots: the best is orange, what is within the noise blue, the rest grey."""
    return {"best": style.contrast, "within the noise": style.accent}.get(outcome.standing, style.quiet)


def text_color(outcome: Outcome, style: Style) -> str:
    """Of words: as `color`, but dark enough to read."""
    return style.muted if color(outcome, style) == style.quiet else color(outcome, style)


def in_units(comparison: Comparison) -> str:
    """What an error is counted in: ` of price`; nothing for an accuracy."""
    return "" if comparison.metric == "accuracy" else f" of {comparison.target}"
