"""The graph of each kind of model: what feeds what, what each call is, and what its outputs meet."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from rules.runs import static

from trainwell.rule import NotMeasured
from trainwell.run import Graph, Run, effect_of

L = keras.layers


def graph_of(model, shape=(6,), units=1):
    return Graph.of(static(model, np.zeros((8, *shape)), np.zeros((8, units))))


def places(calls):
    return [call.place for call in calls]


def behind(graph, place):
    found = graph.activation_behind(graph.at(place))
    return None if found is None else found.name


class Subclassed(keras.Model):
    """Calls one activation as a layer and one as a function."""

    def __init__(self):
        super().__init__()
        self.first, self.act, self.second, self.head = (
            L.Dense(4, name="first"),
            L.ReLU(name="act"),
            L.Dense(4, name="second"),
            L.Dense(1, name="head"),
        )

    def call(self, x):
        return self.head(keras.ops.relu(self.second(self.act(self.first(x)))))


def test_a_sequence():
    layers = [
        L.Dense(4, name="first"),
        L.BatchNormalization(),
        L.Dropout(0.1),
        L.Activation("tanh", name="act"),
        L.Dense(3, "relu", name="second"),
        L.Dense(1, name="head"),
    ]
    graph = graph_of(keras.Sequential([keras.Input((6,)), *layers]))
    assert graph.kind == "Sequential"
    assert places(graph.weighted) == ["first", "second", "head"]
    assert places(graph.hidden) == ["first", "second"]
    assert [behind(graph, place) for place in ("first", "second", "head")] == ["tanh", "relu", "linear"]
    assert places(graph.before(graph.at("act")))[0] == "first"
    assert places(graph.after(graph.at("act"))) == ["second", "head"]
    assert graph.is_output(graph.at("head"))


def test_an_activation_that_is_linear_is_passed_by():
    layers = [L.Dense(4, name="first"), L.Activation("linear"), L.ReLU(), L.Dense(1)]
    assert behind(graph_of(keras.Sequential([keras.Input((6,)), *layers])), "first") == "relu"


@pytest.mark.heavy
def test_skips_and_operations_of_a_functional_model():
    keras.utils.clear_session()  # operations are numbered
    inputs = keras.Input((6,))
    stem = L.Dense(4, name="stem")(inputs)
    branch = L.Dense(4, name="branch")(keras.ops.relu(stem))
    joined = L.Add(name="joined")([stem, branch])
    outputs = L.Dense(1, name="head")(L.ReLU(name="last")(joined))
    graph = graph_of(keras.Model(inputs, outputs))
    assert behind(graph, "stem") is None  # a ReLU in the branch, and a sum
    assert behind(graph, "branch") is None
    assert places(graph.feeding(graph.at("joined"))) == ["stem", "branch"]
    assert places(graph.fed_by(graph.at("stem"))) == ["relu", "joined"]
    assert effect_of(graph.at("joined")) == "linear"
    assert effect_of(graph.at("relu")) == "nonlinear"


def test_branches_that_agree_on_an_activation():
    inputs = keras.Input((6,))
    stem = L.Dense(4, name="stem")(inputs)
    heads = [L.Dense(1, name=f"head{k}")(L.Activation("elu")(stem)) for k in range(2)]
    run = static(keras.Model(inputs, heads), np.zeros((8, 6)), [np.zeros((8, 1))] * 2, loss=["mse", "mse"])
    assert behind(Graph.of(run), "stem") == "elu"


def test_a_nested_model_is_opened():
    base = keras.Sequential([keras.Input((6,)), L.Dense(4, name="inner"), L.ReLU(name="act")], name="base")
    graph = graph_of(keras.Sequential([keras.Input((6,)), base, L.Dense(1, name="head")]))
    assert places(graph.hidden) == ["base/inner"]
    assert behind(graph, "base/inner") == "relu"
    assert places(graph.before(graph.at("head"))) == ["base/inner", "base/act"]


def test_a_shared_layer_has_a_place_for_each_call():
    inputs, shared = keras.Input((6,)), L.Dense(6, name="shared")
    outputs = L.Dense(1, name="head")(shared(L.ReLU()(shared(inputs))))
    graph = graph_of(keras.Model(inputs, outputs))
    assert places(graph.hidden) == ["shared", "shared:2"]
    assert [behind(graph, place) for place in ("shared", "shared:2")] == ["relu", "linear"]


def test_what_a_subclassed_model_does_in_its_own_code_is_not_known():
    graph = graph_of(Subclassed())
    assert graph.kind == "subclassed"
    assert behind(graph, "first") == "relu"
    assert behind(graph, "second") is None
    assert graph.at("head").inputs == (None,)


def test_the_layer_within_a_wrapper_tells_what_it_is():
    layers = [L.TimeDistributed(L.Dense(5, "relu"), name="each"), L.SpectralNormalization(L.Dense(2), name="bound")]
    graph = graph_of(keras.Sequential([keras.Input((3, 6)), *layers, L.Flatten(), L.Dense(1)]), (3, 6))
    assert [(call.kind, call.has_kernel) for call in graph.calls[:2]] == [("Dense", True), ("Dense", True)]
    assert behind(graph, "each") == "relu"
    assert [kernel.shape for kernel in graph.at("bound").kernels] == [(5, 2)]


def test_kernels_tell_their_size_and_whether_units_differ():
    layers = [
        L.Dense(3, kernel_initializer=keras.initializers.Constant(0.5), name="alike"),
        L.Dense(2, kernel_initializer="zeros", name="nothing"),
        L.Dense(200, kernel_initializer=keras.initializers.RandomNormal(stddev=0.1, seed=0), name="drawn"),
        L.Dense(1, name="one"),
    ]
    graph = graph_of(keras.Sequential([keras.Input((6,)), *layers]))
    kernels = {call.place: call.kernels[0] for call in graph.calls}
    assert (kernels["alike"].rms, kernels["alike"].unit_spread) == (0.5, 0.0)
    assert (kernels["nothing"].rms, kernels["nothing"].unit_spread) == (0.0, 0.0)
    assert kernels["drawn"].rms == pytest.approx(0.1, rel=0.15)
    assert kernels["drawn"].unit_spread == pytest.approx(1, rel=0.05)
    assert kernels["one"].unit_spread is None


def test_units_of_a_transposed_convolution_are_not_its_last_axis():
    by_unit = np.zeros((3, 3, 2, 4), "float32") + np.arange(2, dtype="float32")[:, None]
    layer = L.Conv2DTranspose(2, 3, name="up")
    model = keras.Sequential([keras.Input((2, 2, 4)), layer, L.Flatten(), L.Dense(1)])
    layer.set_weights([by_unit, np.zeros(2)])
    assert graph_of(model, (2, 2, 4)).at("up").kernels[0].unit_spread == pytest.approx(0.5 / np.sqrt(0.5))


def test_kernels_within_a_layer_of_keras_are_its_own():
    model = keras.Sequential([keras.Input((3, 2)), L.Bidirectional(L.LSTM(4), name="both"), L.Dense(1)])
    assert len(graph_of(model, (3, 2)).at("both").kernels) == 4


@pytest.mark.parametrize(
    ("layer", "effect"),
    [
        (lambda: L.Dense(3), "linear"),
        (lambda: L.Dense(3, "gelu"), "nonlinear"),
        (lambda: L.Dense(3, lambda x: x), "unknown"),
        (lambda: L.Lambda(lambda x: x), "unknown"),
        (lambda: L.BatchNormalization(), "linear"),
        (lambda: L.LayerNormalization(), "nonlinear"),
        (lambda: L.Dropout(0.5), "linear"),
        (lambda: L.Rescaling(2.0), "linear"),
        (lambda: L.Activation("linear"), "linear"),
        (lambda: L.PReLU(), "nonlinear"),
    ],
)
def test_whether_a_layer_is_linear(layer, effect):
    layer = layer()
    model = keras.Sequential([keras.Input((6,)), layer, L.Dense(1)])
    assert effect_of(graph_of(model).calls[0]) == effect


def test_multiplying_by_a_constant_is_linear_and_by_another_tensor_is_not():
    inputs = keras.Input((6,))
    graph = graph_of(keras.Model(inputs, L.Dense(1)(L.Multiply(name="product")([inputs * 2.0, inputs]))))
    assert effect_of(graph.calls[0]) == "linear"
    assert effect_of(graph.at("product")) == "nonlinear"


def test_a_run_that_tells_no_calls_has_no_graph():
    with pytest.raises(NotMeasured, match="how the model's layers are called"):
        Graph.of(Run.from_plain({"model": {}}))
