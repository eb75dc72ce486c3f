"""Fashion-MNIST with few labels: from scratch, and after each way of pretraining on the images without labels.

For each seed: a net of 784-300-100-10 (He, ELU), pretrained on the 55,000 training images without labels, then trained
on 10, 50 and 200 labelled images a class for the same number of steps at the same rate, all layers at once, without
early stopping; the validation part is not touched. Within a seed all methods begin with the same weights and see the
same labelled rows in the same order, so that the differences are paired. Steps and rate were chosen for training from
scratch on another seed, on the validation part. Each line is kept in a file (--keep), and what stands there is not
measured again.
Usage: python benchmarks/pretraining.py [--seeds 5] [--epochs 10] [--steps 1000] [--methods gan ...] [--keep FILE]
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
from header import header

import trainwell as tw

import keras  # isort: skip -- after trainwell, which chooses the backend

L = keras.layers
METHODS = ("autoencoder", "denoising", "greedy", "gan")
LABELS = (10, 50, 200)  # a class


def build(seed):
    keras.utils.set_random_seed(seed)
    hidden = [L.Dense(units, "elu", kernel_initializer="he_normal") for units in (300, 100)]
    layers = [L.Rescaling(1 / 255), L.Flatten(), *hidden, L.Dense(10, "softmax")]
    model = keras.Sequential([keras.Input((28, 28)), *layers])
    model.compile(keras.optimizers.Nadam(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def labelled(y, count, seed):
    generator = np.random.default_rng(seed)
    return np.concatenate([generator.permutation(np.flatnonzero(y == each))[:count] for each in range(10)])


def lines_of(data, method, seed, arguments, counts):
    """The test accuracy for each number of labels, after one pretraining."""
    model, began = build(seed), time.perf_counter()
    if method != "scratch":
        x = data.train.x[: arguments.rows]
        model = tw.pretrain(model, x, method, epochs=arguments.epochs, seed=seed).model
    pretrained, weights = time.perf_counter() - began, model.get_weights()
    for count in counts:
        rows = labelled(data.train.y, count, seed)
        model = build(seed)
        model.set_weights(weights)
        keras.utils.set_random_seed(seed)
        epochs = round(arguments.steps / -(-len(rows) // 32))
        tw.fit(model, data.train.x[rows], data.train.y[rows], epochs=epochs, verbose=0)
        accuracy = model.evaluate(data.test.x, data.test.y, batch_size=1000, verbose=0, return_dict=True)["accuracy"]
        yield {"seed": seed, "method": method, "labels": count, "accuracy": accuracy, "pretraining, s": pretrained}


def table(lines, seeds):
    print("| labels a class | method | seeds | test accuracy, mean ± deviation | above scratch, ± standard error |")
    print("|---|---|---|---|---|")
    for count in LABELS:
        of = {
            method: {
                line["seed"]: line["accuracy"] for line in lines if (line["labels"], line["method"]) == (count, method)
            }
            for method in ("scratch", *METHODS)
        }
        for method, by_seed in of.items():
            both = [seed for seed in range(seeds) if seed in by_seed and seed in of["scratch"]]
            if len(both) < 2:
                continue
            values = np.array([by_seed[seed] for seed in both])
            above = values - np.array([of["scratch"][seed] for seed in both])
            error = above.std(ddof=1) / np.sqrt(len(above))
            paired = "" if method == "scratch" else f"{above.mean():+.4f} ± {error:.4f}"
            print(f"| {count} | {method} | {len(both)} | {values.mean():.4f} ± {values.std(ddof=1):.4f} | {paired} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--rows", type=int, default=55_000)
    parser.add_argument("--methods", nargs="*", choices=METHODS, default=METHODS)
    parser.add_argument("--keep", type=Path, default=Path("pretraining.jsonl"))
    arguments = parser.parse_args()
    data = tw.datasets.load("fashion-mnist")
    settings = {"epochs": arguments.epochs, "steps": arguments.steps, "rows": arguments.rows}
    print(header("Pretraining where labels are few", arguments.seeds, "trainwell", "keras", "jax"))
    kept = arguments.keep.read_text(encoding="utf-8").splitlines() if arguments.keep.exists() else []
    lines = [line for line in map(json.loads, kept) if settings.items() <= line.items()]
    for seed in range(arguments.seeds):
        for method in ("scratch", *arguments.methods):
            done = {line["labels"] for line in lines if (line["seed"], line["method"]) == (seed, method)}
            counts = [count for count in LABELS if count not in done]
            if not counts:
                continue
            for line in lines_of(data, method, seed, arguments, counts):
                lines.append({**line, **settings})
                print(json.dumps(lines[-1]), flush=True)
                with arguments.keep.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(lines[-1]) + "\n")
    print()
    table(lines, arguments.seeds)


if __name__ == "__main__":
    main()
