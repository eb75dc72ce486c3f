"""A diagnosis leaves the model as it was, says what it could not measure, and refuses what it cannot use."""

from __future__ import annotations

import random

import keras
import numpy as np
import pytest

import trainwell as tw
from trainwell.diagnosis.gather import gather
from trainwell.engine import compat
from trainwell.training_spec import TrainingSpec

L = keras.layers
X = np.random.default_rng(0).normal(size=(96, 6)).astype("float32")
Y = (X[:, :1] > 0).astype("float32")


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = L.Dense(8, activation="relu")
        self.drop = L.Dropout(0.2)
        self.head = L.Dense(1, activation="sigmoid")

    def call(self, x, training=None):
        return self.head(self.drop(self.hidden(x), training=training))


def sequential():
    return keras.Sequential([keras.Input((6,)), L.Dense(8, "relu"), L.Dropout(0.2), L.Dense(1, "sigmoid")])


def functional():
    inputs = keras.Input((6,))
    hidden = L.BatchNormalization()(L.Dense(6, "relu")(inputs))
    return keras.Model(inputs, L.Dense(1, "sigmoid")(L.Add()([hidden, inputs])))


MODELS = {"Sequential": sequential, "Functional": functional, "subclassed": Subclassed}


def compiled(kind, **arguments):
    keras.utils.clear_session()  # names of layers count from the beginning
    keras.utils.set_random_seed(1)
    model = MODELS[kind]()
    model.compile(**{"optimizer": keras.optimizers.Adam(1e-2), "loss": "binary_crossentropy", **arguments})
    return model


def state_of(model):
    variables = [*model.variables, *model.optimizer.variables]
    return [np.array(each.value) for each in variables]


def generators():
    return random.random(), np.random.random(), np.array(keras.random.uniform((3,)))  # noqa: NPY002


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=[] if kind == "Sequential" else pytest.mark.heavy) for kind in MODELS]
)
def test_the_model_is_left_as_it_was(kind):
    model = compiled(kind)
    model.fit(X, Y, epochs=1, verbose=0)
    before, history, function = state_of(model), model.history, model.train_function
    tw.diagnose(model, X, Y, epochs=2, validation_data=(X[:32], Y[:32]))
    assert all(np.array_equal(one, other) for one, other in zip(before, state_of(model), strict=True))
    assert model.history is history
    assert model.train_function is function
    assert not model.stop_training


@pytest.mark.heavy
@pytest.mark.parametrize("kind", MODELS)
def test_a_training_afterwards_is_that_without_a_diagnosis(kind):
    weights = []
    for diagnosed in (False, True):
        model = compiled(kind)
        model.train_on_batch(X, Y)  # where something is yet to be built, Keras's fit draws one batch more
        if diagnosed:
            tw.diagnose(model, X, Y, epochs=2)
        model.fit(X, Y, epochs=1, verbose=0)
        weights.append(model.get_weights())
    assert all(np.array_equal(one, other) for one, other in zip(*weights, strict=True))


@pytest.mark.heavy
def test_the_generators_are_left_as_they_were():
    found = []
    for diagnosed in (False, True):
        model = compiled("Sequential")
        keras.utils.set_random_seed(3)
        if diagnosed:
            tw.diagnose(model, X, Y, epochs=1)
        found.append(generators())
    for one, other in zip(*found, strict=True):
        assert np.array_equal(one, other)


@pytest.mark.heavy
def test_an_unbuilt_model_is_built_from_the_data():
    model = keras.Sequential([L.Dense(4, "relu"), L.Dense(1, "sigmoid")])
    model.compile(optimizer="adam", loss="binary_crossentropy")
    assert tw.diagnose(model, X, Y, epochs=1).run.model.calls[0].input_shapes == ([None, 6],)


@pytest.mark.heavy
def test_a_plateau_callback_does_not_change_the_learning_rate():
    model = compiled("Sequential")
    halve = keras.callbacks.ReduceLROnPlateau(monitor="loss", patience=0, min_delta=10.0, factor=0.1)
    tw.diagnose(model, X, Y, epochs=3, callbacks=[halve])
    assert float(model.optimizer.learning_rate) == pytest.approx(1e-2)


