"""Signals read during `tw.fit`: at the right steps, in bounded memory, and without a trace in the weights."""

from __future__ import annotations

import jax.numpy as jnp
import keras
import numpy as np
import pytest

import trainwell as tw
from trainwell.engine.program import Later
from trainwell.engine.programs import Program
from trainwell.errors import InputError
from trainwell.signals import SIGNALS, named

L = keras.layers


@pytest.fixture(scope="module")
def data():
    generator = np.random.default_rng(0)
    x = generator.normal(size=(330, 12)).astype("float32")
    return x, (x.sum(axis=1) > 0).astype("int32")


def make():
    keras.utils.set_random_seed(1)
    hidden = [L.Dense(16, activation="tanh", name="hidden"), L.BatchNormalization(), L.Dropout(0.2)]
    model = keras.Sequential([keras.Input((12,)), *hidden, L.Dense(1, activation="sigmoid", name="out")])
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    return model


@pytest.mark.parametrize("exact", [pytest.param(True, marks=pytest.mark.heavy), False])
def test_weights_and_logs_are_the_same_with_signals_on(exact, data):
    plain, watched, recording = make(), make(), tw.Recording(every=7, first=3)
    arguments = {"epochs": 3, "batch_size": 16, "verbose": 0, "exact": exact, "validation_split": 0.2}
    keras.utils.set_random_seed(2)
    expected = tw.fit(plain, *data, **arguments).history
    keras.utils.set_random_seed(2)
    assert tw.fit(watched, *data, recording=recording, **arguments).history == expected
    for one, other in zip(plain.variables, watched.variables, strict=True):
        np.testing.assert_array_equal(one, other)
    steps = 3 * 17
    due = [*range(3), *range(7, steps, 7)]
    series = recording.series()
    assert series["gradient_norm"].at.tolist() == [step + 1 for step in due]
    assert series["gradient_norm"].axis == "step"
    assert all(one.values.shape[0] == len(due) for one in series.values())
    assert (series["gradient_rms/hidden/kernel"].values > 0).all()
    assert {name.split("/")[0] for name in series} == {signal.name for signal in SIGNALS}


@pytest.mark.heavy
def test_steps_in_front_of_a_measured_one_are_not_waited_for_once_they_are_fast(data, monkeypatch):
    started, start = [], Program.start
    monkeypatch.setattr(Program, "start", lambda *arguments: started.append(arguments[2].steps) or start(*arguments))
    models, histories = (make(), make()), []
    for model, recording in zip(models, (None, tw.Recording(every=25, first=2)), strict=True):
        keras.utils.set_random_seed(2)
        histories.append(tw.fit(model, *data, batch_size=2, epochs=3, verbose=0, recording=recording).history)
    assert started
    assert histories[0] == histories[1]
    for one, other in zip(models[0].variables, models[1].variables, strict=True):
        np.testing.assert_array_equal(one, other)


def test_numbers_that_come_later_are_an_array_when_asked_for():
    later = Later(jnp.arange(8.0), 2, 5)
    assert np.asarray(later).tolist() == [2, 3, 4]
    assert np.array(later, dtype="int32").dtype == np.int32
    assert float(np.asarray(later)[-1]) == 4


@pytest.mark.heavy
def test_chosen_signals_only(data):
    recording = tw.Recording(named(["gradient_norm", "learning_rate"]), every=100, first=1)
    tw.fit(make(), *data, verbose=0, recording=recording)
    series = recording.series()
    assert set(series) == {"gradient_norm", "learning_rate"}
    np.testing.assert_allclose(series["learning_rate"].values, 0.01, rtol=1e-6)


@pytest.mark.heavy
@pytest.mark.parametrize(("rows", "read"), [(60, [1, 2, 3, 5, 6, 7]), (64, [*range(1, 9)]), (10, [1, 2])])
def test_a_smaller_last_batch_is_not_read(rows, read, data):
    x, y = data
    recording = tw.Recording(named(["loss"]), every=1)
    tw.fit(make(), x[:rows], y[:rows], batch_size=16, epochs=2, verbose=0, recording=recording)
    assert recording.series()["loss"].at.tolist() == read


@pytest.mark.heavy
def test_the_loss_is_the_batch_s_own(data):
    x, y = data
    model, recording = make(), tw.Recording(named(["loss"]), every=1)
    tw.fit(model, x, y, batch_size=110, shuffle=False, verbose=0, recording=recording)
    losses = recording.series()["loss"].values
    assert losses.shape == (3,)
    assert np.mean(losses) == pytest.approx(model.history.history["loss"][0], rel=1e-5)


@pytest.mark.heavy
def test_a_long_training_is_thinned_out(data):
    recording = tw.Recording(named(["loss"]), every=1, first=4, capacity=16)
    tw.fit(make(), *data, batch_size=10, epochs=6, verbose=0, recording=recording)  # 198 steps
    at = recording.series()["loss"].at
    assert len(at) <= 16
    assert at[:4].tolist() == [1, 2, 3, 4]
    assert at[-1] > 150, "the end is still covered"
    assert len(set(np.diff(at[5:]).tolist())) == 1, "at regular intervals"


@pytest.mark.heavy
def test_it_needs_the_engine_s_loop_and_one_model(data):
    eager = make()
    eager.run_eagerly = True
    with pytest.raises(InputError, match="recording= needs trainwell's own loop"):
        tw.fit(eager, *data, verbose=0, recording=tw.Recording())
    recording = tw.Recording()
    tw.fit(make(), *data, verbose=0, recording=recording)
    other = keras.Sequential([keras.Input((12,)), L.Dense(1, activation="sigmoid")])
    other.compile("sgd", "binary_crossentropy")
    with pytest.raises(InputError, match="another model"):
        tw.fit(other, *data, verbose=0, recording=recording)


@pytest.mark.parametrize("arguments", [{"every": 0}, {"first": -1}, {"capacity": 1}], ids=str)
def test_numbers_out_of_range_are_refused(arguments):
    with pytest.raises(InputError, match=f"{next(iter(arguments))} is"):
        tw.Recording(**arguments)


def test_nothing_recorded_is_no_series():
    assert tw.Recording().series() == {}
    assert tw.Recording().not_measured == {}
