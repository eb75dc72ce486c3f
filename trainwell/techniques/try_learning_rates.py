"""Train a copy at each of many learning rates, side by side, and see where each stands after the same steps.

A range test passes each rate in a step or two; here every rate has a training of its own, so the answer says what that
rate does over those steps. It costs as many trainings as there are rates, from one compiled program.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from trainwell.engine import compile_cache, fit_many
from trainwell.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

_RATES = tuple(np.geomspace(1e-5, 1.0, 11).tolist())
_HELD_OUT = 0.2  # share of the rows that judge the copies, where none are given
_MOST_HELD_OUT = 2000
_STANDSTILL = float(np.finfo(np.float32).tiny)  # a rate that moves no weight: the loss that a training must get below


@dataclass(frozen=True)
class LearningRateTrials:
    """What many trainings found.

    Args:
        learning_rates: `(rates,)`, ascending.
        losses: `(rates,)`, the loss of rows held out, after the training; NaN where the training diverged.
        suggestion: the rate of the lowest loss, or `None` where no training got below `first_loss`.
        steps: steps of each training.
        first_loss: the loss of the same rows where no weight was moved.
        rule: how the suggestion follows, in words.
    """

    learning_rates: np.ndarray
    losses: np.ndarray
    suggestion: float | None
    steps: int
    first_loss: float
    rule: str = "the rate whose training has the lowest loss on rows held out"


@compile_cache.kept()
def try_learning_rates(
    model: keras.Model,
    x: Any,
    y: Any,
    *,
    learning_rates: Sequence[float] = _RATES,
    steps: int = 200,
    batch_size: int = 32,
    validation_data: Any = None,
    seed: int = 0,
    verbose: int | str = "auto",
) -> LearningRateTrials:
    """Trains a copy of `model` at each rate, for about `steps` steps, on the same rows in the same order.

    Args:
        model: a compiled model whose optimizer has a constant learning rate; it stays as it is.
        x: inputs `(rows, ...)`, or a list or dictionary of such arrays.
        y: targets `(rows, ...)`.
        learning_rates: `(rates,)` above 0 and all different; eleven from 1e-5 to 1 where not given.
        steps: steps of each training, at least 1; whole passes where there are fewer rows than that.
        batch_size: rows per step, at least 1.
        validation_data: `(x, y)` to judge by; a fifth of the rows, 2,000 at most, where not given.
        seed: which rows are held out and in which order the others come.
        verbose: `"auto"` shows the progress live on a terminal and in a notebook. 1 also prints about ten lines where
            neither is there, 2 prints a line for each stage and result, 0 is silent. All goes to standard error.

    Returns:
        The loss at each rate and the suggestion.

    Raises:
        InputError: an argument is out of range, there are too few rows, or the optimizer follows a schedule.

    Example:
        >>> from sklearn.datasets import load_digits
        >>> x, y = load_digits(return_X_y=True)
        >>> model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(10, "softmax")])
        >>> model.compile("sgd", "sparse_categorical_crossentropy")
        >>> trials = try_learning_rates(model, x / 16, y, learning_rates=[1e-4, 1e-1], steps=50)
        >>> trials.suggestion
        0.1

    Source: the chapter's "find a good rate by training for a few hundred iterations", with the rates side by side in
    place of one after the other.
    """
    rates = _checked(learning_rates)
    for name, value in (("steps", steps), ("batch_size", batch_size)):
        if value < 1:
            raise InputError(f"{name} must be at least 1, not {value!r}.", "Leave it out for the default.")
    rows = len(keras.tree.flatten(x)[0])
    order = np.random.default_rng(seed).permutation(rows)
    if validation_data is None:
        held = min(int(rows * _HELD_OUT), _MOST_HELD_OUT)
        if not held:
            raise InputError(
                f"Of {rows} rows none can be held out to judge the learning rates.", "Give validation_data=(x, y)."
            )
        held_out, order = np.sort(order[:held]), order[held:]
        validation_data = (_rows(x, held_out), _rows(y, held_out))
    order = order[: steps * batch_size]
    per_epoch = -(-len(order) // batch_size)
    epochs = max(1, round(steps / per_epoch))
    copies = fit_many(
        model,
        _rows(x, order),
        _rows(y, order),
        learning_rates=[_STANDSTILL, *rates.tolist()],
        batch_size=min(batch_size, len(order)),
        epochs=epochs,
        validation_data=validation_data,
        shuffle=False,
        verbose=verbose,
    )
    first, *after = [copy.history["val_loss"][-1] for copy in copies]
    losses = np.where(np.isfinite(after), after, np.nan)
    useful = np.isfinite(losses) & (losses < first)
    suggestion = float(rates[int(np.argmin(np.where(useful, losses, np.inf)))]) if useful.any() else None
    return LearningRateTrials(rates, losses, suggestion, per_epoch * epochs, first)


def _checked(learning_rates: Sequence[float]) -> np.ndarray:
    rates = np.sort(np.asarray(learning_rates, float).reshape(-1))
    if not len(rates) or not np.isfinite(rates).all() or rates[0] <= 0 or len(np.unique(rates)) < len(rates):
        raise InputError(
            f"learning_rates must be different finite numbers above 0, not {list(learning_rates)!r}.",
            "Try np.geomspace(1e-5, 1, 11).",
        )
    return rates


def _rows(arrays: Any, index: np.ndarray) -> Any:
    return keras.tree.map_structure(lambda array: np.asarray(array)[index], arrays)
