"""The chapter's nets that epochs are timed on, as ordinary Keras models, and the clock that times them."""

from __future__ import annotations

import time

import keras

L = keras.layers


def leaky_relu():
    he = {"kernel_initializer": "he_normal"}
    hidden = [layer for units in (300, 100) for layer in (L.Dense(units, **he), L.LeakyReLU())]
    return [L.Flatten(), *hidden, L.Dense(10, "softmax")], keras.optimizers.SGD(1e-3)


def batch_normalization():
    hidden = [layer for units in (300, 100) for layer in (L.Dense(units, "relu"), L.BatchNormalization())]
    return [L.Flatten(), L.BatchNormalization(), *hidden, L.Dense(10, "softmax")], keras.optimizers.SGD(1e-3)


def selu_100():
    return [L.Flatten(), *depth_100("selu", "lecun_normal"), L.Dense(10, "softmax")], keras.optimizers.SGD(1e-3)


def relu_100():
    return [L.Flatten(), *depth_100("relu", "he_normal"), L.Dense(10, "softmax")], keras.optimizers.SGD(1e-3)


def depth_100(activation, initializer):
    return [L.Dense(units, activation, kernel_initializer=initializer) for units in (300, *[100] * 99)]


def conv():
    body = [layer for n in (32, 64) for layer in (L.Conv2D(n, 3, activation="relu", padding="same"), L.MaxPooling2D())]
    head = [L.Flatten(), L.Dense(64, "relu"), L.Dense(10, "softmax")]
    return [L.Reshape((28, 28, 1)), *body, *head], keras.optimizers.Adam()


NETS = {net.__name__: net for net in (leaky_relu, batch_normalization, selu_100, relu_100, conv)}


def build(name, seed=42, **compile_arguments):
    """A compiled net from a seed."""
    keras.utils.set_random_seed(seed)
    layers, optimizer = NETS[name]()
    model = keras.Sequential([keras.Input((28, 28)), *layers])
    arguments = {"optimizer": optimizer, "metrics": ["accuracy"], **compile_arguments}
    model.compile(loss="sparse_categorical_crossentropy", **arguments)
    return model


class Clock(keras.callbacks.Callback):
    """Seconds of the last epoch, from its first step to its end."""

    def on_epoch_begin(self, epoch, logs=None):
        del epoch, logs
        self.began = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        del epoch, logs
        self.seconds = time.perf_counter() - self.began
