"""`tw.fit` against `keras.Model.fit` from the same seed: weights, logs and generators bit for bit."""

from __future__ import annotations

import functools
import random

import keras
import numpy as np
import pytest
from sklearn.datasets import load_digits

import trainwell as tw

L = keras.layers
exact_fit = functools.partial(tw.fit, exact=True)
ROWS = 300  # 10 batches of 32 with a partial last one of 12


@pytest.fixture(scope="module")
def digits():
    x, y = load_digits(return_X_y=True)
    return (x / 16).astype("float32").reshape(-1, 8, 8), y


def softmax():
    return L.Dense(10, activation="softmax")


def dense():
    return keras.Sequential([L.Flatten(), L.Dense(32, activation="relu"), softmax()])


def chapter():
    """Everything of the chapter at once."""
    hidden = {"kernel_regularizer": keras.regularizers.L2(1e-4), "kernel_constraint": keras.constraints.MaxNorm(1.0)}
    return keras.Sequential(
        [
            keras.Input((8, 8)),
            L.Flatten(),
            L.BatchNormalization(),
            L.Dense(32, "elu", kernel_initializer="he_normal", **hidden),
            L.Dropout(0.2),
            L.Dense(32, use_bias=False, **hidden),
            L.BatchNormalization(),
            L.Activation("selu"),
            L.AlphaDropout(0.1),
            softmax(),
        ]
    )


def lstm():
    return keras.Sequential([L.LSTM(16), softmax()])


def gru():
    return keras.Sequential([L.GRU(16, recurrent_dropout=0.1), L.LayerNormalization(), softmax()])


def attention():
    inputs = keras.Input((8, 8))
    attended = L.MultiHeadAttention(2, 4, dropout=0.1)(inputs, inputs)
    return keras.Model(inputs, softmax()(L.GlobalAveragePooling1D()(L.Add()([inputs, attended]))))


def mixed_precision():
    float16 = keras.DTypePolicy("mixed_float16")
    return keras.Sequential(
        [
            L.Flatten(),
            L.Dense(32, activation="relu", dtype=float16),
            L.Dropout(0.2),
            L.Dense(10, "softmax", dtype="float32"),
        ]
    )


def convolutional():
    return keras.Sequential(
        [
            L.Reshape((8, 8, 1)),
            L.Conv2D(8, 3, activation="relu"),
            L.MaxPooling2D(),
            L.Dropout(0.2),
            L.Flatten(),
            softmax(),
        ]
    )


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.flatten = L.Flatten()
        self.hidden = L.Dense(16, activation="tanh")
        self.dropout = L.Dropout(0.3)
        self.out = softmax()

    def call(self, x, training=False):
        return self.out(self.dropout(self.hidden(self.flatten(x)), training=training))


def nadam_with_everything():
    schedule = keras.optimizers.schedules.ExponentialDecay(0.01, 10, 0.9)
    return keras.optimizers.Nadam(
        schedule, use_ema=True, ema_overwrite_frequency=7, gradient_accumulation_steps=2, global_clipnorm=0.5
    )


def adam():
    return keras.optimizers.Adam(0.01)


CASES = {
    "dense": (dense, adam),
    "chapter": (chapter, nadam_with_everything),
    "lstm": (lstm, adam),
    "gru": (gru, adam),
    "attention": (attention, adam),
    "mixed_precision": (mixed_precision, adam),
    "convolutional": (convolutional, adam),
    "subclassed": (Subclassed, adam),
}


def train(build, make_optimizer, fit, x, y, **arguments):
    keras.utils.set_random_seed(7)
    model = build()
    model.compile(make_optimizer(), "sparse_categorical_crossentropy", metrics=["accuracy"])
    arguments = {"epochs": 3, "verbose": 0, "validation_data": (x[ROWS : ROWS + 90], y[ROWS : ROWS + 90]), **arguments}
    history = fit(model, x[:ROWS], y[:ROWS], **arguments)
    return model, history.history, (random.random(), np.random.rand())  # noqa: NPY002


def assert_same(ours, keras_s):
    (model, history, generators), (expected, expected_history, expected_generators) = ours, keras_s
    assert history == expected_history
    for ours_v, theirs_v in zip(model.variables, expected.variables, strict=True):
        np.testing.assert_array_equal(np.asarray(ours_v), np.asarray(theirs_v), err_msg=ours_v.path)
    for ours_v, theirs_v in zip(model.optimizer.variables, expected.optimizer.variables, strict=True):
        np.testing.assert_array_equal(np.asarray(ours_v), np.asarray(theirs_v), err_msg=ours_v.path)
    assert generators == expected_generators, "Python's or NumPy's generator went another way"


