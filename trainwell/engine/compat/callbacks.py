"""Questions to Keras's callbacks: default hooks, profiling."""

from __future__ import annotations

from typing import Any

import keras

from trainwell.engine.compat.private import attribute


def is_default_method(callback: keras.callbacks.Callback, hook: str) -> bool:
    """Return True where a callback's hook is the empty one of `keras.callbacks.Callback`."""
    own: Any = getattr(getattr(callback, hook), "__func__", None)
    return own is getattr(keras.callbacks.Callback, hook)


def profiles_batches(tensorboard: keras.callbacks.TensorBoard) -> bool:
    """Return True where Keras's TensorBoard callback was asked to profile batches, or does not say."""
    return bool(attribute(tensorboard, "_should_trace", True))
