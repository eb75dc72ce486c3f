"""A momentum that changes from step to step, under Keras's fit and ours."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import trainwell as tw
from trainwell.errors import InputError
from trainwell.techniques import OneCycleMomentum, one_cycle, with_momentum_schedule

OPTIMIZERS = {
    "SGD": {},
    "SGD nesterov": {"momentum": 0.5, "nesterov": True, "weight_decay": 1e-3},
    **{name: {"learning_rate": 0.01} for name in ("Adam", "AdamW", "Adamax", "Nadam", "Lamb")},
}
STEPS = keras.optimizers.schedules.PiecewiseConstantDecay


@pytest.fixture(params=OPTIMIZERS)
def optimizer(request):
    name = request.param
    return getattr(keras.optimizers, name.split()[0])(**{"learning_rate": 0.05, **OPTIMIZERS[name]})


def line(optimizer):
    """One weight w with the loss w: every gradient is 1."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")])
    model.compile(optimizer, loss=lambda y, out: out + 0 * y)
    return model


def train(fit, optimizer, steps):
    model = line(optimizer)
    ones = np.ones((steps, 1), "float32")
    fit(model, ones, ones, batch_size=1, verbose=0)
    return float(model.get_weights()[0][0, 0])


def velocities(momenta, rate, nesterov):
    """The weight by hand, in plain Python."""
    weight, velocity = 1.0, 0.0
    for momentum in momenta:
        velocity = momentum * velocity - rate
        weight += momentum * velocity - rate if nesterov else velocity
    return weight


@pytest.mark.parametrize("fit", [tw.fit, keras.Model.fit], ids=["tw.fit", "keras"])
@pytest.mark.parametrize("nesterov", [False, True])
def test_sgd_follows_the_momentum_of_each_step(fit, nesterov):
    schedule = STEPS([2, 5], [0.9, 0.5, 0.1])
    optimizer = with_momentum_schedule(keras.optimizers.SGD(0.01, nesterov=nesterov), schedule)
    momenta = [0.9, 0.9, 0.9, 0.5, 0.5, 0.5, 0.1, 0.1]
    assert train(fit, optimizer, len(momenta)) == pytest.approx(velocities(momenta, 0.01, nesterov), rel=1e-6)
    assert train(fit, optimizer.from_config(optimizer.get_config()), 8) != pytest.approx(
        velocities([0.9] * 8, 0.01, nesterov), rel=1e-3
    )


def test_a_constant_schedule_is_the_constant(optimizer):
    constant = STEPS([100], [0.8, 0.8])
    settings = optimizer.get_config()
    name = "momentum" if "momentum" in settings else "beta_1"
    plain = type(optimizer).from_config({**settings, name: 0.8})
    ours = with_momentum_schedule(optimizer, constant)
    assert isinstance(ours, type(optimizer))
    assert train(keras.Model.fit, ours, 12) == pytest.approx(train(keras.Model.fit, plain, 12), rel=1e-5)


def test_keras_and_the_engine_agree_and_the_momentum_matters(optimizer):
    both = [train(fit, one_cycle(optimizer, 0.05, 12, (0.95, 0.3)), 12) for fit in (tw.fit, keras.Model.fit)]
    assert both[0] == pytest.approx(both[1], rel=1e-5)


def test_adam_s_first_moment_is_by_hand():
    optimizer = with_momentum_schedule(keras.optimizers.Adam(0.01), STEPS([1], [0.9, 0.2]))
    model = line(optimizer)
    ones = np.ones((4, 1), "float32")
    model.fit(ones, ones * 0, batch_size=1, verbose=0)
    moment = 0.0
    for beta in (0.9, 0.9, 0.2, 0.2):
        moment += (1 - beta) * (1 - moment)
    found = next(v for v in optimizer.variables if "momentum" in v.path)
    assert float(found.value[0, 0]) == pytest.approx(moment)
    assert optimizer.beta_1 == 0.9, "the constant stands again after the update"


def test_it_is_saved_with_the_model(optimizer, tmp_path):
    model = line(one_cycle(optimizer, 0.05, 12))
    model.compile(model.optimizer, "mse")
    model.fit(np.ones((8, 1)), np.ones((8, 1)), verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras").optimizer
    assert type(loaded) is type(model.optimizer)
    assert isinstance(loaded.momentum_schedule, OneCycleMomentum)
    assert loaded.get_config() == model.optimizer.get_config()


def test_errors():
    with pytest.raises(InputError, match="RMSprop"):
        one_cycle(keras.optimizers.RMSprop(), 0.1, 10)
    with pytest.raises(InputError, match="LearningRateSchedule"):
        with_momentum_schedule(keras.optimizers.SGD(), 0.9)
    with pytest.raises(InputError, match="no pair"):
        one_cycle(keras.optimizers.SGD(), 0.1, 10, momentum=0.9)
    with pytest.raises(ValueError, match="highest"):
        one_cycle(keras.optimizers.SGD(), 0.1, 10, momentum=(1.2, 0.9))
