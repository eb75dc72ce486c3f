"""1cycle against its formula, saved and loaded, and under Keras's fit and ours."""

from __future__ import annotations

import math

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trainwell as tw
from trainwell.techniques import OneCycle

VALID = {"peak": 0.1, "steps": 100}
SCHEDULES = st.builds(
    OneCycle,
    peak=st.floats(1e-6, 10),
    steps=st.sampled_from([1, 10, 64]),
    warmup_share=st.floats(0.05, 0.45),
    initial_share=st.floats(0.01, 1),
    final_share=st.floats(0, 1),
    phases=st.sampled_from([2, 3]),
    shape=st.sampled_from(["cosine", "linear"]),
)


def expected(step, low, high, start, end, shape):
    """Between two levels, written down anew in plain Python."""
    progress = (step - start) / (end - start)
    eased = progress if shape == "linear" else (1 - math.cos(math.pi * progress)) / 2
    return low + (high - low) * eased


@pytest.mark.parametrize("shape", ["linear", "cosine"])
def test_two_phases_by_the_formula(shape):
    rates = OneCycle(2.0, 100, warmup_share=0.3, initial_share=0.1, final_share=0.01, shape=shape).simulate(120)
    up = [expected(step, 0.2, 2.0, 0, 30, shape) for step in range(31)]
    down = [expected(step, 2.0, 0.02, 30, 100, shape) for step in range(31, 101)]
    np.testing.assert_allclose(rates, [*up, *down, *[0.02] * 19], rtol=2e-5)


@pytest.mark.parametrize("shape", ["linear", "cosine"])
def test_three_phases_by_the_formula(shape):
    schedule = OneCycle(2.0, 100, warmup_share=0.4, initial_share=0.1, final_share=0.01, phases=3, shape=shape)
    up = [expected(step, 0.2, 2.0, 0, 40, shape) for step in range(41)]
    down = [expected(step, 2.0, 0.2, 40, 80, shape) for step in range(41, 81)]
    out = [expected(step, 0.2, 0.02, 80, 100, shape) for step in range(81, 101)]
    np.testing.assert_allclose(schedule.simulate(110), [*up, *down, *out, *[0.02] * 9], rtol=2e-5, atol=1e-7)


@pytest.mark.parametrize(
    ("step", "rate"),
    [(0, 0.1), (15, 0.55), (30, 1.0), (65, 0.5), (100, 0.0), (10_000, 0.0)],
)
def test_cosine_at_the_marks(step, rate):
    """Halfway through a phase the cosine is halfway between its levels, as the line is."""
    for shape in ("cosine", "linear"):
        schedule = OneCycle(1.0, 100, final_share=0.0, shape=shape)
        assert float(schedule(step)) == pytest.approx(rate, abs=1e-6)


def test_the_chapters_defaults():
    schedule = OneCycle(0.05, 1000)
    assert float(schedule(0)) == pytest.approx(0.005), "begins at a tenth of the peak"
    assert float(schedule(300)) == pytest.approx(0.05)
    assert float(schedule(1000)) == pytest.approx(5e-5, rel=1e-4)
    assert (schedule.phases, schedule.shape) == (2, "cosine")


@settings(deadline=None, max_examples=60)
@given(SCHEDULES)
def test_it_stays_between_its_levels_and_rises_once(schedule):
    rates = schedule.simulate(schedule.steps + 2).astype("float64") / schedule.peak
    lowest = min(schedule.initial_share, schedule.final_share)
    assert rates.dtype == np.float64
    assert len(rates) == schedule.steps + 2
    assert (rates <= 1 + 1e-5).all()
    assert (rates >= lowest - 1e-5).all()
    assert rates[0] == pytest.approx(schedule.initial_share, rel=1e-5)
    assert rates[-1] == pytest.approx(schedule.final_share, abs=1e-5)
    peak = int(rates.argmax())
    assert (np.diff(rates[: math.floor(schedule.warmup_share * schedule.steps)]) >= -1e-6).all()
    if schedule.phases == 2:
        assert (np.diff(rates[peak:]) <= 1e-6).all()


def test_a_step_may_be_a_number_an_array_or_a_variable():
    schedule = OneCycle(1.0, 10, warmup_share=0.5, final_share=0.0, shape="linear")
    assert np.shape(schedule(3)) == ()
    steps = np.array([[0, 5], [10, 20]])
    np.testing.assert_allclose(schedule(steps), [[0.1, 1.0], [0.0, 0.0]], atol=1e-6)
    counter = keras.Variable(5, dtype="int32")
    assert float(schedule(counter)) == pytest.approx(1.0)


def test_whole_and_broken_steps_agree():
    schedule = OneCycle(1.0, 10)
    np.testing.assert_array_equal(schedule(np.arange(12)), schedule(np.arange(12.0)))


