"""The nets of the experiments, built and compiled as the notes build and compile them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
from keras import layers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PICTURE = (28, 28)
_RATE = 1e-3


def leaky_relu() -> keras.Model:
    """Leaky ReLU as a layer of its own, at Keras's slope of 0.3."""
    hidden = [
        layer
        for units in (300, 100)
        for layer in (layers.Dense(units, kernel_initializer="he_normal"), layers.LeakyReLU())
    ]
    return _classifier(hidden, keras.optimizers.SGD(_RATE))


def selu_100() -> keras.Model:
    """A hundred hidden layers that normalize themselves."""
    return _classifier(_stack_of_100("selu", "lecun_normal"), keras.optimizers.SGD(_RATE))


def relu_100() -> keras.Model:
    """A hundred hidden layers that do not."""
    return _classifier(_stack_of_100("relu", "he_normal"), keras.optimizers.SGD(_RATE))


def batch_norm() -> keras.Model:
    """Batch normalization of the inputs and after each activation; Keras's default initializer, as in the notes."""
    hidden = [
        layer for units in (300, 100) for layer in (layers.Dense(units, activation="relu"), layers.BatchNormalization())
    ]
    return _classifier([layers.BatchNormalization(), *hidden], keras.optimizers.SGD(_RATE))


def transfer() -> keras.Model:
    """Model A: eight classes."""
    hidden = [layers.Dense(units, activation="relu", kernel_initializer="he_normal") for units in (300, 100)]
    return _classifier(hidden, keras.optimizers.SGD(_RATE), classes=8)


def bn_dropout() -> keras.Model:
    """Batch normalization after the first hidden layer, dropout after the second."""
    first, second = (layers.Dense(units, activation="relu", kernel_initializer="he_normal") for units in (300, 100))
    return _classifier([first, layers.BatchNormalization(), second, layers.Dropout(0.5)], "adam")


def elu_dropout() -> keras.Model:
    """Dropout after each hidden layer."""
    hidden = [
        layer
        for units in (300, 100)
        for layer in (layers.Dense(units, activation="elu", kernel_initializer="he_normal"), layers.Dropout(0.2))
    ]
    return _classifier(hidden, "adam")


def dropout_nadam() -> keras.Model:
    """Dropout before each layer, the output's too."""
    hidden = [
        layer
        for units in (300, 100)
        for layer in (layers.Dropout(0.2), layers.Dense(units, activation="elu", kernel_initializer="he_normal"))
    ]
    return _classifier([*hidden, layers.Dropout(0.2)], "nadam")


def builder(name: str) -> Callable[[], keras.Model]:
    """The function of this module that an experiment names."""
    return globals()[name]


def _stack_of_100(activation: str, initializer: str) -> list[keras.layers.Layer]:
    widths = (300, *[100] * 99)
    return [layers.Dense(units, activation=activation, kernel_initializer=initializer) for units in widths]


def _classifier(hidden: Sequence[keras.layers.Layer], optimizer: Any, classes: int = 10) -> keras.Model:
    ends = (keras.Input(PICTURE), layers.Flatten()), (layers.Dense(classes, activation="softmax"),)
    model = keras.Sequential([*ends[0], *hidden, *ends[1]])
    model.compile(loss="sparse_categorical_crossentropy", optimizer=optimizer, metrics=["accuracy"])
    return model
