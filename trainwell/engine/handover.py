"""What the engine leaves to Keras's own `fit`, and why.

Each reason is one line that names what was found. It is said once in a process, through the logger `trainwell`.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import jax
import keras
import numpy as np

from trainwell.engine import keras_internals

if TYPE_CHECKING:
    from collections.abc import Sequence

_BATCH_HOOKS = (
    "on_batch_begin",
    "on_batch_end",
    "on_train_batch_begin",
    "on_train_batch_end",
    "on_test_batch_begin",
    "on_test_batch_end",
)
_logger = logging.getLogger("trainwell")
_said: set[str] = set()


def reason_for_keras(model: keras.Model, x: Any, callbacks: Any, steps: Sequence[int | None]) -> str | None:
    """Why this training belongs to `keras.Model.fit`; `None` where the engine takes it.

    Args:
        model: a compiled model.
        x: inputs as given.
        callbacks: as given to `fit`.
        steps: `steps_per_epoch` and `validation_steps` as given.
    """
    return _reason_in_set_up(steps) or _reason_in_model(model) or _reason_in_data(x) or _reason_in_callbacks(callbacks)


def _reason_in_set_up(steps: Sequence[int | None]) -> str | None:
    if keras.config.backend() != "jax":
        return f"the Keras backend is {keras.config.backend()}, and trainwell's engine runs on jax"
    if keras.config.max_epochs() or keras.config.max_steps_per_epoch():
        return "keras.config limits epochs or steps"
    if keras.distribution.distribution() is not None:
        return "a keras.distribution is set"
    if any(steps):
        return "steps_per_epoch or validation_steps is given"
    return None


def _reason_in_model(model: keras.Model) -> str | None:
    if model.run_eagerly or not model.jit_compile:
        return "the model was compiled with run_eagerly=True or jit_compile=False"
    for name in ("fit", "make_train_function", "make_test_function", "evaluate"):
        if getattr(type(model), name) is not getattr(keras.Model, name):
            return f"{type(model).__name__} overrides {name}()"
    return None


def _reason_in_data(x: Any) -> str | None:
    leaves = [leaf for leaf in keras.tree.flatten(x) if leaf is not None]
    if any(isinstance(leaf, np.memmap) for leaf in leaves):
        return "x is a memory-mapped file, which the engine would load whole"
    if not all(isinstance(leaf, np.ndarray | jax.Array) or hasattr(leaf, "__array__") for leaf in leaves):
        return f"x is a {type(x).__name__}, not arrays in memory"
    return None


def _reason_in_callbacks(callbacks: Any) -> str | None:
    if isinstance(callbacks, keras.callbacks.CallbackList):
        return "callbacks come as a CallbackList"
    for callback in keras.tree.flatten(callbacks) if callbacks else []:
        if isinstance(callback, keras.callbacks.ProgbarLogger) or _saves_by_epoch(callback):
            continue
        for hook in _BATCH_HOOKS:
            if not keras_internals.is_default_method(getattr(callback, hook)):
                return f"the callback {type(callback).__name__} acts on each batch ({hook})"
    return None


def _saves_by_epoch(callback: Any) -> bool:
    """Keras's checkpoints define a batch hook that does nothing when they save by the epoch."""
    own = type(callback) in (keras.callbacks.ModelCheckpoint, keras.callbacks.BackupAndRestore)
    return own and callback.save_freq == "epoch"


def say_once(reason: str) -> None:
    """Says that Keras's own `fit` takes over, the first time for each reason."""
    if reason not in _said:
        _said.add(reason)
        _logger.warning("trainwell: training with Keras's own fit, because %s.", reason)
