"""A stand-in for Keras's training function: the same training, read; and gone when the training is over."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import trainwell as tw
from trainwell.engine.step_tap import (
    StepTap,
    TappedFunction,
    copy_of_weights,
    holding,
    reason_against_batches,
    reason_against_signals,
)
from trainwell.errors import InputError
from trainwell.signals import named

L = keras.layers
X = np.random.default_rng(0).normal(size=(100, 6)).astype("float32")
Y = (X.sum(axis=1) > 0).astype("int32")


class Puts(keras.callbacks.Callback):
    """The least that watches: puts the stand-in in place, and counts what it is told."""

    def __init__(self, *, measures=True, **options):
        super().__init__()
        self.told = []
        self.watching = StepTap(self._before, named(["loss", "gradient_norm"]), **options)
        self.measures = measures

    def _before(self, step, values, part):
        self.told.append((step, values is not None, len(part.batches[0])))

    def on_train_begin(self, *_):
        self.function = TappedFunction.put(self.model, self.watching, measures=self.measures)

    def on_epoch_begin(self, *_):
        if self.function:
            self.function.begin_epoch()

    def on_epoch_end(self, *_):
        if self.function:
            self.function.end_epoch()

    def on_train_end(self, *_):
        if self.function:
            self.function.leave()


class Raises(keras.callbacks.Callback):
    def __init__(self, error, hook="on_train_batch_end"):
        super().__init__()
        setattr(self, hook, self._raise)
        self.error = error

    def _raise(self, *arguments, **_):
        if arguments[0] == 2:
            raise self.error


def make(**compile_arguments):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((6,)), L.Dense(8, "relu"), L.Dropout(0.2), L.Dense(1, "sigmoid")])
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", **compile_arguments)
    return model


def fit(model, *callbacks, **arguments):
    keras.utils.set_random_seed(2)
    arguments = {"batch_size": 16, "epochs": 2, "verbose": 0, **arguments}
    return model.fit(X, Y, callbacks=list(callbacks), **arguments)


def assert_same(one, other):
    for a, b in zip(
        (*one.variables, *one.optimizer.variables), (*other.variables, *other.optimizer.variables), strict=True
    ):
        np.testing.assert_array_equal(np.asarray(a), np.asarray(b), err_msg=a.path)


def test_the_training_is_the_same_and_the_function_comes_back():
    plain, watched, puts = make(), make(), Puts(every=5, first=3)
    expected = fit(plain).history
    watched.make_train_function()
    before = watched.train_function
    assert fit(watched, puts).history == expected
    assert_same(plain, watched)
    assert watched.train_function is before
    assert puts.watching.series()["loss"].at.tolist() == [1, 2, 3, 6, 11]
    assert puts.told == [(i, True, 4 if i % 7 == 6 else 16) for i in range(14)]


def test_a_smaller_last_batch_is_seen_and_not_read_and_compiles_nothing():
    model, puts = make(), Puts(every=1)
    fit(model, puts)
    assert len(puts.told) == 14
    assert puts.watching.series()["loss"].at.tolist() == [i + 1 for i in range(14) if i % 7 != 6]
    assert puts.function._measured._cache_size() == 1


@pytest.mark.heavy
def test_where_there_was_none_keras_s_own_stays():
    model = make()
    assert model.train_function is None
    fit(model, Puts())
    assert not isinstance(model.train_function, TappedFunction)
    fit(model)


@pytest.mark.heavy
def test_the_second_training_begins_at_step_1_again():
    model = make()
    for _ in range(2):
        puts = Puts(every=100, first=2)
        fit(model, puts)
        assert puts.watching.series()["loss"].at.tolist() == [1, 2]


@pytest.mark.parametrize("error", [pytest.param(RuntimeError("stopped"), marks=pytest.mark.heavy), KeyboardInterrupt()])
@pytest.mark.parametrize(
    "hook",
    [
        "on_train_batch_end",
        *(pytest.param(each, marks=pytest.mark.heavy) for each in ("on_epoch_begin", "on_epoch_end")),
    ],
)
def test_after_an_exception_the_next_training_is_not_read_and_puts_things_in_order(error, hook):
    model, plain = make(), make()
    puts = Puts()
    for each, callbacks in ((model, [puts]), (plain, [])):
        with pytest.raises(type(error)):
            fit(each, *callbacks, Raises(error, hook), epochs=5)
    assert isinstance(model.train_function, TappedFunction)
    told = len(puts.told)
    assert fit(model).history == fit(plain).history
    assert len(puts.told) == told
    assert not isinstance(model.train_function, TappedFunction)
    assert_same(plain, model)


@pytest.mark.heavy
def test_after_an_exception_it_can_be_watched_again():
    model, plain = make(), make()
    for each, callbacks in ((model, [Puts()]), (plain, [])):
        with pytest.raises(RuntimeError):
            fit(each, *callbacks, Raises(RuntimeError()))
    again = Puts()
    assert fit(model, again).history == fit(plain).history
    assert len(again.told) == 14
    assert not isinstance(model.train_function, TappedFunction)


@pytest.mark.heavy
def test_train_on_batch_is_no_part_of_the_training():
    model, plain = make(), make()
    puts = Puts()
    for each, callbacks in ((model, [puts]), (plain, [])):
        with pytest.raises(RuntimeError):
            fit(each, *callbacks, Raises(RuntimeError()))
    told = len(puts.told)
    assert model.train_on_batch(X, Y) == plain.train_on_batch(X, Y)
    assert len(puts.told) == told


def test_compiling_anew_within_throws_it_away_for_good():
    model, puts = make(), Puts()
    fit(model, puts)
    model.compile("sgd", "mse")
    puts.function.leave()
    assert model.train_function is None


@pytest.mark.heavy
def test_two_in_one_training_do_not_read_each_other():
    one, other, model, plain = Puts(), Puts(), make(), make()
    assert fit(model, one, other).history == fit(plain).history
    assert other.function is None
    assert len(one.told) == 14
    assert not isinstance(model.train_function, TappedFunction)


@pytest.mark.parametrize("size", [2, pytest.param(3, marks=pytest.mark.heavy)])
def test_several_steps_an_execution_are_seen_and_not_measured(size):
    plain, model, puts = make(steps_per_execution=size), make(steps_per_execution=size), Puts(measures=False)
    assert fit(model, puts).history == fit(plain).history
    assert_same(plain, model)
    assert [step for step, _, _ in puts.told] == list(range(14))
    assert [held for _, held, _ in puts.told[:4]] == [i % size == 0 for i in range(4)]
    assert puts.watching.series() == {}


@pytest.mark.heavy
def test_a_source_that_runs_out_ends_as_without():
    def batches():
        for i in range(5):
            yield X[i * 16 : (i + 1) * 16], Y[i * 16 : (i + 1) * 16]

    def run(*callbacks, **compile_arguments):
        model = make(**compile_arguments)
        keras.utils.set_random_seed(3)
        with pytest.warns(UserWarning, match="ran out of data"):
            return model, model.fit(
                batches(), steps_per_epoch=7, verbose=0, shuffle=False, callbacks=list(callbacks)
            ).history

    for arguments in ({}, {"steps_per_execution": 3}):
        puts = Puts(measures=not arguments)
        (plain, expected), (model, history) = run(**arguments), run(puts, **arguments)
        assert history == expected
        assert_same(plain, model)
        assert len(puts.told) == 5


@pytest.mark.heavy
def test_a_step_that_cannot_be_traced_with_signals_goes_on_without():
    plain, model, puts = make(), make(), Puts(every=1)
    expected = fit(plain).history

    class Breaks(keras.callbacks.Callback):
        def on_epoch_begin(self, *_):
            def fail(*_):
                raise TypeError("no signals here")

            puts.function._measured = puts.function._measured and fail

    assert fit(model, puts, Breaks()).history == expected
    assert_same(plain, model)
    assert puts.function.reason == "the step could not be traced with signals: no signals here"


def test_numbers_drawn_while_tracing_are_drawn_once():
    class Draws(keras.Model):
        def __init__(self):
            super().__init__()
            self.out = L.Dense(1)

        def call(self, x):
            return self.out(x + float(np.random.rand()))  # noqa: NPY002

    def run(*callbacks):
        keras.utils.set_random_seed(4)
        model = Draws()
        model.compile("sgd", "mse")
        history = model.fit(X, Y, batch_size=20, epochs=2, verbose=0, callbacks=list(callbacks)).history
        return model, history, np.random.rand()  # noqa: NPY002

    plain, watched = run(), run(Puts(every=3, first=2))
    assert watched[1:] == plain[1:]
    assert_same(plain[0], watched[0])


def test_readings_stay_within_the_capacity():
    puts = Puts(every=1, first=2, capacity=8)
    fit(make(), puts, epochs=10)
    at = puts.watching.series()["loss"].at
    assert len(at) <= 8
    assert at[-1] > 50


def test_the_latest_loss_is_told():
    seen = []
    puts = Puts(every=1)
    before = puts._before
    puts.watching._before = lambda *told: (seen.append(puts.watching.latest_loss()), before(*told))
    history = fit(make(), puts, batch_size=100, epochs=3, shuffle=False).history
    assert seen[0] is None
    np.testing.assert_allclose(seen[1:], history["loss"][:2], rtol=1e-5)


def test_a_model_can_be_held_to_values_that_it_does_not_have():
    model = make()
    values = copy_of_weights(
        ([v.value for v in model.trainable_variables], [v.value for v in model.non_trainable_variables])
    )
    expected = np.asarray(model.layers[0].kernel)
    model.layers[0].kernel.assign(expected + 1)
    with holding(model, values):
        np.testing.assert_array_equal(np.asarray(model.layers[0].kernel.value), expected)
    np.testing.assert_array_equal(np.asarray(model.layers[0].kernel.value), expected + 1)


def test_reasons(monkeypatch):
    assert reason_against_batches(make()) == reason_against_signals(make()) == ""
    for arguments, words in (
        ({"run_eagerly": True}, "run_eagerly=True"),
        ({"jit_compile": False}, "jit_compile=False"),
        ({"steps_per_execution": 4}, "steps_per_execution=4"),
    ):
        assert words in reason_against_signals(make(**arguments))

    class Own(keras.Sequential):
        def make_train_function(self, force=False):
            return super().make_train_function(force)

    assert reason_against_batches(Own([L.Dense(1)])) == "Own overrides make_train_function()"
    monkeypatch.setattr(keras.config, "backend", lambda: "tensorflow")
    assert reason_against_batches(make()) == "the Keras backend is tensorflow"


@pytest.mark.heavy
def test_tw_fit_asks_one_watcher_for_its_recording():
    class Asks(keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.told = []
            self.watching = StepTap(
                lambda step, _, part: self.told.append((step, part.steps)), named(["loss"]), first=2
            )

        def watch_engine(self):
            return self.watching

    asks, model = Asks(), make()
    for _ in range(2):
        tw.fit(model, X, Y, batch_size=16, epochs=1, verbose=0, callbacks=[asks], exact=True)
        assert asks.told[:2] == [(0, 1), (1, 1)]
        assert sum(steps for _, steps in asks.told) == 7
        assert asks.watching.series()["loss"].at.tolist() == [1, 2]
        asks = Asks()
    for callbacks, arguments in (([Asks(), Asks()], {}), ([Asks()], {"recording": tw.Recording()})):
        with pytest.raises(InputError, match="would both read"):
            tw.fit(model, X, Y, verbose=0, callbacks=callbacks, **arguments)
