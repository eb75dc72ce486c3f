"""Performance scheduling: on top of a schedule, on a plain rate, under Keras's fit and ours."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import trainwell as tw
from trainwell.errors import InputError
from trainwell.techniques import OneCycle, PerformanceScheduling, PowerDecay, Scaled

STILL = {"monitor": "loss", "min_delta": 1e9, "patience": 1}  # nothing is ever an improvement, but for the first epoch
ONES = np.ones((32, 1), "float32")


def line(rate, optimizer=keras.optimizers.SGD):
    """One weight w with the loss w: each step lowers it by the learning rate."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")])
    model.compile(optimizer(rate), loss=lambda y, out: out + 0 * y)
    return model


@pytest.mark.parametrize("fit", [tw.fit, keras.Model.fit], ids=["tw.fit", "keras"])
@pytest.mark.parametrize(
    "rate", [PowerDecay(0.01, 5), OneCycle(0.1, 20), keras.optimizers.schedules.ExponentialDecay(0.01, 9, 0.5)]
)
def test_each_epoch_runs_at_the_factor_that_was_reached(fit, rate):
    model = line(rate)
    plateau = PerformanceScheduling(**STILL, factor=0.5)
    history = fit(model, ONES, ONES, batch_size=8, epochs=4, shuffle=False, callbacks=[plateau], verbose=0)
    rates = tw.techniques.simulate(rate, 17)
    factors = np.repeat([1.0, 1.0, 0.5, 0.25], 4)
    assert model.get_weights()[0][0, 0] == pytest.approx(1 - (rates[:16] * factors).sum(), rel=1e-5)
    assert plateau.reached == pytest.approx(0.125)
    expected = [rates[4], rates[8], rates[12] * 0.5, rates[16] * 0.25]
    assert history.history["learning_rate"] == pytest.approx(expected, rel=1e-5)


def test_keras_raises_where_ours_scales():
    with pytest.raises(TypeError, match="LearningRateSchedule"):
        line(PowerDecay(0.01, 5)).fit(
            ONES, ONES, epochs=3, verbose=0, callbacks=[keras.callbacks.ReduceLROnPlateau(**STILL)]
        )


@pytest.mark.parametrize("fit", [tw.fit, keras.Model.fit], ids=["tw.fit", "keras"])
def test_on_a_plain_rate_it_is_keras_s_callback(fit):
    ours, keras_s = line(0.01), line(0.01)
    fit(ours, ONES, ONES, epochs=5, verbose=0, callbacks=[PerformanceScheduling(**STILL, factor=0.1)])
    keras_s.fit(ONES, ONES, epochs=5, verbose=0, callbacks=[keras.callbacks.ReduceLROnPlateau(**STILL, factor=0.1)])
    assert float(ours.optimizer.learning_rate) == pytest.approx(float(keras_s.optimizer.learning_rate))
    assert ours.get_weights()[0] == pytest.approx(keras_s.get_weights()[0])


def test_the_rate_is_not_reduced_below_its_minimum():
    model = line(PowerDecay(0.01, 1e9))
    plateau = PerformanceScheduling(**STILL, factor=0.1, min_learning_rate=0.005)
    tw.fit(model, ONES, ONES, epochs=5, callbacks=[plateau], verbose=0)
    assert float(model.optimizer.learning_rate) == pytest.approx(0.005, rel=1e-5)


def test_a_second_training_goes_on_from_the_factor_and_a_saved_model_keeps_it(tmp_path):
    model = line(PowerDecay(0.01, 1e9))
    tw.fit(model, ONES, ONES, epochs=3, callbacks=[PerformanceScheduling(**STILL)], verbose=0)
    model.compile(model.optimizer, "mse")
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.optimizer.get_config()["learning_rate"]["config"]["factor"] == 0.25
    plateau = PerformanceScheduling(**STILL)
    tw.fit(loaded, ONES, ONES, epochs=1, callbacks=[plateau], verbose=0)
    assert plateau.reached == 0.25


def test_a_killed_training_resumes_with_its_factor(tmp_path):
    def train(epochs, folder):
        model = line(PowerDecay(0.01, 5))
        plateau = PerformanceScheduling(**STILL)
        tw.fit(model, ONES, ONES, epochs=epochs, callbacks=[plateau], verbose=0, resume=folder)
        return model.get_weights()[0][0, 0], plateau.reached

    train(3, tmp_path / "one")
    assert train(6, tmp_path / "one") == pytest.approx(train(6, tmp_path / "other"))


@pytest.mark.parametrize(("argument", "value"), [("factor", 1.0), ("factor", 0.0), ("patience", 0), ("mode", "up")])
def test_an_argument_out_of_range_is_named(argument, value):
    with pytest.raises(InputError, match=argument):
        PerformanceScheduling(**{argument: value})


def test_scaled_is_kept_and_not_wrapped_twice():
    model = line(Scaled(PowerDecay(0.01, 5)))
    for _ in range(2):
        tw.fit(model, ONES, ONES, callbacks=[PerformanceScheduling(**STILL)], verbose=0)
    config = model.optimizer.get_config()["learning_rate"]
    assert config["class_name"] == "Scaled"
    assert config["config"]["schedule"]["class_name"] == "PowerDecay"
