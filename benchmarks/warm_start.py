"""Seconds from calling `tw.fit` to its first step done, in a new process: cold, and with the compiled programs on disk.

Fashion-MNIST, 55,000 rows, batch 32, on the chapter's Leaky ReLU net and its net of 100 SELU layers. Imports, loading
the data and building the model come before. Cold is a process with an empty folder of compiled programs, warm the next
one with the same folder; each pair has a folder of its own.
Usage: python benchmarks/warm_start.py [--pairs 3] [NET ...]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from header import header, spread

BARS = {"leaky_relu": 0.5, "selu_100": 1.0}  # seconds, warm


def first_step(name):
    """Seconds to the first step of one net, in this process."""
    import trainwell as tw  # noqa: PLC0415 -- before Keras, and not in the process that only starts others
    from trainwell.datasets import load  # noqa: PLC0415

    import keras  # noqa: PLC0415 # isort: skip -- after trainwell, which chooses the backend
    import nets  # noqa: PLC0415

    class FirstStepDone(Exception):  # noqa: N818 -- it ends the training, and is no error
        pass

    class Stop(keras.callbacks.Callback):
        def on_train_steps_end(self, step, logs=None):
            del step, logs
            raise FirstStepDone

    fit = tw.fit  # loads the engine
    data = load("fashion-mnist").train
    x, y = (data.x / 255).astype("float32"), data.y
    model = nets.build(name)
    began = time.perf_counter()
    try:
        fit(model, x, y, verbose=0, callbacks=[Stop()])
    except FirstStepDone:
        return time.perf_counter() - began
    raise AssertionError("the engine reported no step")


def in_a_new_process(name, folder):
    environment = {**os.environ, "TRAINWELL_COMPILE_CACHE": str(folder)}
    environment.pop("JAX_COMPILATION_CACHE_DIR", None)
    command = [sys.executable, __file__, "--in-this-process", name]
    return float(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)


def pair(name):
    with tempfile.TemporaryDirectory() as folder:
        return [in_a_new_process(name, Path(folder) / "compiled") for _ in ("cold", "warm")]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("nets", nargs="*", default=list(BARS))
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--in-this-process", metavar="NET", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.in_this_process:
        print(first_step(arguments.in_this_process))
        return
    print(header("From tw.fit to its first step", arguments.pairs, "trainwell", "keras", "jax", "jaxlib"))
    print("| net | cold, s | warm, s | aim, warm |")
    print("|---|---|---|---|")
    for name in arguments.nets:
        cold, warm = np.array([pair(name) for _ in range(arguments.pairs)]).T
        print(f"| {name} | {spread(cold)} | {spread(warm)} | ≤ {BARS.get(name, '–')} |", flush=True)


if __name__ == "__main__":
    main()
