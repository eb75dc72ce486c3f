"""Private state of Keras's trainer: how a compiled model is built, and what it reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from trainwell.engine.compat.data import adapter_arrays, epoch_iterator, standardize_arrays
from trainwell.engine.compat.layers import flatten_layers
from trainwell.engine.compat.optimizer import learning_rate_source
from trainwell.engine.compat.private import MissingNameError, attribute
from trainwell.engine.compat.shuffling import make_draws

if TYPE_CHECKING:
    from collections.abc import Callable

    import keras


def missing_for_training(model: keras.Model) -> str | None:
    """Return the private name without which the engine cannot train a model; `None` where all are there.

    Args:
        model: a compiled model.
    """
    rows = np.zeros((2, 1), np.float32)
    try:
        iterator = epoch_iterator(rows, None, None, batch_size=1, steps_per_epoch=None, shuffle=True)
        adapter_arrays(iterator.data_adapter)
        standardize_arrays(rows)
        make_draws(2, 1, shuffle=True)
        for name in ("_compile_loss", "_compile_metrics", "_symbolic_build"):
            attribute(model, name)
        flatten_layers(model)
        learning_rate_source(getattr(model.optimizer, "inner_optimizer", model.optimizer))
    except MissingNameError as missing:
        return missing.message
    return None


def build(model: keras.Model, first_batch: Callable[[], Any]) -> None:
    """Create the variables that model, metrics, loss and optimizer lack, without computing.

    Args:
        model: a compiled model.
        first_batch: gives one batch; called only where Keras would draw one, since drawing moves a generator on.
    """
    parts = (attribute(model, "_compile_metrics"), attribute(model, "_compile_loss"))
    layers = flatten_layers(model)
    if not all(layer.built for layer in layers) or any(part is not None and not part.built for part in parts):
        attribute(model, "_symbolic_build")(data_batch=jax.tree.map(_as_jax_takes_it, first_batch()))
    elif not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)


def build_from_iterator(model: keras.Model, iterator: Any) -> None:
    """Create the variables that are missing, from the iterator's first batch where one is needed."""
    # Keras 3.16 draws that batch from an iterator of its own; 3.15 from the first one of the epochs.
    symbolic_build = attribute(model, "_maybe_symbolic_build", None) or attribute(model, "_symbolic_build")
    symbolic_build(iterator=iterator)


def epoch_logs(model: keras.Model, logs: dict[str, Any]) -> dict[str, Any]:
    """Return what Keras reports at the end of an epoch.

    Args:
        model: a compiled model.
        logs: those of the last step.

    Returns:
        The metrics' results; the last step's logs where a custom step reports other names.
    """
    results = model.get_metrics_result()
    return dict(results if set(logs) == set(results) else logs)


def compile_arguments(model: keras.Model) -> dict[str, Any]:
    """Return what a compiled model was compiled with: optimizer, losses, weights and metrics, as the user gave them."""
    metrics: Any = attribute(model, "_compile_metrics")
    loss: Any = attribute(model, "_compile_loss")
    return {
        "optimizer": model.optimizer,
        "loss": model.loss,
        "loss_weights": None if loss is None else attribute(loss, "_user_loss_weights", None),
        "metrics": None if metrics is None else attribute(metrics, "_user_metrics"),
        "weighted_metrics": None if metrics is None else attribute(metrics, "_user_weighted_metrics"),
    }


def loss_terms(model: keras.Model) -> list[tuple[tuple[Any, ...], Callable[..., Any], float]]:
    """Return the terms of a compiled and built model's loss: path to the output, loss function, weight.

    Args:
        model: a compiled model whose loss is built.
    """
    compiled: Any = attribute(model, "_compile_loss")
    if compiled is None or not compiled.built:
        return []
    terms = attribute(compiled, "_flat_losses")
    return [(tuple(path), loss, 1.0 if weight is None else float(weight)) for path, loss, weight, _ in terms]


def initial_epoch(model: keras.Model, given: int) -> int:
    """Return the first epoch; a callback such as BackupAndRestore may have moved it in `on_train_begin`."""
    return attribute(model, "_initial_epoch", None) or given


def pythonify_logs(logs: dict[str, Any]) -> dict[str, Any]:
    """Return logs with Python floats in place of arrays, and dictionaries of a metric lifted to the top level."""
    found: dict[str, Any] = {}
    for name, value in sorted(logs.items()):
        if isinstance(value, dict):
            found.update(pythonify_logs(value))
            continue
        try:
            found[name] = float(value)
        except (TypeError, ValueError):
            found[name] = value
    return found


def share_compilation(model: keras.Model, compiled: keras.Model) -> None:
    """Give a model the loss, the metrics and their variables of a compiled one: the objects themselves."""
    names = ("_compile_loss", "_compile_metrics", "_loss_tracker", "_metrics", "compiled")
    for name in names:
        # Past Keras's own __setattr__, which would count the metrics a second time.
        object.__setattr__(model, name, attribute(compiled, name))


def _as_jax_takes_it(array: Any) -> Any:
    """Return 64-bit numbers as 32-bit ones: JAX 0.11 and later warn where a shape is inferred from the former."""
    return np.asarray(array).astype(jax.dtypes.canonicalize_dtype(array.dtype), copy=False)
