from __future__ import annotations

import keras
import numpy as np
import pytest
from rules.runs import static

from trainwell.run import Series, early_influence, faded, influence, is_constant

L = keras.layers


@pytest.fixture
def run():
    layers = [L.Dense(3, use_bias=False, name="first"), L.SimpleRNN(2, name="states"), L.Dense(1, name="head")]
    model = keras.Sequential([keras.Input((5, 2)), *layers])
    return static(model, np.random.default_rng(0).normal(size=(8, 5, 2)), np.zeros((8, 1)))


def kernel(run, name, gradients, weights):
    run.signals[f"gradient_rms/{name}"] = Series.over("step", np.asarray(gradients, float))
    run.signals[f"weight_rms/{name}"] = Series.over("step", np.asarray(weights, float))


def test_it_is_the_norm_of_the_gradient_times_that_of_the_weights(run):
    generator = np.random.default_rng(0)
    gradient, weights = generator.normal(size=(2, 2, 3))
    rms = [[np.sqrt((each**2).mean())] for each in (gradient, weights)]
    kernel(run, "first/kernel", *rms)
    expected = np.linalg.norm(gradient) * np.linalg.norm(weights)
    assert influence(run)["first"] == pytest.approx([expected])


def test_places_come_in_the_order_of_the_calls_and_cells_belong_to_their_layer(run):
    kernel(run, "head/kernel", [1], [1])
    kernel(run, "states/simple_rnn_cell/kernel", [1], [1])
    kernel(run, "states/simple_rnn_cell/recurrent_kernel", [3], [1])
    kernel(run, "first/kernel", [1], [1])
    found = influence(run)
    assert list(found) == ["first", "states", "head"]
    assert found["states"] == pytest.approx([3 * 12])


def test_weights_that_begin_at_0_are_left_out(run):
    kernel(run, "first/kernel", [1, 1], [0, 0.1])
    assert influence(run) == {}


def test_early_influence_is_a_median_of_finite_values(run):
    kernel(run, "first/kernel", [1, np.nan, 2, 9], [1, 1, 1, 1])
    assert early_influence(run) == {"first": pytest.approx(2 * 6)}
    assert early_influence(run, steps=1) == {"first": pytest.approx(6)}


def test_one_layer_without_influence_does_not_bend_the_line():
    sound = {str(number): 1.0 for number in range(6)}
    assert faded({**sound, "1": 0.0}) == 0
    assert faded({str(number): 0.1 ** (5 - number) for number in range(6)}) == pytest.approx(5)
    assert faded({"a": 1.0, "b": 2.0}) is None
    assert faded(dict.fromkeys(sound, 0.0)) is None


def test_what_is_the_same_for_all_rows_is_constant(run):
    assert not is_constant(run, "first")
    for name, values in (("unit_deviation", [0.0, 1.0]), ("largest", [1.0, 2.0])):
        run.signals[f"inference/output_{name}/first"] = Series.over("epoch", values, start=0)
    assert is_constant(run, "first")
    assert not is_constant(run, "first", -1)
    assert not is_constant(run, None)


def test_inputs_may_be_constant():
    model = keras.Sequential([keras.Input((2,)), L.Dense(1)])
    same = static(model, np.ones((8, 2)), np.zeros((8, 1)))
    other = static(model, np.eye(8, 2), np.zeros((8, 1)))
    assert is_constant(same, "@x")
    assert not is_constant(other, "@x")
