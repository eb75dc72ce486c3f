"""A copy of a model: what is pretrained, so that the model itself is left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from trainwell.engine import compat
from trainwell.errors import InputError
from trainwell.techniques.pretraining.mirror import copy_weights
from trainwell.techniques.pretraining.path import without_order

if TYPE_CHECKING:
    import numpy as np


def copied(model: keras.Model, x: np.ndarray) -> keras.Model:
    """The same architecture with the same weights, built, and compiled in the same way.

    Args:
        model: a Sequential or Functional model; it stays as it is.
        x: `(rows, ...)`, from whose shape a model is built that is not.

    Raises:
        InputError: it cannot be copied.
    """
    if not isinstance(model, keras.Sequential) and not compat.is_plain_graph(model):
        raise without_order(model)
    try:
        copy = keras.models.clone_model(model)
        if not copy.built:
            copy.build((None, *x.shape[1:]))
        if model.compiled:
            copy.compile_from_config(model.get_compile_config())
    except (ValueError, TypeError, NotImplementedError) as error:
        raise InputError(
            f"{model.name!r} cannot be copied: {error}.",
            "Give the model uncompiled and compile Pretraining.model, or register its own objects with Keras.",
        ) from error
    if model.built:
        for source, to in zip(_leaves(model), _leaves(copy), strict=True):
            copy_weights(source, to)
    return copy


def _leaves(model: keras.Model) -> list[Any]:
    """The layers of a model, and those of the models in it."""
    return [leaf for layer in model.layers for leaf in (_leaves(layer) if isinstance(layer, keras.Model) else [layer])]
