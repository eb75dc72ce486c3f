"""Batch normalisation as if it had been trained: random moving statistics, scales of both signs, and shifts."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from trainwell.engine import compat


def batchnorms(model):
    """All BatchNormalization layers of a model and of what is in it."""
    found = {}
    for layer in compat.sublayers(model):
        if isinstance(layer, keras.layers.BatchNormalization):
            found[id(layer)] = layer
        found.update({id(inner): inner for inner in batchnorms(layer)})
    return list(found.values())


def randomize(model, seed=0):
    """The model, with random numbers in all BatchNormalization layers and in all biases."""
    generator = np.random.default_rng(seed)
    for layer in batchnorms(model):
        size = layer.moving_mean.shape[0]
        layer.moving_mean.assign(generator.normal(size=size))
        layer.moving_variance.assign(generator.uniform(0.2, 3, size=size))
        if layer.scale:
            layer.gamma.assign(generator.normal(size=size))
        if layer.center:
            layer.beta.assign(generator.normal(size=size))
    for variable in model.variables:
        if variable.name == "bias":
            variable.assign(generator.normal(size=variable.shape))
    return model


def difference(model, folded, x):
    """Largest difference of the outputs, as a share of the largest output."""
    pairs = zip(keras.tree.flatten(model(x)), keras.tree.flatten(folded(x)), strict=True)
    return max(float(np.abs(np.asarray(a) - np.asarray(b)).max() / np.abs(np.asarray(a)).max()) for a, b in pairs)


@pytest.fixture(autouse=True)
def _seeded():
    keras.utils.set_random_seed(0)


@pytest.fixture(scope="session")
def trained():
    return randomize


@pytest.fixture(scope="session")
def off():
    return difference


@pytest.fixture(scope="session")
def left():
    """Names of the BatchNormalization layers in a model."""
    return lambda model: [layer.name for layer in batchnorms(model)]
