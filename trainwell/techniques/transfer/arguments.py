"""The numbers that a transfer takes, each in its range."""

from __future__ import annotations

import math
from numbers import Integral, Real

from trainwell.errors import InputError


def check_numbers(
    head_epochs: int,
    head_learning_rate: float,
    epochs: int,
    learning_rate: float,
    rate_decay: float | None,
    batch_size: int,
    validation_split: float,
) -> None:
    """Whether each is in its range.

    Args:
        head_epochs: at least 0.
        head_learning_rate: above 0.
        epochs: at least 0.
        learning_rate: above 0.
        rate_decay: in (0, 1], or `None`.
        batch_size: at least 1.
        validation_split: in [0, 1).

    Raises:
        InputError: one is not.
    """
    for name, value, least in (("head_epochs", head_epochs, 0), ("epochs", epochs, 0), ("batch_size", batch_size, 1)):
        if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
            raise InputError(f"{name} must be a whole number, at least {least}, not {value!r}.", f"Leave {name} out.")
    for name, rate in (("head_learning_rate", head_learning_rate), ("learning_rate", learning_rate)):
        if not isinstance(rate, Real) or not math.isfinite(rate) or rate <= 0:
            raise InputError(f"{name} must be a finite number above 0, not {rate!r}.", "Try 1e-3 or 1e-4.")
    if rate_decay is not None and not (isinstance(rate_decay, Real) and 0 < rate_decay <= 1):
        raise InputError(
            f"rate_decay must be above 0 and at most 1, not {rate_decay!r}.", "Leave it out for one rate in all layers."
        )
    if not (isinstance(validation_split, Real) and 0 <= validation_split < 1):
        raise InputError(f"validation_split must be in [0, 1), not {validation_split!r}.", "Try 0.1.")
