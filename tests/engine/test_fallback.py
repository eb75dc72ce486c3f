"""Each reason for Keras's own `fit` names what was found."""

from __future__ import annotations

import keras
import pytest

from trainwell.engine.fallback import reason_for_keras


def model(*layers, **options):
    made = keras.Sequential([keras.Input((8, 8, 3)), *layers, keras.layers.Flatten(), keras.layers.Dense(1)])
    made.compile("sgd", "mse", **options)
    return made


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"run_eagerly": True}, "the model was compiled with run_eagerly=True"),
        ({"jit_compile": False}, "the model was compiled with jit_compile=False"),
    ],
)
def test_a_choice_of_the_user_is_named(options, reason):
    assert reason_for_keras(model(**options), None) == reason


def test_a_layer_that_turns_compiling_off_is_named():
    flip = keras.layers.RandomFlip(name="flip")
    made = model(flip)
    reason = reason_for_keras(made, None)
    if made.jit_compile:
        assert reason is None
    else:
        assert reason == "Keras does not compile the steps of a model with the layer 'flip' (RandomFlip)"


def test_a_plain_model_belongs_to_the_engine():
    assert reason_for_keras(model(), None) is None
