"""What a head is: its last activation wherever that is seen, its loss, and its range."""

from __future__ import annotations

import math

import keras
import numpy as np
import pytest
from rules.runs import static, with_signals

from trainwell.run import heads

L = keras.layers
X = np.random.default_rng(0).normal(size=(20, 4)).astype("float32")
STEPS = np.random.default_rng(0).normal(size=(20, 6, 4)).astype("float32")


def head(model, x=X, y=None, **compile_arguments):
    y = np.zeros((len(x), *model.output_shape[1:])) if y is None else y
    return heads(static(model, x, y, **compile_arguments))[0]


def functional(function, x=X):
    given = keras.Input(x.shape[1:])
    return keras.Model(given, function(given))


def activation(function, x=X):
    found = head(functional(function, x), x).activation
    return None if found is None else found.name


class Squared(L.Layer):
    """Does more than its configuration tells."""

    def __init__(self, activation=None):
        super().__init__()
        self.activation = activation

    def call(self, inputs):
        return keras.ops.square(inputs)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "activation": self.activation}


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda x: L.Dense(2, "softmax")(x), "softmax"),
        (lambda x: L.Dense(2)(x), "linear"),
        (lambda x: L.Activation("linear")(L.Dense(2, "softmax")(x)), "softmax"),
        (lambda x: L.Reshape((2, 1))(L.Dropout(0.5)(L.Dense(2, "sigmoid")(x))), "sigmoid"),
        (lambda x: keras.ops.softmax(L.Dense(2)(x)), "softmax"),
        (lambda x: keras.ops.squeeze(L.Dense(1, "tanh")(x), axis=-1), "tanh"),
        (lambda x: L.BatchNormalization()(L.Dense(2, "sigmoid")(x)), "linear"),
        (lambda x: L.Average()([L.Dense(2, "softmax")(x), L.Dense(2, "softmax")(x)]), "softmax"),
        (lambda x: L.Concatenate()([L.Dense(2, "softmax")(x), L.Dense(2, "softmax")(x)]), None),
        (lambda x: L.Concatenate()([L.Dense(2, "sigmoid")(x), L.Dense(2, "sigmoid")(x)]), "sigmoid"),
        (lambda x: L.Concatenate()([L.Dense(2, "sigmoid")(x), L.Dense(2)(x)]), None),
        (lambda x: L.Add()([L.Dense(4)(x), L.Dense(4)(x)]), "linear"),
        (lambda x: L.Add()([L.Dense(4, "sigmoid")(x), L.Dense(4, "sigmoid")(x)]), None),
        (lambda x: L.Dense(4, "sigmoid")(x) * 2, None),
        (lambda x: L.Add()([x, L.Dense(4)(x)]), None),
        (lambda x: L.Dense(2, "softmax")(x)[:, :1], None),
        (lambda x: L.Lambda(lambda t: t * 2)(L.Dense(2)(x)), None),
        (lambda x: Squared()(x), None),
        (lambda x: L.Dense(2, activation=lambda x: x)(x), None),
    ],
)
def test_the_last_activation(function, expected):
    assert activation(function) == expected


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda x: L.TimeDistributed(L.Dense(2, "softmax"))(x), "softmax"),
        (lambda x: L.TimeDistributed(Squared())(x), None),
        (lambda x: L.GRU(3)(x), "tanh"),
        (lambda x: L.Bidirectional(L.LSTM(3))(x), "tanh"),
        (lambda x: L.Bidirectional(L.LSTM(3), merge_mode="sum")(x), None),
        (lambda x: L.GlobalAveragePooling1D()(L.Dense(3, "softmax")(x)), "softmax"),
        (lambda x: L.GlobalMaxPooling1D()(L.Dense(3, "softmax")(x)), None),
        (lambda x: L.GlobalMaxPooling1D()(L.Dense(3, "sigmoid")(x)), "sigmoid"),
    ],
)
def test_the_last_activation_over_steps(function, expected):
    assert activation(function, STEPS) == expected


def test_a_clipped_relu_ends_at_its_ceiling():
    found = head(functional(lambda x: L.ReLU(max_value=1)(L.Dense(2)(x))))
    assert found.range == (0, 1)
    assert head(functional(L.Dense(2, "relu"))).range == (0, math.inf)
    assert head(functional(Squared())).range is None


@pytest.mark.parametrize(
    ("units", "y", "expected"),
    [
        (1, np.zeros((20, 1)), "binary_crossentropy"),
        (3, np.zeros((20, 3)), "categorical_crossentropy"),
        (3, np.zeros(20, int), "sparse_categorical_crossentropy"),
        (3, np.zeros((20, 1), int), "sparse_categorical_crossentropy"),
    ],
)
def test_the_loss_that_keras_chooses_by_the_shapes(units, y, expected):
    assert head(functional(L.Dense(units)), y=y, loss="crossentropy").loss_name == expected


def test_a_loss_of_ones_own_has_no_name_of_keras():
    def mean_squared_error(y, p):
        return keras.ops.square(y - p)

    assert head(functional(L.Dense(1)), loss=mean_squared_error).loss_name == ""
    assert head(functional(L.Dense(1)), loss="mse").loss_name == "mean_squared_error"


def test_outputs_in_a_list_find_what_their_layers_are_given():
    x = keras.Input((4,))
    model = keras.Model(x, [L.Dense(1, name="a")(x), L.Dense(3, "softmax", name="b")(x)])
    y = {"a": np.zeros((20, 1)), "b": np.zeros(20, int)}
    first, second = heads(static(model, X, y, loss={"a": "mse", "b": "sparse_categorical_crossentropy"}))
    assert (first.where, first.loss_name, first.target.shape) == ("a", "mean_squared_error", [1])
    assert (second.where, second.loss_name, second.target.shape) == ("b", "sparse_categorical_crossentropy", [])


def test_the_users_name_of_an_output_is_kept():
    x = keras.Input((4,))
    model = keras.Model(x, {"price": L.Dense(1, name="dense_of_price")(x)})
    assert heads(static(model, X, {"price": np.zeros((20, 1))}, loss={"price": "mse"}))[0].where == "price"


@pytest.mark.parametrize(
    ("shape", "aligned"), [((20,), True), ((20, 1), True), ((20, 3), False), ((20, 1, 1), True), ((20, 2, 1), False)]
)
def test_targets_beside_one_unit(shape, aligned):
    assert head(functional(L.Dense(1)), y=np.zeros(shape)).is_aligned is aligned


def test_an_unseen_softmax_is_known_by_its_rows():
    run = static(functional(Squared()), X, np.zeros((20, 4)))
    assert heads(run)[0].is_softmax is None
    looks = {"minimum": [0.1, 0.0], "maximum": [0.4, 0.9]}
    with_signals(run, **{f"inference__{name}__": values for name, values in looks.items()})
    with_signals(run, inference__sum_from_one__=[1e-8, 1e-7])
    assert heads(run)[0].is_softmax is True
    with_signals(run, inference__sum_from_one__=[1e-8, 0.1])
    assert heads(run)[0].is_softmax is False


def test_batches_are_the_full_one_and_the_rest():
    model = functional(L.Dense(1))
    assert set(heads(static(model, X, X[:, :1], batch_size=8))[0].batches) == {8, 4}
    assert heads(static(model, X, X[:, :1], batch_size=10))[0].batches == (10,)
    assert heads(static(model, X, X[:, :1], batch_size=64))[0].batches == (20,)
