"""Does MC dropout help? Accuracy, likelihood, calibration and ranking of errors, beside one ordinary pass.

Two of the chapter's nets on Fashion-MNIST: ELU with dropout 0.2 before each layer, and batch normalization with dropout
0.5; Adam at its default rate, batches of 32, without early stopping. On the test part, for each seed of training:
the negative log-likelihood in nats; the expected calibration error over 15 bins of equal width of the largest
probability; the area under the risk-coverage curve (the mean error rate over all shares of rows that are kept, the
surest first); accuracy on the surest 80 and 90 %.
The setting `--rows 5000 --epochs 40` overfits, and shows what it does for a net that is too sure of itself.
Usage: python benchmarks/mc_dropout.py [--seeds 5] [--epochs 5] [--samples 100] [--rows 55000] [--nets elu ...]
"""

from __future__ import annotations

import argparse

import numpy as np
from header import header

import trainwell as tw
from trainwell.techniques.mc_dropout import mc_predict
from trainwell.techniques.mc_dropout.prediction import entropies

import keras  # isort: skip -- after trainwell, which chooses the backend

L = keras.layers
BINS = 15


def elu():
    he = {"activation": "elu", "kernel_initializer": "he_normal"}
    hidden = [layer for units in (300, 100) for layer in (L.Dropout(0.2), L.Dense(units, **he))]
    return [L.Flatten(), *hidden, L.Dropout(0.2), L.Dense(10, "softmax")]


def batch_norm():
    hidden = [
        layer
        for units in (300, 100)
        for layer in (
            L.Dense(units, use_bias=False, kernel_initializer="he_normal"),
            L.BatchNormalization(),
            L.Activation("relu"),
            L.Dropout(0.5),
        )
    ]
    return [L.Flatten(), *hidden, L.Dense(10, "softmax")]


NETS = {"elu": ("ELU, dropout 0.2", elu), "batch_norm": ("batch normalization, dropout 0.5", batch_norm)}


def calibration_error(shares, truth):
    """Σ over bins of (rows in the bin / rows) · |accuracy - mean confidence|."""
    confidence, right = shares.max(axis=1), shares.argmax(axis=1) == truth
    place = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = [np.abs(right[place == b].sum() - confidence[place == b].sum()) for b in range(BINS)]
    return sum(gaps) / len(truth)


def risks(unsure, wrong):
    """Error rate among the surest 1, 2, ... rows; rows that tie share their errors, so order is no matter."""
    _, group = np.unique(unsure, return_inverse=True)
    shared = np.bincount(group, wrong) / np.bincount(group)
    return np.cumsum(shared[np.sort(group)]) / np.arange(1, len(wrong) + 1)


def ranking(unsure, wrong):
    curve = risks(unsure, wrong)
    accuracy = [1 - curve[round(share * len(wrong)) - 1] for share in (0.9, 0.8)]
    return [1000 * curve.mean(), *(100 * value for value in accuracy)]


def quality(shares, truth):
    shares = shares.astype(np.float64)
    likelihood = -np.log(np.clip(shares[np.arange(len(truth)), truth], 1e-12, 1)).mean()
    return [100 * np.mean(shares.argmax(axis=1) == truth), likelihood, 100 * calibration_error(shares, truth)]


def measure(make, seed, data, arguments):
    """Figures of one training: by way of predicting, and by way of ranking."""
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input((28, 28)), *make()])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    (x, y), (held_x, held_y) = data
    tw.fit(model, x, y, epochs=arguments.epochs, verbose=0)
    once = model.predict(held_x, batch_size=1000, verbose=0)
    found = mc_predict(model, held_x, arguments.samples, seed=seed)
    one_sample = mc_predict(model, held_x, 1, seed=seed).mean
    wrong = found.mean.argmax(axis=1) != held_y
    quality_of = {
        "one pass": quality(once, held_y),
        f"{arguments.samples} samples": quality(found.mean, held_y),
        "one sample": quality(one_sample, held_y),
    }
    ranking_of = {
        "one pass, largest probability": ranking(-once.max(axis=1), once.argmax(axis=1) != held_y),
        "one pass, entropy": ranking(entropies(once, "softmax"), once.argmax(axis=1) != held_y),
        "samples, largest probability": ranking(-found.mean.max(axis=1), wrong),
        "samples, entropy": ranking(found.entropy, wrong),
        "samples, mutual information": ranking(found.mutual_information, wrong),
        "samples, deviation": ranking(found.std[np.arange(len(wrong)), found.mean.argmax(axis=1)], wrong),
    }
    return quality_of, ranking_of


def table(names, runs, digits):
    """Mean ± standard deviation over the seeds, and the difference to the first row in pairs of one seed."""
    print(f"| prediction | {' | '.join(names)} |")
    print(f"|---|{'---|' * len(names)}")
    first = next(iter(runs[0]))
    for row in runs[0]:
        values = np.array([run[row] for run in runs])
        gained = values - np.array([run[first] for run in runs])
        cells = []
        for column, places in enumerate(digits):
            mean, deviation = values[:, column].mean(), values[:, column].std(ddof=len(runs) > 1)
            low, high = gained[:, column].min(), gained[:, column].max()
            beside = "" if row == first else f" ({low:+.{places}f} to {high:+.{places}f})"
            cells.append(f"{mean:.{places}f} ± {deviation:.{places}f}{beside}")
        print(f"| {row} | {' | '.join(cells)} |")
    print(flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--samples", type=int, default=100)
    parser.add_argument("--rows", type=int, default=55_000, help="training rows")
    parser.add_argument("--test-rows", type=int, default=10_000)
    parser.add_argument("--nets", nargs="*", default=list(NETS), choices=list(NETS))
    arguments = parser.parse_args()
    loaded = tw.datasets.load("fashion-mnist")
    parts = (loaded.train, arguments.rows), (loaded.test, arguments.test_rows)
    data = [(part.x[:rows].reshape(-1, 28, 28).astype("float32") / 255, part.y[:rows]) for part, rows in parts]
    print(header("MC dropout on Fashion-MNIST", arguments.seeds, "trainwell", "keras", "jax"))
    print(f"{len(data[0][0])} training and {len(data[1][0])} test rows, {arguments.epochs} epochs. Mean ± standard")
    print("deviation over the seeds of training; in brackets the smallest and largest difference to the first row.\n")
    for name in arguments.nets:
        words, make = NETS[name]
        runs = [measure(make, seed, data, arguments) for seed in range(arguments.seeds)]
        print(f"## {words}\n")
        table(("accuracy, %", "NLL, nats", "ECE, %"), [run[0] for run in runs], (2, 4, 2))
        names = ("area under risk-coverage, ‰", "accuracy at 90 % coverage", "at 80 %")
        table(names, [run[1] for run in runs], (1, 2, 2))


if __name__ == "__main__":
    main()
