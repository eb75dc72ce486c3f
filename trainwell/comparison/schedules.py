"""The learning-rate schedules that a comparison can vary: all begin at, or climb to, one peak rate.

Each has one shape, stretched over the training. A schedule tuned by hand to the data can do better.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from trainwell.comparison.choice import Choice, Kind, Span, constant, one_cycle, unchanged
from trainwell.techniques import PerformanceScheduling, PowerDecay

if TYPE_CHECKING:
    from collections.abc import Callable

_HALVINGS = 0.1  # share of the epochs that performance scheduling waits before it halves the rate


def _power(peak: float, span: Span) -> Any:
    return PowerDecay(peak, max(1.0, span.steps / 5))


def _exponential(peak: float, span: Span) -> Any:
    return keras.optimizers.schedules.ExponentialDecay(peak, max(1, span.steps // 2), 0.1)


def _piecewise(peak: float, span: Span) -> Any:
    bounds = [max(1, round(share * span.steps)) for share in (0.2, 0.6)]
    return keras.optimizers.schedules.PiecewiseConstantDecay(bounds, [peak, peak / 2, peak / 10])


def _cosine(peak: float, span: Span) -> Any:
    return keras.optimizers.schedules.CosineDecay(peak, span.steps)


def _halve_on_standstill(span: Span) -> list[keras.callbacks.Callback]:
    return [PerformanceScheduling("val_loss", factor=0.5, patience=max(1, round(_HALVINGS * span.epochs)))]


def _choice(name: str, meaning: str, schedule: Callable[[float, Span], Any]) -> Choice:
    return Choice(name, meaning, schedule=schedule)


_CHOICES = (
    _choice("constant", "the peak rate throughout", constant),
    _choice("power", "peak / (1 + t / s), with s a fifth of the steps", _power),
    _choice("exponential", "a tenth at half of the steps, a hundredth in the end", _exponential),
    _choice("piecewise", "half after a fifth of the steps, a tenth after three fifths", _piecewise),
    _choice("cosine", "down to 0 along half a cosine", _cosine),
    Choice(
        "performance",
        "halved whenever the validation loss stands still",
        schedule=constant,
        callbacks=_halve_on_standstill,
    ),
    _choice("1cycle", "up to the peak in three tenths of the steps, then down", one_cycle),
)

SCHEDULE = Kind(
    "schedule",
    "schedules",
    {choice.name: choice for choice in _CHOICES},
    tuple(choice.name for choice in _CHOICES),
    "suggestion",
    "All have the same highest rate, which is what one range test suggests.",
    one_rate_for_all=unchanged,
)
