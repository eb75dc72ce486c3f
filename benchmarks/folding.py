"""Deep SELU nets, folded and unfolded: seconds to lower and compile the training step, and milliseconds a step.

784 inputs, 100 units a layer, batch 32 (random numbers: the time does not depend on them). The compiled program is a
loop over Keras's own `train_step`, of the model and of its folded form. The two alternate, and ratios are taken pair by
pair. Preparing the fold, and moving the state into it and back once, are given too: they are what folding adds.
Usage: python benchmarks/folding.py [--pairs 3] [--calls 15] [--layers 50 100 200 400] [--optimizers SGD Adam]
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from header import header, spread

from trainwell.engine import compat, state
from trainwell.engine.folding import Folding

import jax  # isort: skip -- after trainwell, which chooses the backend
import keras  # isort: skip

L = keras.layers
STEPS = 16  # a call, in a compiled loop, as the engine runs them


def build(layers, optimizer, batch):
    keras.utils.set_random_seed(42)
    hidden = [L.Dense(100, "selu", kernel_initializer="lecun_normal") for _ in range(layers)]
    model = keras.Sequential([keras.Input((784,)), *hidden, L.Dense(10, "softmax")])
    model.compile(getattr(keras.optimizers, optimizer)(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    compat.build(model, lambda: batch)
    return model


def seconds(function, *arguments):
    began = time.perf_counter()
    result = jax.block_until_ready(function(*arguments))
    return time.perf_counter() - began, result


def compiled(step, values, batch):
    """A loop of `STEPS` steps, lowered and compiled anew, and the seconds that took."""

    def loop(values, batch):
        def body(_, values):
            return jax.tree.map(lambda new, old: new.astype(old.dtype), step(values, batch)[1], values)

        return jax.lax.fori_loop(0, STEPS, body, values)

    began = time.perf_counter()
    program = jax.jit(loop, donate_argnums=0).lower(values, batch).compile()
    return time.perf_counter() - began, program


def measure(layers, optimizer, pairs, calls):
    generator = np.random.default_rng(0)
    batch = generator.normal(size=(32, 784)).astype("float32"), generator.integers(0, 10, 32)
    model = build(layers, optimizer, batch)
    plain = state.copy(state.train_state(model))
    making, folding = seconds(lambda: Folding.of(model, fewest_blocks=2))
    moving_in, folded = seconds(folding.fold, plain)
    moving_out, _ = seconds(folding.unfold, folded)
    compiling, stepping = [], []
    for _ in range(pairs):
        to_fold, folded_program = compiled(folding.train_step, folded, batch)
        to_leave, plain_program = compiled(model.train_step, plain, batch)
        compiling.append((to_fold, to_leave))
    for _ in range(calls + 1):
        folded_seconds, folded = seconds(folded_program, folded, batch)
        plain_seconds, plain = seconds(plain_program, plain, batch)
        stepping.append((folded_seconds / STEPS * 1000, plain_seconds / STEPS * 1000))
    return np.array(compiling), np.array(stepping[1:]), making, moving_in + moving_out


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--calls", type=int, default=15, help=f"of {STEPS} steps, to time a step")
    parser.add_argument("--layers", type=int, nargs="+", default=[50, 100, 200, 400])
    parser.add_argument("--optimizers", nargs="+", default=["SGD", "Adam"])
    arguments = parser.parse_args()
    measure(8, "SGD", 1, 1)  # what a process does only once
    print(header("Deep nets folded", arguments.pairs, "trainwell", "keras", "jax", "jaxlib"))
    print(f"Device: {jax.devices()[0].device_kind}\n")
    print(
        "| layers | optimizer | compile: folded, s | unfolded, s | ratio | step: folded, ms | unfolded, ms | ratio |",
        end="",
    )
    print(" preparing, s | in and out, s |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for optimizer in arguments.optimizers:
        for layers in arguments.layers:
            compiling, stepping, making, moving = measure(layers, optimizer, arguments.pairs, arguments.calls)
            cells = [
                cell
                for pairs in (compiling, stepping)
                for cell in (spread(pairs[:, 0]), spread(pairs[:, 1]), spread(pairs[:, 0] / pairs[:, 1]))
            ]
            print(f"| {layers} | {optimizer} | {' | '.join(cells)} | {making:.2f} | {moving:.3f} |", flush=True)


if __name__ == "__main__":
    main()
