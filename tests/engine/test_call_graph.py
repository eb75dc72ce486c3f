"""The graph of calls is that of the model, for any kind of model, and nothing is left behind."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from trainwell.engine import CallError, call_graph

L = keras.layers
X = np.zeros((4, 6), "float32")


def links(graph):
    return {call.place: call.inputs for call in graph.calls}


def test_a_sequential_model_is_a_row():
    model = keras.Sequential([keras.Input((6,)), L.Dense(3, name="a"), L.Dropout(0.5, name="b"), L.Dense(1, name="c")])
    graph = call_graph(model, X)
    assert links(graph) == {"a": ("@x",), "b": ("a",), "c": ("b",)}
    assert graph.outputs == {"": ("c", (None, 1))}


def test_skips_and_several_inputs_and_outputs_are_seen():
    left, right = keras.Input((6,), name="left"), keras.Input((6,), name="right")
    hidden = L.Dense(6, name="hidden")(left)
    total = L.Add(name="total")([hidden, right])
    model = keras.Model({"left": left, "right": right}, {"one": L.Dense(1, name="one")(total), "two": total})
    graph = call_graph(model, {"left": X, "right": X})
    assert links(graph) == {"hidden": ("@left",), "total": ("hidden", "@right"), "one": ("total",)}
    assert graph.outputs == {"one": ("one", (None, 1)), "two": ("total", (None, 6))}


def test_a_nested_model_is_opened_and_a_shared_layer_counted():
    base = keras.Sequential([keras.Input((6,)), L.Dense(6, name="inner")], name="base")
    inputs = keras.Input((6,))
    graph = call_graph(keras.Model(inputs, base(base(inputs))), X)
    assert links(graph) == {"base/inner": ("@x",), "base/inner:2": ("base/inner",)}


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.first, self.second = L.Dense(6, name="first"), L.Dense(1, name="second")

    def call(self, x):
        return self.second(keras.ops.relu(self.first(x)))


def test_what_a_user_computes_between_two_layers_is_not_known():
    model = Subclassed()
    model(X)
    graph = call_graph(model, X)
    assert links(graph) == {"first": ("@x",), "second": (None,)}


def test_a_functional_model_casts_its_inputs_and_they_are_still_known():
    model = keras.Sequential([keras.Input((6,)), L.Embedding(5, 2, name="words"), L.Flatten(name="flat")])
    assert links(call_graph(model, np.zeros((4, 6), "int32")))["words"] == ("@x",)


class Block(L.Layer):
    def __init__(self, **options):
        super().__init__(**options)
        self.inner = L.Dense(6, name="inner")

    def call(self, x):
        return x + self.inner(x)


def test_a_layer_of_ones_own_is_opened_and_stands_for_what_it_computes():
    model = keras.Sequential([keras.Input((6,)), Block(name="block"), L.Dense(1, name="head")])
    assert links(call_graph(model, X)) == {"block/inner": ("@x",), "block": ("@x",), "head": ("block",)}


@pytest.mark.heavy
def test_a_composite_of_keras_is_one_call():
    model = keras.Sequential([keras.Input((5, 3)), L.Bidirectional(L.LSTM(4), name="both"), L.Dense(1, name="head")])
    graph = call_graph(model, np.zeros((2, 5, 3), "float32"))
    assert links(graph) == {"both": ("@x",), "head": ("both",)}
    assert graph.calls[0].shapes == ((None, 8),)


def test_the_model_is_left_as_it_was():
    model = keras.Sequential([keras.Input((6,)), L.BatchNormalization(), L.Dropout(0.5)])
    before = [np.array(each.value) for each in model.variables]
    call_graph(model, X)
    assert all(np.array_equal(one, other.value) for one, other in zip(before, model.variables, strict=True))
    assert keras.Operation.__call__.__name__ == "__call__"


def test_what_a_layer_raises_is_told_with_its_place():
    class Broken(L.Layer):
        def call(self, x, training=None):
            if training:
                raise ValueError("not today")
            return x

    model = keras.Sequential([keras.Input((6,)), Broken(name="broken")])
    with pytest.raises(CallError, match="not today") as error:
        call_graph(model, X)
    assert error.value.place == "broken"