def test_simulate():
    schedule = OneCycle(1.0, 10)
    rates = schedule.simulate()
    assert isinstance(rates, np.ndarray)
    assert (rates.shape, rates.dtype) == ((10,), np.float32)
    np.testing.assert_array_equal(schedule.simulate(3), rates[:3])
    assert schedule.simulate(0).shape == (0,)
    np.testing.assert_allclose(rates, [float(schedule(step)) for step in range(10)], rtol=1e-5)


def test_a_single_step_is_a_cycle():
    assert OneCycle(1.0, 1).simulate().tolist() == pytest.approx([0.1])


@pytest.mark.parametrize(
    ("argument", "value", "wanted"),
    [
        ("peak", 0.0, "a finite number above 0"),
        ("peak", -1.0, "a finite number above 0"),
        ("peak", math.nan, "a finite number above 0"),
        ("peak", math.inf, "a finite number above 0"),
        ("steps", 0, "at least 1"),
        ("steps", -5, "at least 1"),
        ("warmup_share", 0.0, r"in \(0, 1\)"),
        ("warmup_share", 1.0, r"in \(0, 1\)"),
        ("warmup_share", math.nan, r"in \(0, 1\)"),
        ("initial_share", 0.0, r"in \(0, 1\]"),
        ("initial_share", 1.1, r"in \(0, 1\]"),
        ("final_share", -0.1, r"in \[0, 1\]"),
        ("final_share", 1.1, r"in \[0, 1\]"),
        ("phases", 1, "2 or 3"),
        ("phases", 4, "2 or 3"),
        ("shape", "square", "'cosine' or 'linear'"),
    ],
)
def test_a_bad_argument_is_named_with_what_was_expected(argument, value, wanted):
    with pytest.raises(ValueError, match=rf"OneCycle expected {argument} to be {wanted}") as caught:
        OneCycle(**{**VALID, argument: value})
    assert f"Received: {argument}={value!r}" in str(caught.value)


@pytest.mark.parametrize("share", [0.5, 0.6])
def test_three_phases_leave_no_room_for_a_long_warmup(share):
    with pytest.raises(ValueError, match=r"in \(0, 0\.5\) with 3 phases"):
        OneCycle(**VALID, phases=3, warmup_share=share)
    assert OneCycle(**VALID, phases=2, warmup_share=share).warmup_share == share


@settings(deadline=None, max_examples=20)
@given(SCHEDULES)
def test_its_configuration_makes_it_again(schedule):
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(schedule))
    assert isinstance(again, OneCycle)
    assert again.get_config() == schedule.get_config()
    np.testing.assert_array_equal(again.simulate(), schedule.simulate())


def make(schedule):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(4, activation="tanh"), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(schedule, momentum=0.9), loss="mse")
    return model


@pytest.fixture
def plane():
    x = np.random.default_rng(0).normal(size=(50, 2)).astype("float32")
    return x, x[:, :1] - 2 * x[:, 1:]


def test_a_saved_model_goes_on_where_it_was(plane, tmp_path):
    arguments = {"batch_size": 10, "shuffle": False, "verbose": 0}
    whole, first = make(OneCycle(0.3, 20)), make(OneCycle(0.3, 20))
    whole.fit(*plane, epochs=4, **arguments)
    first.fit(*plane, epochs=2, **arguments)
    first.save(tmp_path / "half.keras")
    loaded = keras.saving.load_model(tmp_path / "half.keras")
    schedule = loaded.optimizer._learning_rate
    assert schedule.get_config() == OneCycle(0.3, 20).get_config()
    assert float(loaded.optimizer.learning_rate) == pytest.approx(float(schedule(10)))
    loaded.fit(*plane, epochs=2, **arguments)
    for mine, theirs in zip(loaded.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


class Rates(keras.callbacks.Callback):
    """The optimizer's rate after each batch."""

    def on_train_begin(self, logs=None):  # noqa: ARG002 -- Keras gives it
        self.seen = []

    def on_train_batch_end(self, batch, logs=None):  # noqa: ARG002 -- as above
        self.seen.append(float(self.model.optimizer.learning_rate))


def test_keras_follows_what_simulate_shows(plane):
    rates, schedule = Rates(), OneCycle(0.1, 15)
    make(schedule).fit(*plane, batch_size=10, epochs=3, verbose=0, callbacks=[rates])
    np.testing.assert_allclose(rates.seen, schedule.simulate(16)[1:], rtol=1e-5)


def test_our_fit_gives_the_weights_of_keras(plane):
    models = [make(OneCycle(0.1, 15)) for _ in range(2)]
    for fit, model in zip((keras.Model.fit, tw.fit), models, strict=True):
        keras.utils.set_random_seed(5)
        fit(model, *plane, batch_size=10, epochs=3, verbose=0)
        assert int(model.optimizer.iterations) == 15
    for ours, theirs in zip(models[1].get_weights(), models[0].get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
