"""Sixteen learning rates at once, `tw.fit_many`, beside sixteen calls of `tw.fit` one after the other.

The chapter's Leaky ReLU net on Fashion-MNIST, batch 32. Compiling is left out on both sides: each side trains once
before it is timed. The two alternate, and the ratio is taken pair by pair.
Usage: python benchmarks/many.py [--pairs 5] [--rows 16000] [--copies 16] [--how threads ...]
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from header import header, spread

import trainwell as tw
from trainwell.datasets import load

import nets  # isort: skip -- after trainwell, which chooses the backend


def timed(function):
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--rows", type=int, default=16_000)
    parser.add_argument("--copies", type=int, default=16)
    parser.add_argument("--how", nargs="*", default=["threads", "vmap", "one after another"])
    arguments = parser.parse_args()
    data = load("fashion-mnist").train
    x, y = (data.x[: arguments.rows] / 255).astype("float32"), data.y[: arguments.rows]
    rates = np.geomspace(1e-4, 1e-1, arguments.copies)
    many, single = nets.build("leaky_relu"), nets.build("leaky_relu")

    def one_by_one():
        for rate in rates:
            single.optimizer.learning_rate = rate
            tw.fit(single, x, y, epochs=1, verbose=0)

    print(header(f"{arguments.copies} learning rates at once", arguments.pairs, "trainwell", "keras", "jax", "jaxlib"))
    print("| how | fit_many, s | fits one by one, s | ratio, median (lowest–highest) |")
    print("|---|---|---|---|")
    for how in arguments.how:

        def at_once(how=how):
            tw.fit_many(many, x, y, learning_rates=rates, epochs=1, how=how)

        at_once()
        one_by_one()
        pairs = np.array([(timed(at_once), timed(one_by_one)) for _ in range(arguments.pairs)])
        ratio = spread(pairs[:, 0] / pairs[:, 1])
        print(f"| {how} | {spread(pairs[:, 0])} | {spread(pairs[:, 1])} | {ratio} |", flush=True)


if __name__ == "__main__":
    main()
