"""A copy of a layer, with its weights and its vocabulary, that shares nothing with it.

Keras's `clone_model` makes new layers without their state, and a saved file needs every class to be registered. Here a
layer is made from its config, and takes its state over through the methods with which Keras saves it.
"""

from __future__ import annotations

import random
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from trainwell.engine import compat
from trainwell.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def unnoticed(layers: list[Any]) -> Iterator[None]:
    """While it is open, layers are made that nobody notices: seeds and names go on as if none had been.

    Args:
        layers: whose classes Keras finds by their name, registered or not.
    """
    state = random.getstate()  # the seeds of initializers that are given none come from here
    try:
        with compat.preserve_auto_names(), keras.saving.custom_object_scope(_classes(layers)):
            yield
    finally:
        random.setstate(state)


def new_like(layer: Any, **changes: Any) -> Any:
    """A new layer with the config of another; its state is that of a new one.

    Args:
        layer: a layer or another operation of a model.
        changes: entries of the config with other values.

    Raises:
        InputError: its class does not make a layer from a config.
    """
    try:
        config = {**layer.get_config(), **changes}
        if isinstance(layer, keras.layers.Lambda):
            return type(layer).from_config(config, safe_mode=False)  # the user's own function, from this process
        return type(layer).from_config(config)
    except (NotImplementedError, TypeError, ValueError) as error:
        raise InputError(
            f"The layer {layer.name!r} ({type(layer).__name__}) cannot be copied: {str(error).strip().splitlines()[0]}",
            "Give its class get_config() and from_config(), as for a model that is to be saved.",
        ) from error


def copy_state(layer: Any, other: Any) -> None:
    """Gives a built layer of the same config the weights and the vocabularies of another, and of the layers inside."""
    if isinstance(layer, keras.layers.Layer):
        store: dict[str, Any] = {}
        layer.save_own_variables(store)
        if store:
            # A variable given as such would share its memory, which `predict` takes away from one of the two.
            other.load_own_variables({name: np.array(keras.ops.convert_to_numpy(store[name])) for name in store})
        if hasattr(layer, "save_assets"):
            with tempfile.TemporaryDirectory() as folder:
                layer.save_assets(folder)
                if any(Path(folder).iterdir()):
                    other.load_assets(folder)
        for inner, other_inner in zip(compat.sublayers(layer), compat.sublayers(other), strict=True):
            copy_state(inner, other_inner)


def _classes(layers: list[Any]) -> dict[str, type]:
    found: dict[str, type] = {}
    for layer in layers:
        found.setdefault(type(layer).__name__, type(layer))
        for name, inner in _classes(compat.sublayers(layer)).items():
            found.setdefault(name, inner)
    return {name: kind for name, kind in found.items() if not kind.__module__.startswith("keras.")}
