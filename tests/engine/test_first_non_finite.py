"""The operation that spoils a gradient is named, with its layer and the line of the user's code."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import ops

from trainwell.engine import GradientProbe
from trainwell.engine.compat import private

L = keras.layers


def root_layer(v):
    return ops.sqrt(ops.sum(v, axis=1, keepdims=True))


def norm_layer(v):
    return ops.norm(v, axis=1, keepdims=True)


def log_layer(v):
    return ops.log(v)


def divided_layer(v):
    return v / v


def power_layer(v):
    return ops.sum(v, axis=1, keepdims=True) ** 0.5


def root_loss(y, p):
    return ops.mean(ops.sqrt(ops.square(y - p)))


def probed(model, x, y, loss="mse"):
    model.compile("sgd", loss)
    return GradientProbe(model), x, y


def behind_zeros(layer, shape=(1,)):
    """A model whose hidden activations are all 0: the layer is given zeros."""
    model = keras.Sequential(
        [keras.Input((3,)), L.Dense(2, use_bias=False), L.Lambda(layer, output_shape=shape, name="own"), L.Dense(1)]
    )
    return probed(model, np.zeros((4, 3), "float32"), np.ones((4, 1), "float32"))


@pytest.mark.parametrize(
    ("layer", "primitive", "function", "code"),
    [
        (root_layer, "sqrt", "sqrt", "return ops.sqrt(ops.sum(v, axis=1, keepdims=True))"),
        (norm_layer, "sqrt", "norm", "return ops.norm(v, axis=1, keepdims=True)"),
        (log_layer, "log", "log", "return ops.log(v)"),
        (divided_layer, "div", "", "return v / v"),
        (power_layer, "pow", "", "return ops.sum(v, axis=1, keepdims=True) ** 0.5"),
    ],
)
def test_an_operation_in_a_layer(layer, primitive, function, code):
    shape = (2,) if layer in {log_layer, divided_layer} else (1,)
    probe, x, y = behind_zeros(layer, shape)
    assert not probe(x, y).is_finite
    found = probe.origin(x, y)
    assert (found.primitive, found.function, found.place, found.code) == (primitive, function, "own", code)
    assert found.file == __file__


def test_an_operation_in_the_loss():
    model = keras.Sequential([keras.Input((3,)), L.Dense(1, use_bias=False)])
    probe, x, y = probed(model, np.zeros((4, 3), "float32"), np.zeros((4, 1), "float32"), root_loss)
    found = probe.origin(x, y)
    assert np.isfinite(probe(x, y).loss)
    assert (found.primitive, found.place, found.code) == ("sqrt", "", "return ops.mean(ops.sqrt(ops.square(y - p)))")


def test_an_id_that_the_embedding_does_not_have():
    model = keras.Sequential([keras.Input((2,), dtype="int32"), L.Embedding(5, 3), L.Flatten(), L.Dense(1)])
    probe, x, y = probed(model, np.full((4, 2), 9), np.ones((4, 1), "float32"))
    found = probe.origin(x, y)
    assert (found.primitive, found.place, found.file) == ("gather", "embedding", "")


def test_an_overflow_of_float16():
    model = keras.Sequential(
        [keras.Input((3,), dtype="float16"), L.Dense(1, dtype="float16", kernel_initializer="ones", name="dense")]
    )
    probe, x, y = probed(model, np.full((4, 3), 6e4, "float16"), np.zeros((4, 1), "float16"))
    found = probe.origin(x, y)
    assert (found.primitive, found.place, found.dtype) == ("dot_general", "dense", "float16")


class Cell(keras.layers.Layer):
    state_size = 2

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], 2), initializer="zeros")

    def call(self, inputs, states):  # noqa: ARG002 -- as Keras calls it
        out = ops.sqrt(ops.square(inputs @ self.kernel))
        return out, [out]


@pytest.mark.parametrize("layer", [lambda: L.RNN(Cell(), name="rnn"), lambda: L.RNN(Cell(), unroll=True, name="rnn")])
def test_an_operation_in_the_steps_of_a_recurrent_layer(layer):
    model = keras.Sequential([keras.Input((5, 3)), layer(), L.Dense(1)])
    probe, x, y = probed(model, np.ones((4, 5, 3), "float32"), np.ones((4, 1), "float32"))
    found = probe.origin(x, y)
    assert found.primitive == "sqrt"
    assert found.place.startswith("rnn")
    assert found.code == "out = ops.sqrt(ops.square(inputs @ self.kernel))"


def test_nothing_where_all_is_finite():
    model = keras.Sequential(
        [keras.Input((3,)), L.Dense(2, "relu"), L.BatchNormalization(), L.Dropout(0.5), L.Dense(1)]
    )
    probe, x, y = probed(model, np.ones((4, 3), "float32"), np.ones((4, 1), "float32"))
    before = [np.array(each.value) for each in model.variables]
    assert probe(x, y).is_finite
    assert probe.origin(x, y) is None
    assert all(np.array_equal(one, two.value) for one, two in zip(before, model.variables, strict=True))


def test_a_mask_of_minus_infinity_is_not_the_origin():
    def attend(v):
        scores = ops.where(ops.ones_like(v) > 0, v, -np.inf)
        return ops.sqrt(ops.sum(0.0 * ops.softmax(scores), axis=1, keepdims=True))

    probe, x, y = behind_zeros(attend)
    assert probe.origin(x, y).primitive == "sqrt"


@pytest.mark.parametrize("name", ["jax._src.source_info_util.user_frames", "source_info", "name_stack"])
def test_without_jaxs_private_names_it_is_not_known(monkeypatch, name):
    monkeypatch.setattr(private, "_absent", {name})
    probe, x, y = behind_zeros(root_layer)
    assert probe.origin(x, y) is None
    assert not probe(x, y).is_finite
