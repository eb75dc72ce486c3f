"""What signals cost: `tw.fit` with all signals every 50 steps beside the same without.

Fashion-MNIST, batch 32. The two alternate, an epoch each, and the ratio is taken pair by pair; compiling belongs to
neither. The time to the first step is that of a first training of one step, with nothing kept on disk: tracing,
compiling and all the rest. Last, whether the weights are the same.
Usage: python benchmarks/signals.py [--pairs 9] [--every 50] [NET ...]
"""

from __future__ import annotations

import argparse
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
BATCH = 32


def epoch(model, x, y, every):
    """Seconds of an epoch; a step in `every` is read, or none for 0. The dense beginning is left out."""
    clock, recording = nets.Clock(), tw.Recording(every=every, first=0) if every else None
    tw.fit(model, x, y, epochs=1, verbose=0, callbacks=[clock], recording=recording, fold=False)
    return clock.seconds


def first_step(name, x, y, every):
    """Seconds from calling `tw.fit` on a new model to the end of its first step."""
    model = nets.build(name)
    began = time.perf_counter()
    recording = tw.Recording(every=every) if every else None
    tw.fit(model, x[:BATCH], y[:BATCH], epochs=1, verbose=0, recording=recording, fold=False)
    return time.perf_counter() - began


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("nets", nargs="*", default=["leaky_relu", "batch_normalization", "selu_100"])
    parser.add_argument("--pairs", type=int, default=9)
    parser.add_argument("--every", type=int, default=50)
    arguments = parser.parse_args()
    print(header(f"All signals every {arguments.every} steps", arguments.pairs, "trainwell", "keras", "jax", "jaxlib"))
    print("| net | epoch with / without, median (lowest–highest) | first step, s | ratio | same weights |")
    print("|---|---|---|---|---|")
    data = load("fashion-mnist").train
    first_step("leaky_relu", (data.x[:BATCH] / 255).astype("float32"), data.y[:BATCH], 0)  # a process's first costs
    for name in arguments.nets:
        x, y = (data.x[: ROWS[name]] / 255).astype("float32"), data.y[: ROWS[name]]
        first = np.array([[first_step(name, x, y, every) for every in (arguments.every, 0)] for _ in range(3)])
        watched, plain = nets.build(name), nets.build(name)
        for model, every in ((watched, arguments.every), (plain, 0)):
            keras.utils.set_random_seed(0)
            epoch(model, x, y, every)
        same = all(map(np.array_equal, watched.get_weights(), plain.get_weights()))
        ratios = [epoch(watched, x, y, arguments.every) / epoch(plain, x, y, 0) for _ in range(arguments.pairs)]
        columns = (spread(ratios), f"{np.median(first[:, 0]):.2f} against {np.median(first[:, 1]):.2f}")
        ratio = spread(first[:, 0] / first[:, 1])
        print(f"| {name} | {' | '.join(columns)} | {ratio} | {'yes' if same else 'NO'} |", flush=True)


if __name__ == "__main__":
    main()
