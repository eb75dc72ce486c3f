"""The graph where nothing can be traced: the model answers rows of zeros, and stays as it was.

JAX stands in for the other backend: what is the same on all of them is that values are there when a layer is called.
"""

from __future__ import annotations

import keras
import numpy as np
import pytest

from trainwell.engine.call_graph import CallError, call_graph, rows_of_zeros

L = keras.layers


@pytest.fixture(autouse=True)
def another_backend(monkeypatch):
    monkeypatch.setattr(keras.config, "backend", lambda: "torch")


def sequential():
    inner = keras.Sequential([keras.Input((5,)), L.Dense(4, name="b"), L.BatchNormalization(name="norm")], name="inner")
    return keras.Sequential([keras.Input((6,)), L.Dense(5, "relu", name="a"), inner, L.Dropout(0.5, name="drop")])


def functional():
    one, other = keras.Input((6,), name="one"), keras.Input((3, 2), name="other", dtype="int32")
    x = L.Dense(4, name="a")(one) + L.Flatten(name="flat")(other)[:, :4]
    return keras.Model({"one": one, "other": other}, {"y": L.Dense(1, name="b")(x)})


@pytest.mark.heavy
@pytest.mark.parametrize("build", [sequential, functional])
def test_it_is_the_graph_that_tracing_sees(build, monkeypatch):
    model = build()
    x = rows_of_zeros(model)
    weights = model.get_weights()
    found = call_graph(model, x)
    assert all(np.array_equal(one, other) for one, other in zip(model.get_weights(), weights, strict=True))
    monkeypatch.setattr(keras.config, "backend", lambda: "jax")
    traced = call_graph(model, x)
    assert [each.place for each in found.calls] == [each.place for each in traced.calls]
    assert [each.inputs for each in found.calls] == [each.inputs for each in traced.calls]
    assert [each.shapes for each in found.calls] == [each.shapes for each in traced.calls]
    assert found.outputs == traced.outputs


def test_shapes_that_are_not_told_give_no_rows():
    assert rows_of_zeros(keras.Sequential([L.Dense(1)])) is None
    assert rows_of_zeros(keras.Sequential([keras.Input((None, 3)), L.LSTM(2)])) is None

    class Own(keras.Model):
        def call(self, x):
            return x

    assert rows_of_zeros(Own()) is None


def test_a_model_that_raises_is_told_by_its_layer():
    class Broken(L.Layer):
        whole = True

        def call(self, x):
            if self.whole:
                return x
            raise ValueError("no")

    broken = Broken(name="broken")
    model = keras.Sequential([keras.Input((6,)), broken])
    broken.whole = False
    with pytest.raises(CallError) as error:
        call_graph(model, rows_of_zeros(model))
    assert error.value.place == "broken"
