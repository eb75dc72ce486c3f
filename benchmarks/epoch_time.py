"""Seconds an epoch: `tw.fit` beside `keras.Model.fit`, both on JAX, on the chapter's nets.

Fashion-MNIST, 55,000 rows, batch 32, with a metric and without validation. The two alternate in one process, each epoch
is a pair, and the ratio is taken pair by pair. Compiling and moving the data to the device are left out.
Usage: python benchmarks/epoch_time.py [--pairs 5] [--conv-rows 8000] [NET ...]
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from header import header

import trainwell as tw
from trainwell.datasets import load

import keras  # isort: skip -- after trainwell, which chooses the backend

L = keras.layers


def leaky_relu():
    he = {"kernel_initializer": "he_normal"}
    hidden = [layer for units in (300, 100) for layer in (L.Dense(units, **he), L.LeakyReLU())]
    return [L.Flatten(), *hidden, L.Dense(10, "softmax")], keras.optimizers.SGD(1e-3)


def batch_normalization():
    hidden = [layer for units in (300, 100) for layer in (L.Dense(units, "relu"), L.BatchNormalization())]
    return [L.Flatten(), L.BatchNormalization(), *hidden, L.Dense(10, "softmax")], keras.optimizers.SGD(1e-3)


def selu_100():
    dense = [L.Dense(units, "selu", kernel_initializer="lecun_normal") for units in (300, *[100] * 99)]
    return [L.Flatten(), *dense, L.Dense(10, "softmax")], keras.optimizers.SGD(1e-3)


def conv():
    body = [layer for n in (32, 64) for layer in (L.Conv2D(n, 3, activation="relu", padding="same"), L.MaxPooling2D())]
    head = [L.Flatten(), L.Dense(64, "relu"), L.Dense(10, "softmax")]
    return [L.Reshape((28, 28, 1)), *body, *head], keras.optimizers.Adam()


NETS = {net.__name__: net for net in (leaky_relu, batch_normalization, selu_100, conv)}


def build(net):
    keras.utils.set_random_seed(42)
    layers, optimizer = net()
    model = keras.Sequential([keras.Input((28, 28)), *layers])
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


class Clock(keras.callbacks.Callback):
    """Seconds of each epoch, from its first step to its end."""

    def __init__(self):
        super().__init__()
        self.epochs = []

    def on_epoch_begin(self, epoch, logs=None):
        del epoch, logs
        self.began = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        del epoch, logs
        self.epochs.append(time.perf_counter() - self.began)


def seconds(fit, model, x, y):
    """The second of two epochs: compiling, and moving the data to the device, belong to the first."""
    clock = Clock()
    fit(model, x, y, epochs=2, verbose=0, callbacks=[clock])
    return clock.epochs[1]


def spread(values):
    low, middle, high = np.percentile(values, [0, 50, 100])
    return f"{middle:.2f} ({low:.2f}–{high:.2f})"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("nets", nargs="*", default=["leaky_relu", "batch_normalization", "conv"])
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--conv-rows", type=int, default=8000, help="rows of a conv epoch; times are per 55,000")
    arguments = parser.parse_args()
    print(header("Epoch time against Keras on JAX", arguments.pairs, "trainwell", "keras", "jax", "jaxlib"))
    print("| net | tw.fit, s | keras fit, s | ratio, median (lowest–highest) |")
    print("|---|---|---|---|")
    data = load("fashion-mnist").train
    for name in arguments.nets:
        rows = arguments.conv_rows if name == "conv" else len(data)
        x, y = (data.x[:rows] / 255).astype("float32"), data.y[:rows]
        ours, theirs = build(NETS[name]), build(NETS[name])
        pairs = np.array(
            [(seconds(tw.fit, ours, x, y), seconds(keras.Model.fit, theirs, x, y)) for _ in range(arguments.pairs + 1)]
        )[1:]
        times = spread(pairs[:, 0] * len(data) / rows), spread(pairs[:, 1] * len(data) / rows)
        print(f"| {name} | {times[0]} | {times[1]} | {spread(pairs[:, 0] / pairs[:, 1])} |", flush=True)


if __name__ == "__main__":
    main()
