"""The range test: the model stays as it was, the curve is plausible, the suggestion follows its rule."""

from __future__ import annotations

import random

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_digits

import trainwell as tw
from trainwell.datasets import load
from trainwell.engine.lr_sweep import LearningRateSweep
from trainwell.errors import InputError
from trainwell.techniques import find_lr
from trainwell.techniques.find_lr import _confirmed
from trainwell.techniques.learning_rate_rules import RULES, suggestions

L = keras.layers


@pytest.fixture(scope="module")
def digits():
    x, y = load_digits(return_X_y=True)
    return (x / 16).astype("float32"), y


def make(optimizer=None):
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [keras.Input((64,)), L.Dense(32, "elu"), L.BatchNormalization(), L.Dropout(0.1), L.Dense(10)]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer or keras.optimizers.Nadam(0.05), loss, metrics=["accuracy"])
    return model


def test_model_optimizer_and_generators_stay_as_they_were(digits):
    model = make()
    model.optimizer.build(model.trainable_variables)
    variables = [*model.variables, *model.optimizer.variables, *model.metrics_variables]
    before = [np.asarray(variable) for variable in variables]
    generators = random.getstate(), np.random.get_state()[1].copy()  # noqa: NPY002 -- Keras's generator
    find_lr(model, *digits, steps=50)
    for variable, value in zip(variables, before, strict=True):
        np.testing.assert_array_equal(np.asarray(variable), value, err_msg=variable.path)
    assert random.getstate() == generators[0]
    np.testing.assert_array_equal(np.random.get_state()[1], generators[1])  # noqa: NPY002 -- Keras's generator


@pytest.mark.heavy
def test_rates_grow_by_a_constant_factor_and_the_loss_diverges_at_the_end(digits):
    search = find_lr(make(), *digits)
    assert search.learning_rates[0] == pytest.approx(1e-6)
    factors = search.learning_rates[1:] / search.learning_rates[:-1]
    np.testing.assert_allclose(factors, factors[0])
    assert search.losses[:10].mean() == pytest.approx(np.log(10), rel=0.5)
    assert search.losses.min() < 1.0
    assert 1e-4 < search.suggestion < 1e-1


def test_the_same_seed_gives_the_same_curve_and_another_one_a_near_suggestion(digits):
    first, again, other = (find_lr(make(), *digits, seed=seed) for seed in (0, 0, 5))
    np.testing.assert_array_equal(first.losses, again.losses)
    assert not np.array_equal(first.losses, other.losses)
    assert 1 / 3 < first.suggestion / other.suggestion < 3


@pytest.mark.heavy
def test_the_suggested_rate_trains(digits):
    rate = find_lr(make(), *digits).suggestion
    model = make(keras.optimizers.Nadam(rate))
    history = model.fit(*digits, epochs=3, verbose=0).history
    assert history["accuracy"][-1] > 0.9


def test_each_rule_reads_its_place_off_a_curve():
    rates = np.array([1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0])
    found = suggestions(rates, np.array([2.0, 1.95, 1.5, 1.05, 1.0, 9.0]))
    assert found == {"fall": 1e-2, "steepest": 1e-3, "valley": 1e-3, "minimum/10": pytest.approx(1e-2)}
    never = suggestions(rates, np.array([2.0, 2.1, 2.2, 2.3, 9.0, 9.0]))
    assert set(never) == set(RULES)
    assert set(never.values()) == {None}


@given(st.lists(st.floats(0.01, 10), min_size=10, max_size=60))
def test_every_rule_stays_within_the_rates_that_were_tested(losses):
    rates = np.geomspace(1e-6, 10, len(losses))
    for rate in suggestions(rates, np.asarray(losses)).values():
        assert rate is None or rates[0] <= rate <= rates[-1]


def test_a_rule_is_chosen_by_name_and_an_unknown_one_refused(digits):
    search = find_lr(make(), *digits, rule="steepest")
    assert search.suggestion <= search.suggestions["steepest"]
    assert "fastest" in search.rule
    with pytest.raises(InputError, match="no rule 'steep'") as error:
        find_lr(make(), *digits, rule="steep")
    assert "'steepest'" in error.value.hint


def test_its_figure_marks_the_suggestion(digits):
    search = find_lr(make(), *digits)
    (axes,) = search.figure().axes
    assert any(line.get_xdata()[0] == search.suggestion for line in axes.lines)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [({"lowest": 0.0}, "0 < lowest < highest"), ({"lowest": 1, "highest": 0.1}, "lowest"), ({"steps": 3}, "10 steps")],
)
def test_arguments_out_of_range_are_refused(digits, arguments, words):
    with pytest.raises(InputError, match=words):
        find_lr(make(), *digits, **arguments)


