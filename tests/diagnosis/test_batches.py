"""The same rows as arrays, as a PyDataset and from a generator: the same training, the same verdict."""

from __future__ import annotations

import math

import keras
import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import scale

import trainwell as tw
from trainwell.diagnosis.gather import gather
from trainwell.run import RowCounts
from trainwell.training_spec import TrainingSpec

SIZE = 32


def cancer(*, signed=False, scaled=True):
    x, y = load_breast_cancer(return_X_y=True)
    x = (scale(x) if scaled else x).astype("float32")
    y = (2 * y - 1 if signed else y).astype("float32")[:, None]
    order = np.random.default_rng(0).permutation(len(x))
    return x[order], y[order]


def net(rate=1e-3):
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((30,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(1, activation="sigmoid")]
    )
    model.compile(keras.optimizers.Adam(rate), "binary_crossentropy", metrics=["accuracy"])
    return model


class Rows(keras.utils.PyDataset):
    def __init__(self, x, y):
        super().__init__()
        self.x, self.y = x, y

    def __len__(self):
        return math.ceil(len(self.x) / SIZE)

    def __getitem__(self, number):
        here = slice(number * SIZE, (number + 1) * SIZE)
        return self.x[here], self.y[here]


def forever(x, y):
    """Whole epochs, one after the other."""
    while True:
        for number in range(-(-len(x) // SIZE)):
            here = slice(number * SIZE, (number + 1) * SIZE)
            yield x[here], y[here]


def as_arrays(x, y):
    return {"x": x, "y": y, "shuffle": False}


def as_sequence(x, y):
    return {"x": Rows(x, y), "shuffle": False}


def as_generator(x, y):
    return {"x": forever(x, y), "steps_per_epoch": -(-len(x) // SIZE), "shuffle": False}


FORMS = {"arrays": as_arrays, "sequence": as_sequence, "generator": as_generator}


def run_of(form, data, rate=1e-3, epochs=4):
    x, y = data
    held = (x[400:], y[400:])
    spec = TrainingSpec.from_fit(net(rate), **FORMS[form](x[:400], y[:400]), epochs=epochs, validation_data=held)
    return gather(spec).run


@pytest.mark.parametrize("form", [pytest.param("sequence", marks=pytest.mark.heavy), "generator"])
def test_batches_train_to_the_losses_of_the_same_rows_as_arrays(form):
    expected, found = (run_of(each, cancer()) for each in ("arrays", form))
    for name in ("train/loss", "validation/loss", "loss", "inference/loss"):
        np.testing.assert_array_equal(found.signals[name].values, expected.signals[name].values)
    assert found.data.rows == RowCounts(train=400, validation=169)
    assert found.data.seen.rows == 400
    assert found.fit.steps == expected.fit.steps == 4 * 13


FAULTS = {
    "signed-labels": lambda: (cancer(signed=True), 1e-3),
    "unscaled-inputs": lambda: (cancer(scaled=False), 1e-3),
    "learning-rate-too-high": lambda: (cancer(), 3.0),
}


@pytest.mark.heavy
@pytest.mark.parametrize("fault", FAULTS)
def test_the_verdict_is_the_same_for_every_form(fault):
    data, rate = FAULTS[fault]()
    found = {}
    for form, make in FORMS.items():
        x, y = data
        diagnosis = tw.diagnose(net(rate), **make(x[:400], y[:400]), epochs=10, validation_data=(x[400:], y[400:]))
        found[form] = [each.rule.name for each in diagnosis.faults]
    assert fault in found["arrays"][:1]
    assert found["sequence"] == found["generator"] == found["arrays"]


def test_rules_of_fit_take_batches_and_leave_the_weights_as_they_are():
    x, y = cancer()
    plain, judged = net(), net()
    steps = -(-len(x) // SIZE)
    tw.fit(plain, forever(x, y), steps_per_epoch=steps, shuffle=False, epochs=2, verbose=0)
    history = tw.fit(judged, forever(x, y), steps_per_epoch=steps, shuffle=False, epochs=2, verbose=0, rules="all")
    for one, other in zip(plain.get_weights(), judged.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert history.diagnosis.run.data.seen.of == len(x)


@pytest.mark.heavy
def test_validation_data_may_come_in_batches():
    x, y = cancer()
    spec = TrainingSpec.from_fit(net(), x[:400], y[:400], epochs=2, validation_data=Rows(x[400:], y[400:]))
    run = gather(spec).run
    assert len(run.signals["validation/loss"].values) == 2
    assert run.data.rows.validation == 169
    assert run.data.split.held_rows == 169


@pytest.mark.heavy
def test_a_repair_works_on_the_rows_of_the_batches():
    x, y = cancer(signed=True)
    repaired = tw.repair(net(1e-2), Rows(x, y), epochs=5)
    assert repaired.outcome == "repaired"
    assert any("come in batches" in note for note in repaired.notes)
