"""What the engine leaves to Keras's own `fit`, and why.

Each reason is one line that names what was found. It is said once in a process, through the logger `trainwell`.
"""

from __future__ import annotations

import logging
from typing import Any

import keras

from trainwell.engine import compat
from trainwell.engine.hooks import batch_hook, can_be_replayed
from trainwell.errors import InputError

_logger = logging.getLogger("trainwell")
_said: set[str] = set()


def reason_for_keras(model: keras.Model, callbacks: Any) -> str | None:
    """Why this training belongs to `keras.Model.fit`; `None` where the engine takes it.

    Args:
        model: a compiled model.
        callbacks: as given to `fit`.
    """
    reason = _reason_in_set_up() or _reason_in_model(model) or _reason_in_callbacks(callbacks)
    return reason or compat.missing_for_training(model)


def require_jax(what: str) -> None:
    """Refuses what cannot run on another Keras backend.

    Args:
        what: was called, such as `"tw.diagnose"`.

    Raises:
        InputError: the backend is another one.
    """
    if keras.config.backend() != "jax":
        raise InputError(
            f"{what} runs on JAX, and Keras's backend is {keras.config.backend()}.",
            "Import trainwell before Keras, or set KERAS_BACKEND=jax; a saved .keras model loads there as it is.",
        )


def require_values(model: keras.Model) -> None:
    """Refuses a model that a training has emptied.

    Raises:
        InputError: its variables have no values.
    """
    if compat.has_lost_values(model):
        raise InputError(
            f"The variables of the model {model.name!r} have no values: on JAX, Keras takes them for the first step of "
            "fit, and where that step raises they are lost.",
            "Make and compile the model anew. tw.diagnose tells why the step raised, and leaves the model whole.",
        )


def _reason_in_set_up() -> str | None:
    if keras.config.backend() != "jax":
        return f"the Keras backend is {keras.config.backend()}, and trainwell's engine runs on jax"
    if keras.config.max_epochs() or keras.config.max_steps_per_epoch():
        return "keras.config limits epochs or steps"
    if keras.distribution.distribution() is not None:
        return "a keras.distribution is set"
    return None


def _reason_in_model(model: keras.Model) -> str | None:
    if reason := why_not_compiled(model):
        return reason
    for name in ("fit", "make_train_function", "make_test_function", "evaluate"):
        if getattr(type(model), name) is not getattr(keras.Model, name):
            return f"{type(model).__name__} overrides {name}()"
    return None


def why_not_compiled(model: keras.Model) -> str:
    """Return why Keras runs this model's steps without compiling them; `""` if it compiles them."""
    if model.run_eagerly:
        return "the model was compiled with run_eagerly=True"
    if model.jit_compile:
        return ""
    layer = next((each for each in compat.flatten_layers(model) if not getattr(each, "supports_jit", True)), None)
    if layer is not None and compat.compile_arguments(model).get("jit_compile", "auto") == "auto":
        return f"Keras does not compile the steps of a model with the layer {layer.name!r} ({type(layer).__name__})"
    return "the model was compiled with jit_compile=False"


def _reason_in_callbacks(callbacks: Any) -> str | None:
    if isinstance(callbacks, keras.callbacks.CallbackList):
        return "callbacks come as a CallbackList"
    for callback in keras.tree.flatten(callbacks) if callbacks else []:
        hook = batch_hook(callback)
        if hook and not can_be_replayed(callback):
            return f"the callback {type(callback).__name__} acts on each batch ({hook})"
    return None


def say_once(reason: str) -> None:
    """Says that Keras's own `fit` takes over, the first time for each reason."""
    if reason not in _said:
        _said.add(reason)
        _logger.warning("trainwell: training with Keras's own fit, because %s.", reason)


def recommend_resume(callbacks: Any) -> None:
    """Says, once, that Keras's backup does not bring back what dropout and shuffling draw from."""
    backups = keras.callbacks.BackupAndRestore
    if any(isinstance(c, backups) for c in keras.tree.flatten(callbacks or [])) and backups.__name__ not in _said:
        _said.add(backups.__name__)
        _logger.warning(
            "trainwell: BackupAndRestore does not restore what shuffling draws from; tw.fit(..., resume=folder) goes "
            "on to the same weights as an uninterrupted training."
        )
