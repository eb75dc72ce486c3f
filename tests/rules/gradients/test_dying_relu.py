from __future__ import annotations

import keras
import numpy as np
import pytest
from rules.gradients.signals import learned, of_kernels
from rules.runs import finding, static

from trainwell.run import Series

L = keras.layers


def of(*layers):
    model = keras.Sequential([keras.Input((4,)), *layers, L.Dense(1, name="head")])
    return static(model, np.random.default_rng(0).normal(size=(64, 4)), np.zeros((64, 1)))


@pytest.fixture
def run():
    return of(L.Dense(10, "relu", name="first"))


def dead(run, *shares, left=0.8, place="first"):
    run.signals[f"inference/output_zero_units/{place}"] = Series.over("epoch", shares, start=0)
    return finding(learned(run, 1, left), "dying-relu")


def test_a_layer_that_lost_most_of_its_units_is_named(run):
    found = dead(run, 0.1, 0.9)
    assert found.outcome == "fault"
    assert found.message == (
        "90% of the units of 'first' give 0 for every input looked at, after 10% before the first step, and the loss "
        "ends at 80% of that of a constant answer."
    )


def test_dead_units_that_are_not_missed_are_in_order(run):
    found = dead(run, 0.1, 0.9, left=0.1)
    assert found.outcome == "passed"
    assert found.margin == pytest.approx(np.log2(0.1 / 0.5))


def test_units_that_were_dead_before_the_first_step_alone_are_in_order(run):
    found = dead(run, 0.9, 0.3)
    assert found.outcome == "passed"
    assert found.margin == pytest.approx(np.log2(0.3 / 0.7))


def test_units_that_die_after_gradients_had_vanished_are_a_consequence(run):
    of_kernels(run, {"first": [1e-9]})
    assert dead(run, 0.1, 0.9).outcome == "passed"
    assert dead(run, 0.9, 0.9).outcome == "fault"


def test_a_layer_behind_a_dead_one_is_not_told():
    run = of(L.Dense(10, "relu", name="first"), L.Dense(10, "relu", name="second"))
    dead(run, 1.0, 1.0, place="second")
    for name in ("unit_deviation", "largest"):
        run.signals[f"inference/output_{name}/first"] = Series.over("epoch", [0.0, 0.0], start=0)
    assert [each.where for each in dead(run, 1.0, 1.0).evidence] == ["first", "first"]


def test_inputs_that_are_the_same_for_all_rows_kill_no_unit():
    model = keras.Sequential([keras.Input((4,)), L.Dense(10, "relu", name="first"), L.Dense(1)])
    assert dead(static(model, np.zeros((64, 4)), np.zeros((64, 1))), 1.0, 1.0).outcome == "not applicable"


def test_a_relu_of_its_own_layer_is_seen():
    run = of(L.Dense(10), L.BatchNormalization(), L.ReLU(name="relu"))
    assert dead(run, 0.1, 1.0, place="relu").evidence[0].where == "relu"


def test_without_looks_it_is_not_measured(run):
    assert finding(run, "dying-relu").outcome == "not measured"


def test_looks_at_other_layers_alone_do_not_measure_it(run):
    found = dead(run, 0.9, 0.9, place="head")
    assert found.outcome == "not measured"
    assert found.message == "The outputs of the layers with a ReLU were not looked at."


@pytest.mark.parametrize("activation", ["tanh", "leaky_relu", "elu"])
def test_without_a_relu_it_does_not_apply(activation):
    assert dead(of(L.Dense(10, activation, name="first")), 0.9).outcome == "not applicable"