def test_the_model_is_left_as_it_was_after_an_interruption(monkeypatch):
    model = compiled("Sequential")
    model.fit(X, Y, epochs=1, verbose=0)
    before = state_of(model)

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("trainwell.recording.epoch_tap.EpochTap.on_epoch_end", interrupt)
    with pytest.raises(KeyboardInterrupt):
        tw.diagnose(model, X, Y, epochs=2)
    assert all(np.array_equal(one, other) for one, other in zip(before, state_of(model), strict=True))


@pytest.mark.heavy
def test_the_same_seed_gives_the_same_run():
    runs = [gather(TrainingSpec.from_fit(compiled("subclassed"), X, Y, epochs=2)).run for _ in range(2)]
    for name, series in runs[0].signals.items():
        assert np.array_equal(series.values, runs[1].signals[name].values, equal_nan=True), name


def test_what_was_compiled_is_read_back():
    model = compiled("Sequential", metrics=["accuracy"])
    arguments = compat.compile_arguments(model)
    assert arguments["loss"] == "binary_crossentropy"
    assert arguments["metrics"] == ["accuracy"]
    assert arguments["optimizer"] is model.optimizer


def test_a_step_of_the_users_own_is_trained_too():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.head = L.Dense(1, activation="sigmoid")

        def call(self, x):
            return self.head(x)

        def fit(self, *arguments, **options):
            return super().fit(*arguments, **options)

    model = Own()
    model.compile(optimizer="adam", loss="binary_crossentropy")
    run = gather(TrainingSpec.from_fit(model, X, Y, epochs=1)).run
    assert run.not_measured["signals"] == "Own overrides fit()"
    assert "train/loss" in run.signals


BAD = {
    "y missing": (lambda model: tw.diagnose(model, X), "y is missing"),
    "x is text": (
        lambda model: tw.diagnose(model, "rows.csv", Y),
        "x is a str, and an array or a source of batches was expected",
    ),
    "x holds texts": (lambda model: tw.diagnose(model, np.array([["a"]] * 96), Y), "x holds <U1 values"),
    "targets beside a generator": (
        lambda model: tw.diagnose(model, (each for each in X), Y),
        "y was given beside a source of batches",
    ),
    "no rows": (lambda model: tw.diagnose(model, X[:0], Y[:0]), "x has no rows"),
    "rows differ": (lambda model: tw.diagnose(model, X, Y[:5]), "x has 96, y has 5"),
    "no rows to validate on": (
        lambda model: tw.diagnose(model, X, Y, validation_data=(X[:0], Y[:0])),
        "validation_data has no rows",
    ),
    "validation is one array": (lambda model: tw.diagnose(model, X, Y, validation_data=X), "validation_data is a"),
    "a split of one": (lambda model: tw.diagnose(model, X, Y, validation_split=1.0), "validation_split=1.0"),
    "no budget": (lambda model: tw.diagnose(model, X, Y, budget=0), "budget is 0"),
    "no epochs": (lambda model: tw.diagnose(model, X, Y, epochs=0), "epochs is 0"),
    "no rule": (lambda model: tw.diagnose(model, X, Y, rules="TW999"), "There is no rule 'TW999'"),
    "a wrong width": (lambda model: tw.diagnose(model, X[:, :3], Y), "raised ValueError"),
    "no model": (lambda _: tw.diagnose("model", X, Y), "model is a str"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_used_is_said(name):
    act, message = BAD[name]
    with pytest.raises(tw.InputError, match=message.replace("(", r"\(")):
        act(compiled("Sequential"))


def test_an_uncompiled_model_is_told_how_to_be_compiled():
    with pytest.raises(tw.InputError, match="is not compiled") as error:
        tw.diagnose(sequential(), X, Y)
    assert "model.compile(" in error.value.hint


def test_a_model_that_raises_is_named_with_its_layer():
    class Broken(L.Layer):
        def call(self, _):
            raise RuntimeError("no such thing")

    model = keras.Sequential([Broken(name="broken"), L.Dense(1)])
    model.compile(optimizer="adam", loss="mse")
    with pytest.raises(tw.InputError, match=r"in its layer 'broken'.*no such thing"):
        tw.diagnose(model, X, Y)


def test_a_spent_budget_still_judges_what_needs_no_training():
    model = compiled("Sequential")
    diagnosis = tw.diagnose(model, X, Y, epochs=500, budget=1e-6)
    assert diagnosis.run.fit.cut
    assert "the budget was spent" in diagnosis.run.not_measured["probe:rates"]
