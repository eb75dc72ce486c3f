"""Sources of batches: what is counted of them, and the verdicts."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from experiments.specs import outcome, tried

L = keras.layers
SIZE = 16
RNG = np.random.default_rng(0)
X = RNG.normal(size=(640, 3)).astype("float32")
Y = (X[:, 0] > 0).astype("float32")


class Source(keras.utils.PyDataset):
    def __init__(self, batches):
        super().__init__()
        self.batches = batches

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, index):
        return self.batches[index]


def cut(x, y, starts):
    return [(x[start : start + SIZE], y[start : start + SIZE]) for start in starts]


def of(batches, name="batches", **fit):
    source = Source(batches) if isinstance(batches, list) else batches
    model = keras.Sequential([keras.Input((3,)), L.Dense(1, "sigmoid")])
    return tried(name, model, source, loss="binary_crossentropy", **fit)


def oversampled():
    rare, common = np.flatnonzero(X[:, 1] > 1.3), np.flatnonzero(X[:, 1] <= 1.3)
    order = RNG.permutation(np.r_[common, rare.repeat(10)])
    return cut(X[order], Y[order], range(0, 512, SIZE))


def forever():
    while True:
        yield from cut(X[:160], Y[:160], range(0, 160, SIZE))


@pytest.mark.parametrize("starts", [[0] * 40, list(range(40))])
def test_a_source_that_does_not_move_on_is_named(starts):
    assert outcome(of(cut(X, Y, starts)), "repeated-batches") == "fault"


def test_a_generator_that_begins_anew_in_each_turn_is_named():
    batches = ((X[:SIZE], Y[:SIZE]) for _ in range(1000))
    assert outcome(of(batches, steps_per_epoch=20), "repeated-batches") == "fault"


HEALTHY = [
    ("each row once", lambda: cut(X, Y, range(0, 640, SIZE))),
    ("a generator for one epoch", lambda: iter(cut(X, Y, range(0, 640, SIZE)))),
    ("an endless one over a small table", forever),
    ("a rare class ten times", oversampled),
    ("drawn with replacement", lambda: [(X[i], Y[i]) for i in RNG.integers(0, 640, (40, SIZE))]),
    ("half a batch anew", lambda: cut(X, Y, range(0, 320, SIZE // 2))),
    ("four rows that exist", lambda: [(np.round(X[:4]) * 0, Y[:4])] * 20),
]


@pytest.mark.parametrize("make", [make for _, make in HEALTHY], ids=[name for name, _ in HEALTHY])
def test_other_sources_are_in_order(make):
    run = of(make(), steps_per_epoch=None if make is not forever else 30)
    assert outcome(run, "repeated-batches") != "fault"
    assert outcome(run, "unshuffled-data") != "fault"


def test_batches_of_one_class_each_are_named():
    order = np.argsort(Y, kind="stable")
    run = of(cut(X[order], Y[order], range(0, 640, SIZE)))
    assert run.experiments.batches.one_class > 0.9
    assert outcome(run, "unshuffled-data") == "fault"
    assert outcome(run, "repeated-batches") == "passed"


def test_a_rare_class_that_most_batches_lack_is_in_order():
    rare = (RNG.uniform(size=640) < 0.01).astype("float32")
    run = of(cut(X, rare, range(0, 640, SIZE)))
    assert run.experiments.batches.one_class > 0.8
    assert outcome(run, "unshuffled-data") == "passed"


def test_weights_of_a_source_and_of_arrays_are_counted():
    none = [(x, y, np.zeros(len(x))) for x, y in cut(X, Y, range(0, 640, SIZE))]
    assert outcome(of(none, "weights"), "no-weight-left") == "fault"
    model = keras.Sequential([keras.Input((3,)), L.Dense(1)])
    run = tried("weights", model, X, Y, sample_weight=np.zeros(640))
    assert (run.experiments.weights.rows, run.experiments.weights.zero) == (640, 640)
    half = tried("weights", model, X, Y, sample_weight=Y)
    assert outcome(half, "no-weight-left") == "passed"
    assert tried("weights", model, X, Y).experiments.weights is None
