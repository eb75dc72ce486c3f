"""The regularizations that a comparison can vary, each alone: the recipe's own are taken off first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import keras

from trainwell.comparison.choice import Choice, Kind, Span
from trainwell.recipes import DEFAULT

if TYPE_CHECKING:
    from trainwell.recipes import Recipe

_L2_TIMES_ROWS = DEFAULT.l2_times_rows
_L1_TIMES_ROWS = 0.6  # pulls as hard as the ℓ2 penalty at a weight of 0.05
_DROPOUT = 0.2
_ALPHA_DROPOUT = 0.05  # leaves SELU's mean and variance as they are; more of it hampers the training
_MAX_NORM = 1.0
_PATIENCE = 0.2  # of the epochs


def _bare(recipe: Recipe) -> Recipe:
    return replace(recipe, l1_times_rows=0.0, l2_times_rows=0.0, dropout="", dropout_rate=0.0, max_norm=0.0)


def _with(name: str, meaning: str, **changes: Any) -> Choice:
    return Choice(name, meaning, lambda recipe: replace(_bare(recipe), **changes))


def _dropout(recipe: Recipe) -> Recipe:
    alpha = recipe.activation == "selu"
    kind, rate = ("AlphaDropout", _ALPHA_DROPOUT) if alpha else ("Dropout", _DROPOUT)
    return replace(_bare(recipe), dropout=kind, dropout_rate=rate)


def _stop_early(span: Span) -> list[keras.callbacks.Callback]:
    patience = max(1, round(_PATIENCE * span.epochs))
    return [keras.callbacks.EarlyStopping(monitor="val_loss", patience=patience, restore_best_weights=True)]


_CHOICES = (
    Choice("none", "no regularization", _bare),
    _with("l2", "ℓ2 penalty of the default recipe's strength", l2_times_rows=_L2_TIMES_ROWS),
    _with("l1", f"ℓ1 penalty of {_L1_TIMES_ROWS:g} / training rows", l1_times_rows=_L1_TIMES_ROWS),
    _with("l1_l2", "half of either penalty", l1_times_rows=_L1_TIMES_ROWS / 2, l2_times_rows=_L2_TIMES_ROWS / 2),
    Choice("dropout", f"dropout of {_DROPOUT:g}, or alpha dropout of {_ALPHA_DROPOUT:g} with SELU", _dropout),
    _with("max_norm", f"norm of the weights into a unit at most {_MAX_NORM:g}", max_norm=_MAX_NORM),
    Choice(
        "early_stopping",
        "stopped when the validation loss stands still; best weights kept",
        _bare,
        callbacks=_stop_early,
        keeps_best=True,
    ),
)

REGULARIZATION = Kind(
    "regularization",
    "regularizations",
    {choice.name: choice for choice in _CHOICES},
    tuple(choice.name for choice in _CHOICES),
    "peak of 1cycle",
    "All train under 1cycle with one peak rate: twice what a range test without regularization suggests.",
    one_rate_for_all=_bare,
)
