"""The fast forms of convolution and pooling inside a loop, beside XLA's own step by step.

A step is value and gradients for images and kernel, and an update of both so that nothing is left out. Ours runs in a
compiled loop of 20 steps; XLA's as one compiled step called 20 times, which is faster than XLA's in a loop (shown, from
one run each, with --loop). The two alternate; the ratio is taken pair by pair. Below 1, ours is faster.

The second table is what decides where the two are close: training steps of whole nets, batch 32, with Adam and a
metric. All of a net in the fast forms in a loop, beside the engine's alternative: its convolutions over many channels
left to XLA, the rest in the fast forms, step by step; and beside XLA's own alone, step by step.
Usage: python benchmarks/lowering.py [--pairs 5] [--loop] [WORD ...] (rows whose name contains a word)
"""

from __future__ import annotations

import argparse
import os
import time
from unittest import mock

import numpy as np
from header import header, spread

from trainwell.engine import lowering, state
from trainwell.engine.lowering import convolution

import jax  # isort: skip -- after trainwell, which chooses the backend
import jax.numpy as jnp
import keras

L = keras.layers
STEPS = 20
FORCED = 1000  # entries: the fast form where the engine leaves the convolution to XLA, to show why
ROWS = [  # name, layer, input with its batch
    ("3x3, 32 to 64", L.Conv2D(64, 3, padding="same"), (32, 14, 14, 32)),
    ("3x3, 1 to 32", L.Conv2D(32, 3, padding="same"), (32, 28, 28, 1)),
    ("3x3, 128 to 128", L.Conv2D(128, 3, padding="same"), (32, 7, 7, 128)),
    ("5x5, 1 to 16", L.Conv2D(16, 5, padding="same"), (32, 28, 28, 1)),
    ("5x5, 16 to 32 (forced; left to XLA)", L.Conv2D(32, 5, padding="same"), (32, 14, 14, 16)),
    ("1x1, 64 to 128", L.Conv2D(128, 1), (32, 14, 14, 64)),
    ("3x3 stride 2, 32 to 64", L.Conv2D(64, 3, strides=2, padding="same"), (32, 14, 14, 32)),
    ("3x3 dilation 2, 32 to 32", L.Conv2D(32, 3, dilation_rate=2, padding="same"), (32, 14, 14, 32)),
    ("depthwise 3x3, 32", L.DepthwiseConv2D(3, padding="same"), (32, 14, 14, 32)),
    ("separable 3x3, 32 to 64", L.SeparableConv2D(64, 3, padding="same"), (32, 14, 14, 32)),
    ("3x3 groups 4, 32 to 64", L.Conv2D(64, 3, groups=4, padding="same"), (32, 14, 14, 32)),
    ("1-D 5, 32 to 32", L.Conv1D(32, 5, padding="same"), (32, 128, 32)),
    ("1-D 3 causal dilation 2", L.Conv1D(32, 3, dilation_rate=2, padding="causal"), (32, 128, 32)),
    ("3-D 3x3x3, 16 to 32", L.Conv3D(32, 3, padding="same"), (4, 10, 10, 10, 16)),
    ("transposed 3x3 stride 2", L.Conv2DTranspose(16, 3, strides=2, padding="same"), (32, 14, 14, 32)),
    ("max pool 2", L.MaxPooling2D(2), (32, 28, 28, 32)),
    ("max pool 3 stride 2", L.MaxPooling2D(3, 2, "same"), (32, 28, 28, 32)),
    ("average pool 2", L.AveragePooling2D(2), (32, 28, 28, 32)),
]


def conv(filters, size):
    return L.Conv2D(filters, size, activation="relu", padding="same")


NETS = [
    ("3x3: 32, pool, 64, pool", lambda: [conv(32, 3), L.MaxPooling2D(), conv(64, 3), L.MaxPooling2D()]),
    ("3x3: 32, 32, pool, 64, pool", lambda: [conv(32, 3), *NETS[0][1]()]),
    ("5x5: 16, pool, 32, pool", lambda: [conv(16, 5), L.MaxPooling2D(), conv(32, 5), L.MaxPooling2D()]),
]


