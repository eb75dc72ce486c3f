"""A look at some rows tells what Keras's own evaluation tells, and changes nothing."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from trainwell.engine import InferenceProbe
from trainwell.signals import named

L = keras.layers
RANDOM = np.random.default_rng(0)
X, Y = RANDOM.normal(size=(40, 5)).astype("float32"), RANDOM.integers(0, 3, 40)


def model(**arguments):
    keras.utils.set_random_seed(0)
    layers = [
        L.Dense(4, "relu", name="hidden", **arguments),
        L.BatchNormalization(),
        L.Dropout(0.5),
        L.Dense(3, "softmax"),
    ]
    made = keras.Sequential([keras.Input((5,)), *layers])
    made.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return made


@pytest.mark.heavy
def test_outputs_and_loss_are_keras_own():
    made = model()
    look = InferenceProbe(made, X, Y, named(["output_zero_units"]))()
    assert np.allclose(look.outputs, made.predict(X, verbose=0), atol=1e-6)
    assert look.loss == pytest.approx(made.evaluate(X, Y, verbose=0), rel=1e-5)
    assert look.penalty == 0


def test_penalties_are_told_apart():
    made = model(kernel_regularizer=keras.regularizers.L2(0.1))
    look = InferenceProbe(made, X, Y, ())()
    penalty = 0.1 * np.square(made.get_weights()[0]).sum()
    assert look.penalty == pytest.approx(penalty, rel=1e-5)
    assert look.loss + look.penalty == pytest.approx(made.evaluate(X, Y, verbose=0), rel=1e-5)


def test_it_sees_the_weights_as_they_are_now():
    made = model()
    inspection = InferenceProbe(made, X, Y, named(["output_zero_units"]))
    before = inspection()
    made.get_layer("hidden").set_weights([np.zeros((5, 4)), np.full(4, -1.0)])
    assert inspection().readings["output_zero_units", "hidden"] == 1.0
    assert before.readings["output_zero_units", "hidden"] < 1.0


def test_other_answers_have_their_loss():
    inspection = InferenceProbe(model(), X, Y, ())
    assert inspection.loss_of(np.full((40, 3), 1 / 3, "float32")) == pytest.approx(np.log(3), rel=1e-5)


def test_looking_as_in_training_differs_and_changes_nothing():
    made = model()
    before = [np.array(each.value) for each in made.variables]
    assert InferenceProbe(made, X, Y, (), training=True)().loss != InferenceProbe(made, X, Y, ())().loss
    assert all(np.array_equal(one, other.value) for one, other in zip(before, made.variables, strict=True))
