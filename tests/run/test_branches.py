"""Which calls are residual branches: what is added to what it was made from."""

from __future__ import annotations

import keras
import numpy as np
from rules.runs import static

from trainwell.run import Graph
from trainwell.run.branches import residual_branches

L = keras.layers


def branches_of(inputs, output):
    model = keras.Model(inputs, L.Dense(1, name="head")(output))
    return residual_branches(Graph.of(static(model, np.zeros((8, *inputs.shape[1:])), np.zeros((8, 1)))))


def told(branches):
    return [([call.place for call in each.first], each.last.place) for each in branches]


def test_layers_and_operations_that_add_on_either_side():
    inputs = keras.Input((6,))
    x = L.Dense(4, name="stem")(inputs)
    x = x + L.Dense(4, name="b")(L.Dense(5, "relu", name="a")(x))
    x = L.Add()([L.ReLU()(L.Dense(4, name="c")(x)), x])
    found = branches_of(inputs, x)
    assert told(found) == [(["a"], "b"), (["c"], "c")]
    assert not any(each.is_normalized for each in found)


def test_a_branch_may_part_and_normalize():
    inputs = keras.Input((6,))
    x = L.Dense(4, name="stem")(inputs)
    y = L.LayerNormalization(name="norm")(x)
    gate = L.Dense(4, "sigmoid", name="gate")(x)
    (branch,) = branches_of(inputs, L.Add()([x, L.Multiply()([L.Dense(4, name="a")(y), gate])]))
    assert {call.place for call in branch.first} == {"norm", "gate"}
    assert branch.is_normalized


def test_the_input_itself_may_be_passed_by():
    inputs = keras.Input((6,))
    assert told(branches_of(inputs, inputs + L.Dense(6, name="a")(inputs))) == [(["a"], "a")]


def test_no_branch_where_nothing_is_passed_by_or_nothing_weighs():
    inputs = keras.Input((6,))
    x = L.Dense(4, name="stem")(inputs)
    sides = L.Add()([L.Dense(3, name="a")(x), L.Dense(3, name="b")(x)])
    assert branches_of(inputs, sides) == []
    assert branches_of(inputs, x + keras.ops.tanh(x)) == []
    assert branches_of(inputs, x + 1.0) == []
    assert branches_of(inputs, L.Concatenate()([x, L.Dense(4, name="a")(x)])) == []
    assert branches_of(inputs, L.Add()([x, L.Dense(4, name="a")(x), L.Dense(4, name="b")(x)])) == []
