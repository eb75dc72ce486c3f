"""The chapter's own troubles, planted in nets on Fashion-MNIST, and what `tw.repair` makes of each.

Test images are kept from everything. A trouble counts as mended where the repaired net comes within 2 points of the
same net without it (trained as planned), and as answered by the chapter where one of the edits is of a kind that it
advises for it. Usage: python benchmarks/repair_chapter.py [--seeds 1] [--train 10000] [NAME ...]
"""

from __future__ import annotations

import argparse
import time
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from header import header
from scipy.special import softmax

import trainwell as tw
from trainwell.datasets.fashion_mnist import load_fashion_mnist

import keras  # isort: skip -- after trainwell, which chooses the backend

if TYPE_CHECKING:
    from collections.abc import Callable

L = keras.layers
SPARSE = "sparse_categorical_crossentropy"
NEAR = 0.02
WEIGHTS = {"he-initialization", "lecun-initialization", "glorot-initialization"}
NORMALIZED = {"batch-normalization", "layer-normalization"}
RATES = {"lower-learning-rate", "raise-learning-rate", "warmup", "one-cycle", "adam"}


@dataclass(frozen=True)
class Trouble:
    """One of them.

    Args:
        build: a compiled model; `True` for the one without the trouble.
        advised: names of remedies that the chapter would take.
        epochs: of the training.
        scale: what the bytes are divided by.
        labels: what the labels are counted from.
        rows: of the training; all where 0.
    """

    build: Callable[[bool], keras.Model]
    advised: set[str]
    epochs: int = 5
    scale: float = 255.0
    labels: int = 0
    rows: int = 0


def net(depth, units, activation, drawn, optimizer, *, last="softmax", loss: Any = SPARSE):
    hidden = [L.Dense(units, activation, kernel_initializer=drawn) for _ in range(depth)]
    model = keras.Sequential([keras.Input((28, 28)), L.Flatten(), *hidden, L.Dense(10, last)])
    model.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"])
    return model


def hundred_relus(well):
    if well:
        return net(100, 100, "selu", "lecun_normal", keras.optimizers.SGD(1e-3))
    return net(100, 100, "relu", "he_normal", keras.optimizers.SGD(1e-3))


def deep(activation, depth):
    def build(well):
        drawn = "glorot_uniform" if well and activation == "tanh" else keras.initializers.RandomNormal(stddev=1.0)
        if well and activation == "sigmoid":
            return net(depth, 100, "relu", "he_normal", keras.optimizers.Adam())
        return net(depth, 100, activation, drawn, keras.optimizers.Adam())

    return build


def rate(factor):
    def build(well):
        return net(2, 100, "relu", "he_normal", keras.optimizers.SGD(0.01 if well else 0.01 * factor))

    return build


def plain(well):
    del well
    return net(2, 100, "relu", "he_normal", keras.optimizers.SGD(0.01))


def logits(well):
    loss = SPARSE if well else keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return net(2, 100, "relu", "he_normal", keras.optimizers.Adam(), loss=loss)


def large(well):
    model = net(3, 300, "relu", "he_normal", keras.optimizers.Adam())
    if not well:
        return model
    hidden = [each for _ in range(3) for each in (L.Dense(300, "relu", kernel_initializer="he_normal"), L.Dropout(0.5))]
    model = keras.Sequential([keras.Input((28, 28)), L.Flatten(), *hidden, L.Dense(10, "softmax")])
    model.compile(optimizer=keras.optimizers.Adam(), loss=SPARSE, metrics=["accuracy"])
    return model


REGULARIZED = {"early-stopping", "dropout", "l2-penalty", "fewer-units", "fewer-epochs"}
TROUBLES = {
    "100-relu-layers": Trouble(
        hundred_relus, {"self-normalization", *NORMALIZED, *WEIGHTS, *RATES, "skip-connections"}
    ),
    "deep-tanh": Trouble(deep("tanh", 10), {*WEIGHTS, *NORMALIZED, "relu-activation"}),
    "deep-sigmoid": Trouble(deep("sigmoid", 10), {*WEIGHTS, *NORMALIZED, "relu-activation"}),
    "rate-100-times-too-high": Trouble(rate(100), RATES),
    "rate-100-times-too-low": Trouble(rate(0.01), RATES),
    "bytes": Trouble(plain, {"normalize-inputs", "rescale-inputs", *NORMALIZED}, scale=1.0),
    "softmax-and-from-logits": Trouble(logits, {"linear-output", "no-from-logits"}),
    "labels-1-to-10": Trouble(plain, {"re-index-labels"}, labels=1),
    "overfitting-on-1000": Trouble(large, REGULARIZED, epochs=60, rows=1000),
}


def data(trouble, well, count):
    arrays, _ = load_fashion_mnist()
    x, y, test_x, test_y = (arrays[name] for name in ("x_train", "y_train", "x_test", "y_test"))
    rows = np.random.default_rng(0).permutation(len(x))
    train, held = rows[: trouble.rows or count], rows[-4000:]
    scale, first = (255.0, 0) if well else (trouble.scale, trouble.labels)

    def some(images, labels):
        return images.astype("float32") / np.float32(scale), labels.astype("int32") + first

    return some(x[train], y[train]), some(x[held], y[held]), some(test_x, test_y)


def judged(model, x, y):
    """Accuracy and cross-entropy; outputs that are no probabilities are taken for logits."""
    found = model.predict(x, verbose=0, batch_size=500).astype(float)
    if not (np.allclose(found.sum(axis=-1), 1, atol=1e-3) and (found >= 0).all()):
        found = softmax(found, axis=-1)
    right = found[np.arange(len(y)), y.clip(0, found.shape[-1] - 1)]
    return float((found.argmax(axis=-1) == y).mean()), float(-np.log(right.clip(1e-7)).mean())


def told(figures):
    return f"{figures[0]:.3f}, {figures[1]:.2f}"


def measured(trouble, seed, count):
    """Test accuracy and cross-entropy before, after, and without the trouble; and the repair."""
    train, held, test = data(trouble, False, count)
    keras.utils.set_random_seed(seed)
    model = trouble.build(False)
    began = time.monotonic()
    found = tw.repair(model, *train, validation_data=held, epochs=trouble.epochs, seed=seed)
    seconds = time.monotonic() - began
    tw.fit(model, *train, epochs=trouble.epochs, verbose=0)
    before = judged(model, *test)
    test_x, test_y = test
    first = trouble.labels if any(name == "re-index-labels" for name in found.remedies) else 0
    after = judged(found.model, test_x, test_y - first)
    train, held, test = data(trouble, True, count)
    keras.utils.set_random_seed(seed)
    model = trouble.build(True)
    tw.fit(model, *train, epochs=trouble.epochs, verbose=0)
    return before, after, judged(model, *test), found, seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--train", type=int, default=10_000)
    given = parser.parse_args()
    print(header("Repairs of the chapter's troubles", given.seeds, "trainwell", "keras", "jax", "jaxlib"))
    print("| trouble | seed | before | after | without it | trial steps / steps | seconds | as advised | edits |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name in given.names or TROUBLES:
        trouble = TROUBLES[name]
        for seed in range(given.seeds):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                before, after, without, found, seconds = measured(trouble, seed, given.train)
            mark = "yes" if set(found.remedies) & trouble.advised else "no"
            near = "" if after[0] >= without[0] - NEAR else " (short)"
            edits = "; ".join(map(str, found.edits)) or found.outcome
            print(
                f"| {name} | {seed} | {told(before)} | {told(after)}{near} | {told(without)} "
                f"| {found.trial_steps / found.steps:.2f} | {seconds:.0f} | {mark} | {edits} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
