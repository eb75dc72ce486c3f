"""Tiny models and targets for the tests of heads."""

from __future__ import annotations

import keras
import numpy as np
from rules.runs import with_signals

L = keras.layers
ROWS = 60
X = np.random.default_rng(0).normal(size=(ROWS, 4)).astype("float32")
VALUES = np.random.default_rng(1).normal(size=(ROWS, 1)).astype("float32")
BINARY = np.arange(ROWS) % 2
CLASSES = np.arange(ROWS) % 3
ONE_HOT = np.eye(3, dtype="float32")[CLASSES]
LABELS = np.stack([BINARY, CLASSES == 0, CLASSES > 0], axis=1).astype("float32")


def net(*layers):
    return keras.Sequential([keras.Input((4,)), L.Dense(8, "relu", name="hidden"), *layers])


def head(units=1, activation=None):
    return net(L.Dense(units, activation, name="head"))


class Hidden(keras.Model):
    """A model that does what it does in its own code."""

    def __init__(self, units=1):
        super().__init__()
        self.head = L.Dense(units)

    def call(self, inputs):
        return keras.ops.exp(self.head(inputs))


def looks(run, **signals):
    """The Run with looks at its single output."""
    return with_signals(run, start=0, **{f"inference__{name}__": values for name, values in signals.items()})
