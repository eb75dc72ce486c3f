"""Every schedule: closed-form values, saved and loaded, and the same numbers under Keras's fit and ours."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import trainwell as tw
from trainwell.errors import InputError
from trainwell.techniques import OneCycle, OneCycleMomentum, PowerDecay, Scaled, Warmup, simulate

KERAS_S = keras.optimizers.schedules.PiecewiseConstantDecay([7], [0.1, 0.02])
SCHEDULES = {
    "power": PowerDecay(0.1, 20, 1.5),
    "1cycle": OneCycle(0.1, 30),
    "1cycle in 3 phases": OneCycle(0.1, 30, phases=3, shape="linear"),
    "momentum": OneCycleMomentum(30, phases=3),
    "warmup of a number": Warmup(0.1, 10),
    "warmup of power": Warmup(PowerDecay(0.1, 5), 10, 0.3),
    "warmup of Keras's": Warmup(KERAS_S, 10),
    "scaled 1cycle": Scaled(OneCycle(0.1, 30), 0.5),
    "scaled Keras's": Scaled(KERAS_S, 0.5),
    "scaled warmup": Scaled(Warmup(OneCycle(0.1, 20), 10), 0.5),
}


@pytest.fixture(params=SCHEDULES, name="schedule")
def every_schedule(request):
    return SCHEDULES[request.param]


def make(optimizer):
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(6, "tanh"), keras.layers.Dense(1)])
    model.compile(optimizer, "mse")
    return model


@pytest.fixture(name="plane", scope="module")
def rows_of_a_plane():
    x = np.random.default_rng(0).normal(size=(160, 2)).astype("float32")
    return x, x.sum(axis=1, keepdims=True)


def test_a_saved_model_keeps_its_schedule(schedule, tmp_path):
    model = make(keras.optimizers.SGD(schedule))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.optimizer.get_config() == model.optimizer.get_config()
    again = type(schedule).from_config(schedule.get_config())
    np.testing.assert_array_equal(again.simulate(40), schedule.simulate(40))


def test_keras_and_the_engine_train_to_the_same_weights(schedule, plane):
    ours, keras_s = make(keras.optimizers.SGD(schedule)), make(keras.optimizers.SGD(schedule))
    tw.fit(ours, *plane, batch_size=8, epochs=2, shuffle=False, verbose=0, exact=True)
    keras_s.fit(*plane, batch_size=8, epochs=2, shuffle=False, verbose=0)
    for one, other in zip(ours.get_weights(), keras_s.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-7)


def test_looking_step_by_step_is_looking_at_all_steps(schedule):
    np.testing.assert_allclose(simulate(schedule, 40), schedule.simulate(40), rtol=1e-6)
    assert schedule.simulate(40).dtype == np.float32


@given(st.floats(1e-6, 10), st.floats(0.5, 1e5), st.floats(0, 4), st.integers(0, 10**6))
def test_power_decay(rate, decay_steps, power, step):
    expected = rate / (1 + step / decay_steps) ** power
    np.testing.assert_allclose(float(PowerDecay(rate, decay_steps, power)(step)), expected, rtol=1e-5, atol=1e-38)


def test_power_one_is_inverse_time_decay_and_power_zero_is_constant():
    np.testing.assert_allclose(
        PowerDecay(0.3, 50, 1).simulate(200),
        simulate(keras.optimizers.schedules.InverseTimeDecay(0.3, 50, 1.0), 200),
        rtol=1e-6,
    )
    assert set(PowerDecay(0.25, 50, 0).simulate(9).tolist()) == {0.25}


def test_keras_s_exponential_decay_is_the_chapter_s():
    """η0·0.1^(t/s), the chapter's exponential scheduling, is Keras's with a decay rate of 0.1."""
    chapter = 0.01 * 0.1 ** (np.arange(300) / 100)
    np.testing.assert_allclose(
        simulate(keras.optimizers.schedules.ExponentialDecay(0.01, 100, 0.1), 300), chapter, rtol=1e-5
    )


@given(st.integers(1, 50), st.floats(0, 1), st.integers(0, 120))
def test_warmup(steps, share, step):
    inner = PowerDecay(0.1, 20, 2)
    expected = 0.1 * (share + (1 - share) * step / steps) if step < steps else float(inner(step - steps))
    assert float(Warmup(inner, steps, share)(step)) == pytest.approx(expected, rel=1e-5, abs=1e-9)


def test_the_momentum_is_lowest_where_the_rate_is_highest():
    for phases in (2, 3):
        rate, momentum = OneCycle(0.1, 100, phases=phases), OneCycleMomentum(100, phases=phases)
        rates, momenta = rate.simulate(101), momentum.simulate(101)
        assert rates.argmax() == momenta.argmin() == 30
        assert momenta[[0, 30, -1]].tolist() == pytest.approx([0.95, 0.85, 0.95])
    np.testing.assert_allclose(OneCycleMomentum(100, phases=3).simulate(101)[60:], 0.95, rtol=1e-6)


def test_a_new_inner_peak_compiles_nothing(plane, caplog):
    model = make(keras.optimizers.SGD(Warmup(OneCycle(0.1, 20), 5)))
    tw.fit(model, *plane, batch_size=8, verbose=0)
    before = model.get_weights()
    model.optimizer.learning_rate = Warmup(OneCycle(1e-30, 50), 9)
    with caplog.at_level("WARNING", logger="jax"):
        tw.fit(model, *plane, batch_size=8, verbose=0)
    for now, then in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)


@pytest.mark.parametrize(
    ("make_it", "argument"),
    [
        (lambda: PowerDecay(0.0, 10), "initial_learning_rate"),
        (lambda: PowerDecay(0.1, 0), "decay_steps"),
        (lambda: PowerDecay(0.1, 10, -1), "power"),
        (lambda: PowerDecay(0.1, 10, float("nan")), "power"),
        (lambda: Warmup(0.1, 0), "steps"),
        (lambda: Warmup(0.1, 5, 1.5), "initial_share"),
        (lambda: Warmup(-0.1, 5), "schedule"),
        (lambda: Warmup("fast", 5), "schedule"),
        (lambda: Scaled(0.1, 0), "factor"),
        (lambda: OneCycleMomentum(10, highest=1.0), "highest"),
        (lambda: OneCycleMomentum(10, lowest=0.96), "lowest"),
        (lambda: OneCycleMomentum(10, warmup_share=0.5, phases=3), "warmup_share"),
    ],
)
def test_an_argument_out_of_range_is_named(make_it, argument):
    with pytest.raises(ValueError, match=rf"expected {argument} to be .* Received: {argument}="):
        make_it()


def test_simulating_fewer_than_no_steps_is_refused():
    with pytest.raises(InputError, match="steps=-1"):
        PowerDecay(0.1, 10).simulate(-1)
    with pytest.raises(InputError, match="steps=-1"):
        simulate(KERAS_S, -1)


def test_its_figure_shows_each_step(schedule):
    (axes,) = schedule.figure(40).axes
    np.testing.assert_allclose(axes.lines[0].get_ydata(), schedule.simulate(40), rtol=1e-6)
    assert axes.get_title("left") == ("momentum" if isinstance(schedule, OneCycleMomentum) else "learning rate")


def test_a_figure_of_no_steps_is_refused():
    with pytest.raises(InputError, match="no steps"):
        PowerDecay(0.1, 10).figure(0)