def training_step(layers):
    """The model's own step on one batch, and the state it begins with."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((28, 28, 1)), *layers, L.Flatten(), L.Dense(10, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    batch = (np.random.default_rng(0).normal(size=(32, 28, 28, 1)).astype("float32"), np.arange(32) % 10)
    model.train_on_batch(*batch)

    def step(values):
        after = model.train_step(values, batch)[1]
        return jax.tree.map(lambda new, old: jnp.asarray(new, old.dtype), after, values)

    return step, state.train_state(model)


def step_of(layer):
    def loss(x, weights):
        with keras.StatelessScope(list(zip(layer.trainable_variables, weights, strict=True))):
            value = layer(x)
        return (value * value).sum() / 2

    def step(values):
        gradients = jax.grad(loss, (0, 1))(*values)
        return jax.tree.map(lambda value, gradient: value - 1e-6 * gradient, values, gradients)

    return step


def in_a_loop(step, values):
    return jax.jit(lambda v: jax.lax.fori_loop(0, STEPS, lambda _, v: step(v), v)).lower(values).compile()


def step_by_step(step, values):
    single = jax.jit(step).lower(values).compile()

    def run(values):
        for _ in range(STEPS):
            values = single(values)
        return values

    return run


def milliseconds(run, values):
    began = time.perf_counter()
    jax.block_until_ready(run(values))
    return (time.perf_counter() - began) / STEPS * 1e3


def traced(make, step, values, limit):
    """A runner whose program is traced while the fast forms stand in, for 2-D windows of up to `limit` entries."""
    with mock.patch.object(convolution, "IMAGE_ENTRIES", limit), lowering.lowered():
        return make(step, values)


def compare(runners, values, pairs):
    """Milliseconds a step, `(pairs, runners)`; the first round warms up."""
    return np.array([[milliseconds(run, values) for run in runners] for _ in range(pairs + 1)])[1:]


def kinds(arguments):
    columns = ("kind", "input", "ours in a loop, ms", "XLA step by step, ms", "ratio, median (lowest–highest)")
    print(f"| {' | '.join(columns)} | XLA in a loop, ms |\n|{'---|' * 6}")
    for name, layer, shape in ROWS:
        if arguments.words and not any(word in name for word in arguments.words):
            continue
        layer.build(shape)
        values = (
            jnp.asarray(np.random.default_rng(0).normal(size=shape), "float32"),
            [variable.value for variable in layer.trainable_variables],
        )
        step = step_of(layer)
        limit = FORCED if "forced" in name else convolution.IMAGE_ENTRIES
        runners = (traced(in_a_loop, step, values, limit), step_by_step(step, values))
        times = compare(runners, values, arguments.pairs)
        slow = f"{milliseconds(in_a_loop(step, values), values):.1f}" if arguments.loop else "–"
        cells = (name, "x".join(map(str, shape)), *map(spread, times.T), spread(times[:, 0] / times[:, 1]), slow)
        print(f"| {' | '.join(cells)} |", flush=True)


def nets(arguments):
    columns = ("net", "fast in a loop, ms", "many channels left to XLA, ms", "ratio", "XLA alone, ms", "ratio")
    print(f"\n| {' | '.join(columns)} |\n|{'---|' * 6}")
    for name, layers in NETS:
        step, values = training_step(layers())
        runners = [traced(in_a_loop, step, values, FORCED), traced(step_by_step, step, values, 0)]
        times = compare([*runners, step_by_step(step, values)], values, arguments.pairs)
        fast, left, plain = times.T
        cells = (name, spread(fast), spread(left), spread(fast / left), spread(plain), spread(fast / plain))
        print(f"| {' | '.join(cells)} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--loop", action="store_true")
    arguments = parser.parse_args()
    print(header("Convolution and pooling beside XLA's", arguments.pairs, "trainwell", "keras", "jax", "jaxlib"))
    print(f"load of the machine at the start {os.getloadavg()[0]:.1f}\n")
    kinds(arguments)
    if not arguments.words:
        nets(arguments)


if __name__ == "__main__":
    main()
