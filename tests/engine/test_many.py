"""Many copies at once: each ends where `tw.fit` would have taken it alone."""

from __future__ import annotations

import random

import keras
import numpy as np
import pytest
import scipy.sparse
from sklearn.datasets import load_digits

import trainwell as tw
from trainwell.engine import programs
from trainwell.errors import InputError

L = keras.layers
WAYS = ["threads", "vmap", "one after another"]


@pytest.fixture(scope="module")
def digits():
    x, y = load_digits(return_X_y=True)
    return (x / 16).astype("float32")[:310], y[:310]


def build(units=16, **compile_arguments):
    model = keras.Sequential(
        [keras.Input((64,)), L.Dense(units, activation="relu"), L.Dropout(0.2), L.Dense(10, activation="softmax")]
    )
    arguments = {"optimizer": keras.optimizers.SGD(0.05, momentum=0.9), "metrics": ["accuracy"], **compile_arguments}
    model.compile(loss="sparse_categorical_crossentropy", **arguments)
    return model


def alone(seed, rate, data, epochs, **arguments):
    keras.utils.set_random_seed(seed)
    model = build()
    if rate is not None:
        model.optimizer.learning_rate = rate
    history = tw.fit(model, *data, epochs=epochs, verbose=0, **arguments)
    return model.get_weights(), history.history


@pytest.mark.parametrize(
    "how", ["threads", *(pytest.param(each, marks=pytest.mark.heavy) for each in ("vmap", "one after another"))]
)
def test_each_copy_ends_where_it_would_alone(how, digits):
    arguments = {"batch_size": 32, "validation_data": (digits[0][:50], digits[1][:50])}
    copies = tw.fit_many(build, *digits, seeds=[1, 2], learning_rates=[0.01, 0.1], epochs=3, how=how, **arguments)
    assert [(copy.seed, copy.learning_rate) for copy in copies] == [(1, 0.01), (1, 0.1), (2, 0.01), (2, 0.1)]
    for copy in copies:
        weights, history = alone(copy.seed, copy.learning_rate, digits, 3, **arguments)
        assert copy.history.keys() == history.keys()
        for name, values in history.items():
            np.testing.assert_allclose(copy.history[name], values, rtol=1e-4, atol=1e-5, err_msg=name)
        for one, other in zip(copy.weights, weights, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-5)


@pytest.mark.heavy
@pytest.mark.parametrize("how", WAYS)
def test_rates_alone_start_from_the_model_and_leave_it_as_it_is(how, digits):
    keras.utils.set_random_seed(0)
    model = build()
    model.optimizer.build(model.trainable_variables)
    before = [*model.get_weights(), *(np.asarray(v) for v in model.optimizer.variables)]
    draws = random.getstate(), np.random.get_state()[2]  # noqa: NPY002
    copies = tw.fit_many(model, *digits, learning_rates=np.array([1e-9, 0.1]), epochs=1, how=how)
    assert (random.getstate(), np.random.get_state()[2]) == draws  # noqa: NPY002
    after = [*model.get_weights(), *(np.asarray(v) for v in model.optimizer.variables)]
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_allclose(copies[0].weights[0], before[0], atol=1e-6)
    assert np.abs(copies[1].weights[0] - before[0]).max() > 1e-3
    assert np.isfinite(model.evaluate(*digits, verbose=0)).all()


def test_a_model_is_drawn_anew_for_each_seed(digits):
    keras.utils.set_random_seed(0)
    copies = tw.fit_many(build(), *digits, seeds=[5, 5, 6], epochs=1)
    np.testing.assert_array_equal(copies[0].weights[0], copies[1].weights[0])
    assert (copies[0].weights[0] != copies[2].weights[0]).any()
    weights, _ = alone(5, None, digits, 1)
    np.testing.assert_allclose(copies[0].weights[0], weights[0], rtol=1e-3, atol=1e-5)


@pytest.mark.heavy
def test_one_program_serves_all_rates_and_seeds(digits, monkeypatch):
    made = []
    original = programs.Programs.__init__

    def counting(self, *arguments, **options):
        made.append(self)
        original(self, *arguments, **options)

    monkeypatch.setattr(programs.Programs, "__init__", counting)
    tw.fit_many(build, *digits, seeds=[1, 2], learning_rates=[0.01, 0.1], variants=[{"units": 4}, {"units": 5}])
    assert len(made) == 2
    assert [one.train.steps._loop._cache_size() for one in made] == [1, 1]
    assert [one.train.steps._alone._cache_size() for one in made] == [1, 1]


@pytest.mark.heavy
def test_variants_are_built_and_named(digits):
    copies = tw.fit_many(build, *digits, variants=[{"units": 4}, {"units": 5}], seeds=[0], epochs=1)
    assert [copy.weights[0].shape for copy in copies] == [(64, 4), (64, 5)]
    assert copies[1].variant == {"units": 5}


@pytest.mark.heavy
def test_a_copy_gives_its_run(digits, tmp_path):
    (copy,) = tw.fit_many(build, *digits, seeds=[3], learning_rates=[0.1], epochs=2, validation_split=0.2)
    copy.run.save(tmp_path)
    run = tw.Run.load(tmp_path)
    assert run.seeds == {"copy": 3}
    assert run.signals["validation/loss"].values.tolist() == copy.history["val_loss"]
    assert run.signals["train/accuracy"].at.tolist() == [1, 2]


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.out = L.Dense(10, activation="softmax")

    def call(self, x):
        return self.out(x)


@pytest.mark.heavy
def test_subclassed_models_come_from_their_function(digits):
    def make():
        model = Subclassed()
        model.compile("sgd", "sparse_categorical_crossentropy")
        return model

    copies = tw.fit_many(make, *digits, seeds=[1, 2], epochs=1)
    assert (copies[0].weights[0] != copies[1].weights[0]).any()
    with pytest.raises(InputError, match="Subclassed cannot be drawn anew"):
        tw.fit_many(make(), *digits, seeds=[1, 2])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"seeds": []}, "seeds is empty"),
        ({"how": "fast"}, "how='fast' is not known"),
        ({"learning_rates": [0.0]}, "learning rate 0.0 is not above 0"),
        ({"learning_rates": [float("nan")]}, "learning rate nan is not above 0"),
    ],
)
def test_what_cannot_be_varied_is_said(arguments, words, digits):
    with pytest.raises(InputError, match=words):
        tw.fit_many(build, *digits, **arguments)


def test_schedules_sparse_rows_and_uncompiled_models_are_refused(digits):
    x, y = digits
    scheduled = build(optimizer=keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)))
    with pytest.raises(InputError, match="follows a learning rate schedule"):
        tw.fit_many(scheduled, x, y, learning_rates=[0.1])
    with pytest.raises(InputError, match="variants need a function"):
        tw.fit_many(scheduled, x, y, variants=[{}])
    with pytest.raises(InputError, match="arrays of dense numbers"):
        tw.fit_many(build, scipy.sparse.csr_matrix(x), y, shuffle=False)
    with pytest.raises(InputError, match="a compiled Keras model"):
        tw.fit_many(lambda: keras.Sequential([L.Dense(1)]), x, y)
