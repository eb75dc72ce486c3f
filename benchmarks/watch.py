"""What `tw.Watch` costs under Keras's own `fit`: epochs with it beside the same without.

Fashion-MNIST, batch 32. Trainings with and without take turns, and the ratio is taken pair by pair. An epoch lasts from
its begin to the next one's, so what the Watch does between epochs counts. The first epoch, in which programs are
compiled and facts gathered, is told apart; so is what the training's end takes, where the Watch judges a last time.
Last, whether the weights are the same.
Usage: python benchmarks/watch.py [--pairs 7] [--epochs 6] [NET ...]
"""

from __future__ import annotations

import argparse
import logging
import os
import time

os.environ["TRAINWELL_COMPILE_CACHE"] = "off"
import numpy as np
from header import header, spread

import trainwell as tw
from trainwell.datasets import load

import keras  # isort: skip -- after trainwell, which chooses the backend
import nets  # isort: skip -- the same

ROWS = {"leaky_relu": 27_500, "batch_normalization": 27_500, "selu_100": 6_400, "conv": 3_200}


class Begins(keras.callbacks.Callback):
    """When each epoch began, and when the last one was over."""

    def on_train_begin(self, logs=None):
        del logs
        self.at = []

    def on_epoch_begin(self, epoch, logs=None):
        del epoch, logs
        self.at.append(time.perf_counter())

    def on_train_end(self, logs=None):
        del logs
        self.at.append(time.perf_counter())


def training(name, x, y, epochs, *, watched):
    """The weights; seconds of the first epoch, of the median of the others, and of the training's end."""
    model, begins = nets.build(name), Begins()
    keras.utils.set_random_seed(0)
    callbacks = [begins, *([tw.Watch(verbose=False)] if watched else [])]
    model.fit(x, y, epochs=epochs, verbose=0, callbacks=callbacks)
    over = time.perf_counter()
    lasted = np.diff(begins.at)
    return model.get_weights(), (lasted[0], np.median(lasted[1:]), over - begins.at[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("nets", nargs="*", default=["leaky_relu", "batch_normalization", "selu_100"])
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--epochs", type=int, default=6)
    arguments = parser.parse_args()
    logging.getLogger("trainwell").setLevel(logging.ERROR)
    print(header(f"tw.Watch in {arguments.epochs} epochs", arguments.pairs, "trainwell", "keras", "jax", "jaxlib"))
    print("| net | epoch with / without, median (lowest–highest) | first epoch, s | last judgement, s | same weights |")
    print("|---|---|---|---|---|")
    data = load("fashion-mnist").train
    for name in arguments.nets:
        x, y = (data.x[: ROWS[name]] / 255).astype("float32"), data.y[: ROWS[name]]
        training(name, x, y, 2, watched=False)  # a process's first costs
        same, pairs = True, []
        for _ in range(arguments.pairs):
            (weights, watched), (plain_weights, plain) = (
                training(name, x, y, arguments.epochs, watched=each) for each in (True, False)
            )
            same = same and all(map(np.array_equal, weights, plain_weights))
            pairs.append((watched, plain))
        times = np.asarray(pairs)
        first, _, end = np.median(times, axis=0).T
        print(
            f"| {name} | {spread(times[:, 0, 1] / times[:, 1, 1])} | {first[0]:.2f} against {first[1]:.2f} "
            f"| {end[0]:.2f} | {'yes' if same else 'NO'} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
