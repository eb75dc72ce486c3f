"""An epoch of `tw.fit` beside a hand-written JAX scan, Keras on JAX and on TensorFlow, and an eager PyTorch loop.

Fashion-MNIST, batch 32, with accuracy and without validation. All alternate in one run, an epoch each, and every ratio
is taken within a round; each round begins with another side. Compiling belongs to no side: each has run once before.
The scan is measured with Keras's metrics and without. Keras is measured with 64 steps an execution; the installed one
on JAX also with its default of one, and the table shows the faster of the two. Keras 3.16, TensorFlow and PyTorch live
in environments of their own; without one, their rows are missing.

    python -m venv ENV && ENV/bin/pip install --no-deps -r tools/nightly.txt
    python -m venv ENV && ENV/bin/pip install tensorflow-cpu keras==3.15.1
    python -m venv ENV && ENV/bin/pip install torch==2.13.0 numpy

Usage: python benchmarks/engine.py [--rounds 5] [--nightly ENV/bin/python] [--tensorflow ENV/bin/python]
                                   [--torch ENV/bin/python] [NET ...]
"""

from __future__ import annotations

import argparse
import functools
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
from header import header, spread

import trainwell as tw
from trainwell.datasets import load

import keras  # isort: skip -- after trainwell, which chooses the backend
import nets  # isort: skip -- the same
from bare_scan import BareScan  # isort: skip -- the same

PEERS = Path(__file__).parent / "peers"
ROWS = {"leaky_relu": 55_000, "batch_normalization": 55_000, "selu_100": 12_800, "conv": 6_400}  # of an epoch


class Fit:
    """A net trained by `tw.fit` or by Keras on JAX."""

    def __init__(self, fit, name, x, y, **compile_arguments):
        self._fit, self._x, self._y = fit, x, y
        self._model = nets.build(name, **compile_arguments)

    def __call__(self):
        clock = nets.Clock()
        self._fit(self._model, self._x, self._y, epochs=1, verbose=0, callbacks=[clock])
        return clock.seconds


class Bare:
    """A net trained by the hand-written scan."""

    def __init__(self, name, x, y, *, metrics):
        self._net = BareScan(name, x, y, metrics=metrics)

    def __call__(self):
        began = time.perf_counter()
        self._net.epoch()
        return time.perf_counter() - began


class Peer:
    """A net trained in another environment, which runs an epoch for each line that it is sent."""

    def __init__(self, python, script, *arguments):
        self._process = subprocess.Popen(
            [python, PEERS / script, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __call__(self):
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def close(self):
        self._process.communicate()


def one_round(sides, first):
    """Seconds of each side; each round begins with another one, since a side may slow down the next one."""
    names = list(sides)
    return {name: sides[name]() for name in names[first:] + names[:first]}


def measure(name, arguments, data, folder):
    """Seconds of every side, `(rounds,)` each; each has run one epoch before."""
    rows = min(ROWS[name], len(data))
    x, y = (data.x[:rows] / 255).astype("float32"), data.y[:rows]
    path = Path(folder) / f"{name}.npz"
    np.savez(path, x=x, y=y)
    sides = {
        # As a training of many epochs runs it: for a few steps of a deep net, tw.fit would fold its layers.
        "tw.fit": Fit(functools.partial(tw.fit, fold=False), name, x, y),
        "scan without metrics": Bare(name, x, y, metrics=False),
        "scan": Bare(name, x, y, metrics=True),
        "Keras, JAX": Fit(keras.Model.fit, name, x, y),
        "Keras, JAX, 64 steps": Fit(keras.Model.fit, name, x, y, steps_per_execution=64),
    }
    if arguments.nightly:
        sides["Keras 3.16, JAX, 64 steps"] = Peer(arguments.nightly, "keras_fit.py", "jax", "64", name, path)
    if arguments.tensorflow:
        peer = Peer(arguments.tensorflow, "keras_fit.py", "tensorflow", "64", name, path)
        sides["Keras, TensorFlow, 64 steps"] = peer
    if arguments.torch:
        sides["PyTorch"] = Peer(arguments.torch, "torch_eager.py", name, path)
    rounds = [one_round(sides, first=number % len(sides)) for number in range(arguments.rounds + 1)][1:]
    for side in sides.values():
        if isinstance(side, Peer):
            side.close()
    return {side: np.array([one[side] for one in rounds]) for side in sides}, len(data) / rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("nets", nargs="*", default=list(ROWS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--nightly", help="a Python that has keras-nightly and jax")
    parser.add_argument("--tensorflow", help="a Python that has tensorflow-cpu and keras")
    parser.add_argument("--torch", help="a Python that has torch")
    arguments = parser.parse_args()
    print(header("An epoch of tw.fit", arguments.rounds, "trainwell", "keras", "jax", "jaxlib"))
    print("Seconds are for 55,000 rows; a ratio below 1 says that tw.fit takes less.\n")
    print("| net | tw.fit, s | against | seconds | ratio, median (lowest–highest) |")
    print("|---|---|---|---|---|")
    data = load("fashion-mnist").train
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.nets:
            seconds, scale = measure(name, arguments, data, folder)
            ours = seconds.pop("tw.fit")
            slower = max(("Keras, JAX", "Keras, JAX, 64 steps"), key=lambda side: np.median(seconds[side]))
            del seconds[slower]
            for side, theirs in seconds.items():
                row = (name, spread(ours * scale), side, spread(theirs * scale), spread(ours / theirs))
                print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