MARKS = {  # by what compiling takes
    **{key: [pytest.mark.slow] for key in ("gru", "attention", "convolutional")},
    **{key: [pytest.mark.heavy] for key in ("chapter", "lstm", "mixed_precision", "subclassed")},
}


@pytest.mark.parametrize(
    ("case", "shuffle"),
    [
        *(pytest.param(case, True, marks=MARKS.get(case, [])) for case in CASES),
        ("dense", False),
        ("chapter", False),
        ("dense", "batch"),
    ],
)
def test_weights_logs_and_generators_are_those_of_keras(case, shuffle, digits):
    x, y = digits
    build, make_optimizer = CASES[case]
    ours = train(build, make_optimizer, exact_fit, x, y, shuffle=shuffle)
    assert_same(ours, train(build, make_optimizer, keras.Model.fit, x, y, shuffle=shuffle))


@pytest.mark.parametrize(
    "arguments",
    [
        {"batch_size": 100},
        pytest.param({"batch_size": 1000}, marks=pytest.mark.heavy),
        {"batch_size": 1, "epochs": 1},
        {"validation_data": None},
        pytest.param({"validation_data": None, "validation_split": 0.2}, marks=pytest.mark.heavy),
        {"validation_batch_size": 50},
        {"validation_freq": 2},
        {"validation_freq": [1, 3]},
        pytest.param({"class_weight": dict.fromkeys(range(10), 1.0) | {3: 5.0}}, marks=pytest.mark.heavy),
        {"sample_weight": np.linspace(0, 1, ROWS)},
        {"initial_epoch": 2},
        {"epochs": 0},
    ],
    ids="-".join,
)
def test_arguments_mean_what_they_mean_to_keras(arguments, digits):
    x, y = digits
    assert_same(
        train(dense, adam, exact_fit, x, y, **arguments), train(dense, adam, keras.Model.fit, x, y, **arguments)
    )


@pytest.mark.heavy
def test_trees_of_inputs_and_outputs(digits):
    x, y = digits

    def run(fit):
        keras.utils.set_random_seed(3)
        left, right = keras.Input((32,), name="left"), keras.Input((32,), name="right")
        both = L.Dense(16, activation="relu")(L.Concatenate()([left, right]))
        model = keras.Model(
            {"left": left, "right": right},
            {"digit": L.Dense(10, activation="softmax", name="digit")(both), "ink": L.Dense(1, name="ink")(both)},
        )
        model.compile(
            keras.optimizers.RMSprop(0.01),
            {"digit": "sparse_categorical_crossentropy", "ink": "mse"},
            loss_weights={"digit": 1.0, "ink": 0.5},
            metrics={"digit": "accuracy", "ink": "mae"},
        )
        flat = x.reshape(-1, 64)
        inputs = {"left": flat[:ROWS, :32], "right": flat[:ROWS, 32:]}
        history = fit(model, inputs, {"digit": y[:ROWS], "ink": flat[:ROWS].mean(axis=1)}, epochs=2, verbose=0)
        return model, history.history, (random.random(), np.random.rand())  # noqa: NPY002

    assert_same(run(exact_fit), run(keras.Model.fit))


@pytest.mark.heavy
def test_training_goes_on_from_where_it_was(digits):
    x, y = digits

    def run(fit):
        model, *_ = train(chapter, adam, fit, x, y, epochs=1)
        history = fit(model, x[:100], y[:100], epochs=1, verbose=0)
        return model, history.history, (random.random(), np.random.rand())  # noqa: NPY002

    assert_same(run(exact_fit), run(keras.Model.fit))


@pytest.mark.heavy
def test_training_goes_on_after_ema_where_keras_fails(digits):
    """Keras 3.15 leaves weights and averages on the same buffers, and its second `fit` fails to donate them twice."""
    x, y = digits
    model, *_ = train(dense, lambda: keras.optimizers.SGD(0.1, use_ema=True), tw.fit, x, y, epochs=1)
    before = model.evaluate(x, y, verbose=0)[0]
    tw.fit(model, x, y, epochs=3, verbose=0)
    assert model.evaluate(x, y, verbose=0)[0] < before
