"""What a model's graph tells of its outputs."""

from __future__ import annotations

import keras
import pytest

from trainwell.engine.last_activation import last_activation

L = keras.layers


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        (lambda: [L.Dense(3, "softmax")], "softmax"),
        (lambda: [L.Dense(3), L.Activation("softmax")], "softmax"),
        (lambda: [L.Dense(3), L.Softmax()], "softmax"),
        (lambda: [L.Dense(3, "softmax"), L.Activation("linear", dtype="float32")], "softmax"),
        (lambda: [L.Dense(1, "sigmoid")], "sigmoid"),
        (lambda: [L.Dense(3), L.Activation("sigmoid")], "sigmoid"),
        (lambda: [L.Dense(3)], "linear"),
        (lambda: [L.Dense(3, "tanh")], "linear"),
        (lambda: [L.Dense(3, "softmax"), L.Rescaling(2.0)], "linear"),
        (lambda: [L.RepeatVector(2), L.Softmax(axis=1)], "linear"),
        (lambda: [L.RepeatVector(2), L.TimeDistributed(L.Dense(3, "softmax"))], "softmax"),
        (lambda: [keras.Sequential([keras.Input((4,)), L.Dense(3, "softmax")])], "softmax"),
    ],
)
def test_the_last_activation_of_a_graph(layers, expected):
    layers = layers()
    assert last_activation(keras.Sequential([keras.Input((4,)), *layers])) == expected


def test_operations_count_too():
    inputs = keras.Input((4,))
    assert last_activation(keras.Model(inputs, keras.ops.softmax(inputs))) == "softmax"
    assert last_activation(keras.Model(inputs, keras.ops.sigmoid(inputs))) == "sigmoid"
    assert last_activation(keras.Model(inputs, inputs)) == "linear"


def test_a_subclass_does_not_tell():
    class Own(keras.Model):
        def call(self, x):
            return x

    assert last_activation(Own()) is None
