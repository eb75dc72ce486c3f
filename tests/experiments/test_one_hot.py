"""One-hot targets that are all zero, and those that a mask or weights leave out."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from experiments.specs import outcome, tried

L = keras.layers
RNG = np.random.default_rng(0)
LENGTHS = np.arange(8) % 4 + 2
WORDS = np.where(np.arange(6) < LENGTHS[:, None], RNG.integers(1, 9, (8, 6)), 0).repeat(5, 0)
HOT = np.eye(4)[WORDS % 4]
PADDED = np.where(WORDS[..., None] > 0, HOT, 0)


def of(y, *, mask=False, loss="categorical_crossentropy", activation="softmax", **fit):
    model = keras.Sequential(
        [keras.Input((6,)), L.Embedding(9, 3, mask_zero=mask), L.SimpleRNN(3, return_sequences=True), L.Dense(4)]
    )
    model.add(L.Activation(activation))
    return tried("one_hot", model, WORDS, y, loss=loss, **fit)


def test_zeros_at_the_padding_are_named():
    run = of(PADDED)
    (record,) = run.experiments.one_hot.outputs
    assert (record.positions, record.unit) == (240, "positions")
    assert record.empty == record.uncovered == (WORDS == 0).sum()
    assert outcome(run, "empty-targets") == "fault"


HEALTHY = {
    "a class for the padding": (HOT, {}),
    "a mask": (PADDED, {"mask": True}),
    "weights of positions": (PADDED, {"sample_weight": (WORDS > 0).astype("float32")}),
    "several labels": (RNG.integers(0, 2, (40, 6, 4)), {"loss": "binary_crossentropy", "activation": "sigmoid"}),
    "one label or none": (PADDED, {"loss": "binary_crossentropy", "activation": "sigmoid"}),
    "probabilities": (np.full((40, 6, 4), 0.25), {}),
}


@pytest.mark.parametrize(("y", "options"), HEALTHY.values(), ids=list(HEALTHY))
def test_healthy_targets_are_in_order(y, options):
    assert outcome(of(y, **options), "empty-targets") != "fault"


def test_rows_without_a_class_are_named():
    x = RNG.normal(size=(60, 3))
    y = np.eye(4)[np.arange(60) % 4]
    y[::5] = 0
    run = tried(
        "one_hot",
        keras.Sequential([keras.Input((3,)), L.Dense(4, "softmax")]),
        x,
        y,
        loss="categorical_crossentropy",
    )
    assert run.experiments.one_hot.outputs[0].unit == "rows"
    assert outcome(run, "empty-targets") == "fault"


def test_outputs_are_told_apart():
    inputs = keras.Input((3,))
    model = keras.Model(inputs, {"a": L.Dense(4, "softmax")(inputs), "b": L.Dense(1)(inputs)})
    y = {"a": np.eye(4)[np.arange(40) % 4], "b": RNG.normal(size=(40, 1))}
    y["a"][:10] = 0
    loss = {"a": "categorical_crossentropy", "b": "mse"}
    run = tried("one_hot", model, RNG.normal(size=(40, 3)), y, loss=loss)
    (record,) = run.experiments.one_hot.outputs
    assert (record.output, record.empty, record.uncovered) == ("a", 10, 10)
