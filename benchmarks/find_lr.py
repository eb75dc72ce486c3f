"""Each rule of the range test on the chapter's nets: what one epoch at the suggested rate brings, beside the best rate.

For each net and seed: a range test of 200 steps, then one epoch (1,719 steps of 32), all from the same weights, at the
rate that each rule reads off the curve, at the default one as short trainings confirm it, and at each rate of a grid.
Lost: validation loss after the epoch, less that of the best rate of the grid. A rate trains where the epoch's
validation accuracy is at least half of the best one's.
Usage: python benchmarks/find_lr.py [--seeds 3] [--nets relu selu_100_sgd ...] [--epochs 1]
"""

from __future__ import annotations

import argparse

import numpy as np
from header import header, spread

import trainwell as tw
from trainwell.datasets import load
from trainwell.techniques.learning_rate_rules import DEFAULT, RULES

import keras  # isort: skip -- after trainwell, which chooses the backend
import nets  # isort: skip -- the same

L, optimizers = keras.layers, keras.optimizers
CONFIRMED = f"{DEFAULT}, confirmed"
GRID = np.geomspace(1e-5, 1.0, 11)


def elu_dropout():
    hidden = [
        layer
        for units in (300, 100)
        for layer in (L.Dropout(0.2), L.Dense(units, "elu", kernel_initializer="he_normal"))
    ]
    return [L.Flatten(), *hidden, L.Dense(10, "softmax")]


def depth_100(activation, initializer):
    dense = [L.Dense(units, activation, kernel_initializer=initializer) for units in (300, *[100] * 99)]
    return [L.Flatten(), *dense, L.Dense(10, "softmax")]


NETS = {
    "leaky_relu_sgd": lambda: (nets.leaky_relu()[0], optimizers.SGD()),
    "leaky_relu_nadam": lambda: (nets.leaky_relu()[0], optimizers.Nadam()),
    "batch_norm_sgd": lambda: (nets.batch_normalization()[0], optimizers.SGD()),
    "batch_norm_adam": lambda: (nets.batch_normalization()[0], optimizers.Adam()),
    "elu_dropout_adam": lambda: (elu_dropout(), optimizers.Adam()),
    "elu_dropout_nadam": lambda: (elu_dropout(), optimizers.Nadam()),
    "selu_100_sgd": lambda: (depth_100("selu", "lecun_normal"), optimizers.SGD()),
    "selu_100_nadam": lambda: (depth_100("selu", "lecun_normal"), optimizers.Nadam()),
    "relu_100_sgd": lambda: (depth_100("relu", "he_normal"), optimizers.SGD()),
}


def build(name, seed):
    keras.utils.set_random_seed(seed)
    layers, optimizer = NETS[name]()
    model = keras.Sequential([keras.Input((28, 28)), *layers])
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--nets", nargs="*", default=list(NETS))
    parser.add_argument("--epochs", type=int, default=1)
    arguments = parser.parse_args()
    data = load("fashion-mnist").train
    images = data.x.reshape(len(data.x), 28, 28).astype("float32")
    mean, deviation = images.mean(axis=0), images.std(axis=0) + 1e-7
    print(header("Rules of the range test on the chapter's nets", arguments.seeds, "trainwell", "keras", "jax"))
    print("| net | rule | suggested rate | loss lost to the best of the grid | val accuracy | trains |")
    print("|---|---|---|---|---|---|")
    for name in arguments.nets:
        x = (images - mean) / deviation if "100" in name else images / 255
        held_out, fitted = (x[:5000], data.y[:5000]), (x[5000:], data.y[5000:])
        rows = {rule: [] for rule in (*RULES, CONFIRMED)}
        best_rates = []
        for seed in range(arguments.seeds):
            model = build(name, seed)
            search = tw.find_lr(model, *fitted, seed=seed)
            found = {**search.suggestions, CONFIRMED: search.suggestion}
            rates = sorted({*GRID.tolist(), *(rate for rate in found.values() if rate)})
            copies = tw.fit_many(
                model, *fitted, learning_rates=rates, epochs=arguments.epochs, validation_data=held_out
            )
            ends = {
                copy.learning_rate: (copy.history["val_loss"][-1], copy.history["val_accuracy"][-1]) for copy in copies
            }
            ends = {rate: end if np.isfinite(end[0]) else (np.inf, 0.1) for rate, end in ends.items()}
            best = min(GRID.tolist(), key=lambda rate: ends[rate][0])
            best_rates.append(best)
            for rule, rate in found.items():
                loss, accuracy = ends[rate] if rate else (np.inf, 0.1)
                trains = accuracy >= ends[best][1] / 2
                rows[rule].append((rate or np.nan, loss - ends[best][0], accuracy, trains))
        for rule, values in rows.items():
            rate, lost, accuracy, trains = np.asarray(values, float).T
            span = f"{np.median(rate):.2g} ({rate.min():.2g}–{rate.max():.2g})"
            print(
                f"| {name} | {rule} | {span} | {spread(lost)} | {spread(accuracy)} |"
                f" {int(trains.sum())} of {len(trains)} |"
            )
        print(f"| {name} | best of the grid | {', '.join(f'{rate:.2g}' for rate in best_rates)} | | | |", flush=True)


if __name__ == "__main__":
    main()
