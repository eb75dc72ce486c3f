from __future__ import annotations

import keras
import numpy as np
import pytest
from rules.runs import finding, static

L = keras.layers
I = keras.initializers  # noqa: E741 -- short beside L


def told(model, shape=(6,), forget=False):
    run = static(model, np.zeros((8, *shape)), np.zeros((8, 1)))
    if forget:
        for call in run.model.calls:
            call.kernels = ()
    return finding(run, "constant-initialization")


def sequence(*layers, shape=(6,)):
    return keras.Sequential([keras.Input(shape), *layers])


class Mine(L.Layer):
    """A layer of one's own with a kernel of equal numbers."""

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], 4), initializer="ones", name="kernel")

    def get_config(self):
        return {**super().get_config(), "kernel_initializer": "ones"}

    def call(self, x):
        return keras.ops.tanh(x @ self.kernel)


class Residual(keras.Model):
    """Adds, in its own code, a branch that begins with zeros."""

    def __init__(self, initializer):
        super().__init__()
        self.branch, self.head = L.Dense(6, kernel_initializer=initializer, name="branch"), L.Dense(1)

    def call(self, x):
        return self.head(x + self.branch(x))


@pytest.mark.parametrize(
    "initializer",
    ["ones", I.Constant(0.1), I.RandomNormal(0.5, 0.0), I.RandomUniform(0.2, 0.2)],
    ids=["ones", "constant", "normal", "uniform"],
)
def test_units_that_begin_alike(initializer):
    found = told(sequence(L.Dense(8, "relu", kernel_initializer=initializer, name="hidden"), L.Dense(1)))
    assert found.outcome == "fault"
    assert found.message.startswith("The weights that one input has to the units of 'hidden' differ by")


def test_zeros():
    found = told(sequence(L.Dense(8, "relu", kernel_initializer="zeros", name="hidden"), L.Dense(1)))
    assert found.outcome == "fault"
    assert found.message == "All weights of 'hidden' are 0 before the first step."


def test_weights_set_by_hand_count():
    model = sequence(L.Dense(8, "relu", name="hidden"), L.Dense(1))
    model.get_layer("hidden").kernel.assign(np.ones((6, 1)) * np.ones(8))
    assert told(model).outcome == "fault"


@pytest.mark.parametrize(
    "initializer", ["glorot_uniform", "he_normal", "orthogonal", "identity", I.RandomNormal(0, 1e-6)]
)
def test_units_that_differ_are_in_order(initializer):
    found = told(sequence(L.Dense(6, "relu", kernel_initializer=initializer), L.Dense(1, kernel_initializer="zeros")))
    assert found.outcome == "passed"
    assert found.margin < -5


def test_a_residual_branch_may_end_in_zeros():
    inputs = keras.Input((6,))
    branch = L.Dense(6, kernel_initializer="zeros")(L.Dense(8, "relu")(inputs))
    assert told(keras.Model(inputs, L.Dense(1)(L.Add()([inputs, branch])))).outcome == "passed"
    gate = L.Dense(6, "sigmoid", kernel_initializer="zeros")(inputs)
    assert told(keras.Model(inputs, L.Dense(1)(L.Multiply()([inputs, gate])))).outcome == "not applicable"


def test_a_residual_branch_that_ends_in_zeros_and_a_relu_never_learns():
    inputs = keras.Input((6,))
    branch = L.Dense(6, "relu", kernel_initializer="zeros", name="dead")(inputs)
    assert told(keras.Model(inputs, L.Dense(1)(L.Add()([inputs, branch])))).evidence[0].where == "dead"


def test_subclassed_models():
    assert told(Residual("zeros")).outcome == "not applicable"
    assert told(Residual("ones")).outcome == "fault"
    assert told(sequence(Mine(name="mine"), L.Dense(1))).evidence[0].where == "mine"


def test_frozen_and_depthwise_kernels_are_left_out():
    blur = L.DepthwiseConv2D(3, depthwise_initializer="ones")
    assert told(sequence(blur, L.Flatten(), L.Dense(1), shape=(8, 8, 2)), (8, 8, 2)).outcome == "not applicable"
    fixed = L.Dense(4, kernel_initializer="ones", trainable=False)
    assert told(sequence(fixed, L.Dense(1))).outcome == "not applicable"


def test_a_recurrent_layer_parts_its_units_by_its_recurrent_kernel():
    layer = L.LSTM(4, kernel_initializer="ones")
    assert told(sequence(layer, L.Dense(1), shape=(5, 2)), (5, 2)).outcome == "passed"
    both = L.LSTM(4, kernel_initializer="ones", recurrent_initializer="ones")
    assert told(sequence(both, L.Dense(1), shape=(5, 2)), (5, 2)).outcome == "fault"


def test_a_run_without_kernels_is_not_measured():
    assert told(sequence(L.Dense(4, "relu"), L.Dense(1)), forget=True).outcome == "not measured"
