"""Prediction before and after `tw.fold_batchnorm`: `model.predict` over many rows, and one compiled call of one batch.

The moving statistics are random, since the time does not depend on them. The two take turns, and ratios are taken pair
by pair: below 1, the folded model is faster. A call is timed as the mean of several in a row. The largest difference of
the outputs is given as a share of the largest output.
Usage: python benchmarks/batchnorm_folding.py [--pairs 15] [--rows 10000] [--batch 256] [--calls 50] [NET ...]
"""

from __future__ import annotations

import argparse
import time
from functools import partial

import numpy as np
from header import header, spread

import trainwell as tw
from trainwell.engine import state

import jax  # isort: skip -- after trainwell, which chooses the backend
import keras  # isort: skip
import nets  # isort: skip

L = keras.layers


def chapter():
    return nets.batch_normalization()[0]


def deep():
    hidden = [layer for _ in range(20) for layer in (L.Dense(100, "relu"), L.BatchNormalization())]
    return [L.Flatten(), *hidden, L.Dense(10, "softmax")]


def conv():
    def block(filters):
        return [L.Conv2D(filters, 3, padding="same", use_bias=False), L.BatchNormalization(), L.ReLU()]

    body = [*block(32), *block(32), L.MaxPooling2D(), *block(64), *block(64), L.MaxPooling2D()]
    return [L.Reshape((28, 28, 1)), *body, L.Flatten(), L.Dense(10, "softmax")]


def depthwise():
    def block(filters, strides):
        depthwise = L.DepthwiseConv2D(3, strides=strides, padding="same", use_bias=False)
        pointwise = L.Conv2D(filters, 1, use_bias=False)
        return [depthwise, L.BatchNormalization(), L.ReLU(), pointwise, L.BatchNormalization(), L.ReLU()]

    stem = [L.Conv2D(16, 3, padding="same", use_bias=False), L.BatchNormalization(), L.ReLU()]
    body = [*stem, *block(32, 2), *block(32, 1), *block(64, 2), *block(64, 1)]
    return [L.Reshape((28, 28, 1)), *body, L.GlobalAveragePooling2D(), L.Dense(10, "softmax")]


NETS = {
    "chapter": ("the chapter's dense net, 3 BN", chapter),
    "deep": ("20 × Dense(100) + BN", deep),
    "conv": ("conv net, 4 BN", conv),
    "depthwise": ("depthwise-separable net, 9 BN", depthwise),
}


def build(layers):
    keras.utils.set_random_seed(42)
    model = keras.Sequential([keras.Input((28, 28)), *layers])
    generator = np.random.default_rng(0)
    for layer in model.layers:
        if isinstance(layer, L.BatchNormalization):
            size = layer.gamma.shape[0]
            layer.set_weights(
                [generator.uniform(low, high, size) for low, high in ((0.5, 1.5), (-1, 1), (-1, 1), (0.5, 2))]
            )
    return model


def call_of(model, batch):
    """A compiled call of one batch, as a program that serves would hold it."""
    trainable, other, _ = state.copy(state.test_state(model))  # `predict` takes the variables' own buffers away
    program = jax.jit(lambda *given: model.stateless_call(*given, training=False)[0])
    return lambda: jax.block_until_ready(program(trainable, other, batch))


def seconds(function, calls):
    began = time.perf_counter()
    for _ in range(calls):
        function()
    return (time.perf_counter() - began) / calls


def paired(before, after, pairs, calls):
    """Seconds of each, `(pairs, 2)`, after a call of each that compiles."""
    before(), after()
    times = []
    for pair in range(pairs):
        if pair % 2:
            folded, plain = seconds(after, calls), seconds(before, calls)
        else:
            plain, folded = seconds(before, calls), seconds(after, calls)
        times.append((plain, folded))
    return np.array(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("nets", nargs="*", default=list(NETS))
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--rows", type=int, default=10_000, help="of model.predict")
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--calls", type=int, default=50, help="compiled calls in a row, of one batch")
    arguments = parser.parse_args()
    print(header("Batch normalisation folded", arguments.pairs, "trainwell", "keras", "jax", "jaxlib"))
    print(f"Device: {jax.devices()[0].device_kind}; {arguments.rows} rows, batch {arguments.batch}\n")
    print("| net | what | before, ms | folded, ms | folded / before | largest difference |")
    print("|---|---|---|---|---|---|")
    x = np.random.default_rng(1).uniform(size=(arguments.rows, 28, 28)).astype("float32")
    for name in arguments.nets:
        title, layers = NETS[name]
        model = build(layers())
        folded = tw.fold_batchnorm(model)
        batch = jax.device_put(x[: arguments.batch])
        options = {"batch_size": arguments.batch, "verbose": 0}
        expected = model.predict(x, **options)
        off = np.abs(expected - folded.predict(x, **options)).max() / np.abs(expected).max()
        for what, one, other, calls in (
            ("predict", partial(model.predict, x, **options), partial(folded.predict, x, **options), 1),
            ("one batch", call_of(model, batch), call_of(folded, batch), arguments.calls),
        ):
            times = paired(one, other, arguments.pairs, calls) * 1000
            ratio = spread(times[:, 1] / times[:, 0])
            print(
                f"| {title} | {what} | {spread(times[:, 0])} | {spread(times[:, 1])} | {ratio} | {off:.0e} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