def test_a_schedule_and_nan_data_are_refused_with_advice(digits):
    x, y = digits
    schedule = keras.optimizers.schedules.CosineDecay(0.1, 10)
    with pytest.raises(InputError, match="schedule"):
        find_lr(make(keras.optimizers.SGD(schedule)), x, y)
    with pytest.raises(InputError, match="not a finite number even at the lowest"):
        find_lr(make(), np.full_like(x, np.nan), y)


def test_fewer_rows_than_a_batch(digits):
    x, y = digits
    assert len(find_lr(make(), x[:5], y[:5], batch_size=32, steps=30).losses) <= 30


def test_a_rate_that_only_looks_good_in_passing_is_halved():
    """At 1.0 each step overshoots a parabola of curvature 2 and comes back slowly; half of it is far better."""
    x = np.ones((400, 1), "float32")
    model = keras.Sequential([keras.Input((1,)), L.Dense(1, use_bias=False, kernel_initializer="zeros")])
    model.compile(keras.optimizers.SGD(), "mse")
    ramp = LearningRateSweep(model, x, 3 * x, batch_size=8)
    rate, tried = _confirmed(ramp, 0.999, 1e-6, 40, 0)
    assert rate == pytest.approx(0.999 / 2)
    assert list(tried) == [0.999, 0.999 / 2, 0.999 / 4]
    assert tried[0.999] > 5 > tried[0.999 / 2]


def test_a_rate_that_diverges_is_halved_until_it_does_not():
    x = np.ones((400, 1), "float32")
    model = keras.Sequential([keras.Input((1,)), L.Dense(1, use_bias=False, kernel_initializer="zeros")])
    model.compile(keras.optimizers.SGD(), "mse")
    rate, tried = _confirmed(LearningRateSweep(model, x, 3 * x, batch_size=8), 6.0, 1e-6, 40, 0)
    assert rate <= 0.75
    assert tried[6.0] == tried[3.0] == np.inf


def test_what_is_confirmed_is_in_the_result_and_can_be_left_out(digits):
    search = find_lr(make(), *digits)
    assert search.suggestion in search.confirmations
    curve_alone = find_lr(make(), *digits, confirm=False)
    assert curve_alone.confirmations == {}
    assert curve_alone.suggestion == curve_alone.suggestions["fall"]
    np.testing.assert_array_equal(curve_alone.losses, search.losses)


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", ["SGD", "Nadam"])
@pytest.mark.parametrize("seed", range(3))
def test_on_a_hundred_selu_layers_the_suggested_rate_trains(optimizer, seed):
    """SGD at 1e-3 does, Nadam at 1e-3 does not."""
    train = load("fashion-mnist").train
    pictures = train.x.astype("float32")
    x, y = (pictures - pictures.mean(axis=0)) / pictures.std(axis=0), train.y
    keras.utils.set_random_seed(seed)
    dense = [L.Dense(units, "selu", kernel_initializer="lecun_normal") for units in (300, *[100] * 99)]
    model = keras.Sequential([keras.Input((28, 28)), L.Flatten(), *dense, L.Dense(10, "softmax")])
    model.compile(getattr(keras.optimizers, optimizer)(), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.optimizer.learning_rate = find_lr(model, x, y, seed=seed).suggestion
    history = tw.fit(model, x[5000:], y[5000:], epochs=1, validation_data=(x[:5000], y[:5000]), verbose=0).history
    assert history["val_accuracy"][-1] > 0.5


def test_an_optimizer_of_several_rates_is_refused():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    rates = keras.optimizers.OptimizerMap(keras.optimizers.SGD(0.1), {".*/bias": keras.optimizers.SGD(0.01)})
    model.compile(keras.optimizers.MultiOptimizer(rates), "mse")
    with pytest.raises(InputError, match="has several learning rates"):
        find_lr(model, np.zeros((64, 2)), np.zeros((64, 1)))


def test_a_loss_below_0_does_not_diverge():
    x = np.ones((400, 1), "float32")
    model = keras.Sequential([keras.Input((1,)), L.Dense(1, kernel_initializer="zeros")])
    model.compile(keras.optimizers.SGD(), lambda y, outputs: keras.ops.square(y - outputs) - 100.0)
    ramp = LearningRateSweep(model, x, 3 * x, batch_size=8)
    assert len(ramp.losses(lowest=0.01, highest=0.01, steps=40, seed=0, stop_at=1e4)[1]) == 40
