from __future__ import annotations

import keras
import numpy as np
import pytest
from rules.runs import finding, static

L = keras.layers


def told(model, shape=(6,)):
    return finding(static(model, np.zeros((8, *shape)), np.zeros((8, *model.output_shape[1:]))), "stacked-activations")


def sequence(*layers, shape=(6,)):
    return keras.Sequential([keras.Input(shape), *layers])


def test_a_softmax_behind_a_softmax():
    found = told(sequence(L.Dense(3, "softmax", name="head"), L.Softmax(name="again")))
    assert found.outcome == "fault"
    assert found.message == "The softmax of 'head' goes straight into the softmax of 'again'."


@pytest.mark.parametrize(
    ("first", "second"), [("relu", "softmax"), ("relu", "sigmoid"), ("sigmoid", "sigmoid"), ("tanh", "relu")]
)
def test_pairs_of_which_the_second_squeezes(first, second):
    assert told(sequence(L.Dense(4, first), L.Activation(second), L.Dense(1))).outcome == "fault"


@pytest.mark.parametrize(
    ("first", "second"), [("relu", "relu"), ("relu", "elu"), ("sigmoid", "relu"), ("elu", "relu"), ("relu", "relu6")]
)
def test_pairs_of_which_the_second_does_little(first, second):
    assert told(sequence(L.Dense(4, first), L.Activation(second), L.Dense(1))).outcome == "advice"


def test_dropout_and_rearrangement_between_are_passed_by():
    layers = [L.Conv1D(3, 1, activation="relu"), L.Dropout(0.2), L.Flatten(), L.Activation("tanh"), L.Dense(1)]
    assert told(sequence(*layers, shape=(4, 2)), (4, 2)).outcome == "fault"


@pytest.mark.parametrize(
    "between", [lambda: L.BatchNormalization(), lambda: L.Dense(4), lambda: L.LayerNormalization()]
)
def test_normalization_and_weights_between_part_them(between):
    between = between()
    assert told(sequence(L.Dense(4, "relu"), between, L.Activation("tanh"), L.Dense(1))).outcome == "passed"


def test_a_linear_activation_is_none():
    assert told(sequence(L.Dense(4, "linear"), L.ReLU(), L.Dense(1, "linear"))).outcome == "passed"
    assert told(sequence(L.Dense(4, "relu"), L.Dense(3, "softmax"), L.Activation("linear"))).outcome == "passed"


def test_attention_over_time_is_a_gate():
    inputs = keras.Input((5, 6))
    weights = L.Softmax()(L.Flatten()(L.Dense(1, "tanh")(inputs)))
    weights = L.Permute((2, 1))(L.RepeatVector(6)(weights))
    pooled = L.Flatten()(L.Multiply()([inputs, weights]))
    assert told(keras.Model(inputs, L.Dense(1)(pooled)), (5, 6)).outcome == "passed"


def test_a_sum_between_parts_them():
    inputs = keras.Input((6,))
    x = L.ReLU()(L.Add()([inputs, L.Dense(6, "relu")(inputs)]))
    assert told(keras.Model(inputs, L.Dense(1)(x))).outcome == "passed"


def test_without_an_activation_it_does_not_apply():
    assert told(sequence(L.Dense(1))).outcome == "not applicable"
