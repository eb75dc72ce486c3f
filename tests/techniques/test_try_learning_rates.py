"""Trainings at many rates: each is the training it says it is, and the suggestion is the best of them."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from sklearn.datasets import load_digits

import trainwell as tw
from trainwell.errors import InputError
from trainwell.techniques import try_learning_rates

L = keras.layers


@pytest.fixture(scope="module")
def digits():
    x, y = load_digits(return_X_y=True)
    return (x / 16).astype("float32"), y


def make(rate=0.05):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((64,)), L.Dense(32, "elu"), L.BatchNormalization(), L.Dense(10, "softmax")])
    model.compile(keras.optimizers.SGD(rate), "sparse_categorical_crossentropy")
    return model


@pytest.mark.heavy
def test_each_loss_is_that_of_a_training_alone_at_its_rate(digits):
    x, y = digits
    x, y, held_out = x[:320], y[:320], (x[320:600], y[320:600])
    trials = try_learning_rates(make(), x, y, learning_rates=[0.1, 0.01], steps=10, validation_data=held_out, seed=3)
    np.testing.assert_array_equal(trials.learning_rates, [0.01, 0.1])
    order = np.random.default_rng(3).permutation(320)
    for rate, loss in zip(trials.learning_rates, trials.losses, strict=True):
        alone = tw.fit(make(rate), x[order], y[order], validation_data=held_out, shuffle=False, verbose=0)
        assert loss == pytest.approx(alone.history["val_loss"][0], rel=1e-4)
    assert trials.steps == 10


def test_the_best_rate_is_suggested_a_diverged_one_is_said_and_the_model_is_left(digits):
    model = make()
    before = model.get_weights()
    trials = try_learning_rates(model, *digits, learning_rates=[1e-30, 1e-3, 1e-1, 1e30], steps=60)
    assert trials.suggestion == 1e-1
    assert np.isnan(trials.losses[-1])
    assert trials.losses[0] == pytest.approx(trials.first_loss)
    for value, now in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(value, now)


def test_no_rate_is_suggested_where_none_helps(digits):
    assert try_learning_rates(make(), *digits, learning_rates=[1e-30, 1e30], steps=5).suggestion is None


def test_few_rows_are_passed_over_several_times(digits):
    x, y = digits
    assert try_learning_rates(make(), x[:80], y[:80], learning_rates=[0.1], steps=20).steps == 20


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"learning_rates": []}, "learning_rates"),
        ({"learning_rates": [0.1, -1]}, "above 0"),
        ({"learning_rates": [0.1, 0.1]}, "different"),
        ({"steps": 0}, "steps must be at least 1"),
        ({"batch_size": 0}, "batch_size must be at least 1"),
    ],
)
def test_arguments_out_of_range_are_refused(digits, arguments, words):
    with pytest.raises(InputError, match=words):
        try_learning_rates(make(), *digits, **arguments)


def test_too_few_rows_to_hold_some_out_are_refused(digits):
    x, y = digits
    with pytest.raises(InputError, match="none can be held out"):
        try_learning_rates(make(), x[:4], y[:4])
