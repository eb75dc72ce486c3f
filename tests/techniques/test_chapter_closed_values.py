"""The chapter's closed-form values, of Keras's own objects as the recipes use them: alone, and through `tw.fit`."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import trainwell as tw

L = keras.layers


def one_step(optimizer, x, y, weights, loss="mse", **options):
    """The kernel `(inputs, 1)` of a dense layer after one step of `tw.fit` on all rows."""
    model = keras.Sequential([keras.Input((len(weights),)), L.Dense(1, use_bias=False, **options)])
    model.set_weights([np.array(weights, "float32")[:, None]])
    model.compile(optimizer, loss)
    history = tw.fit(model, np.array(x, "float32"), np.array(y, "float32"), batch_size=len(x), shuffle=False, verbose=0)
    return model.get_weights()[0][:, 0], history.history["loss"][0]


# Dropout: the share that is zero, and what the others are multiplied by.


@pytest.mark.parametrize("rate", [0.2, 0.5])
def test_dropout_zeroes_its_share_and_scales_the_rest(rate):
    kept = np.asarray(L.Dropout(rate, seed=0)(np.ones((1000, 100), "float32"), training=True))
    assert set(np.unique(kept)) == {np.float32(0), np.float32(1 / (1 - rate))}
    assert abs((kept == 0).mean() - rate) < 5 * np.sqrt(rate * (1 - rate) / kept.size)


def test_dropout_scales_the_gradient_of_what_it_keeps_in_fit():
    # y = w·drop(1) with dropout of 0.5 is 0 or 2w; the gradient of its mean is 0 or 2 in each row.
    model = keras.Sequential([keras.Input((1,)), L.Dropout(0.5, seed=1), L.Dense(1, use_bias=False)])
    model.set_weights([np.zeros((1, 1), "float32")])
    model.compile(keras.optimizers.SGD(1.0), lambda _, output: output)
    x = np.ones((400, 1), "float32")
    tw.fit(model, x, x, batch_size=400, verbose=0)
    kept = -model.get_weights()[0].item() * 400 / 2
    assert kept == pytest.approx(round(kept), abs=1e-3)
    assert abs(kept - 200) < 5 * np.sqrt(100)


@pytest.mark.parametrize("rate", [0.1, 0.5])
def test_alpha_dropout_keeps_mean_and_variance(rate):
    x = np.random.default_rng(0).normal(size=(1000, 200)).astype("float32")
    dropped = np.asarray(L.AlphaDropout(rate, seed=0)(x, training=True))
    assert dropped.mean() == pytest.approx(0, abs=0.02)
    assert dropped.var() == pytest.approx(1, abs=0.02)
    # What is dropped becomes a·(-λα) + b, with SELU's λα = 1.7581 and a = ((1 - p)(1 + p·(λα)²))^(-1/2), b = p·a·λα.
    saturated = 1.7580993408473766
    a = ((1 - rate) * (1 + rate * saturated**2)) ** -0.5
    values, counts = np.unique(dropped.round(5), return_counts=True)
    assert values[counts.argmax()] == pytest.approx(a * -saturated + rate * a * saturated, abs=1e-4)
    assert counts.max() / x.size == pytest.approx(rate, abs=0.01)


# Max-norm: after each step, no column of a kernel is longer than r.

RATES = {
    "constant": lambda: 0.5,
    "exponential": lambda: keras.optimizers.schedules.ExponentialDecay(0.5, 5, 0.9),
    "1cycle": lambda: tw.techniques.OneCycle(0.5, 12),
    "warmup": lambda: tw.techniques.Warmup(0.5, 4),
}


class Norms(keras.callbacks.Callback):
    """The norms of the first kernel's columns after each epoch."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def on_epoch_end(self, epoch, logs=None):
        del epoch, logs
        self.seen.append(np.linalg.norm(self.model.layers[0].get_weights()[0], axis=0))


@pytest.mark.parametrize("limit", [0.5, 1.0])
@pytest.mark.parametrize("rate", RATES)
def test_max_norm_holds_after_each_step(rate, limit):
    generator = np.random.default_rng(0)
    x, y = generator.normal(size=(16, 8)).astype("float32"), generator.normal(0, 5, size=(16, 1)).astype("float32")
    layers = [L.Dense(6, "elu", kernel_constraint=keras.constraints.MaxNorm(limit)), L.Dense(1)]
    model = keras.Sequential([keras.Input((8,)), *layers])
    model.compile(keras.optimizers.SGD(RATES[rate](), momentum=0.9, clipnorm=1.0), "mse")
    norms = Norms()
    tw.fit(model, x, y, batch_size=16, epochs=12, callbacks=[norms], verbose=0)  # one step an epoch
    seen = np.array(norms.seen)
    assert seen.shape == (12, 6)
    assert seen.max() <= limit + 1e-6
    assert np.isclose(seen, limit, atol=1e-5).any(), "the limit was reached, so that it was put to the test"


def test_max_norm_shortens_a_column_to_the_limit_and_leaves_a_short_one():
    kernel = np.array([[3.0, 0.3], [4.0, 0.4]], "float32")
    np.testing.assert_allclose(keras.constraints.MaxNorm(1.0)(kernel), [[0.6, 0.3], [0.8, 0.4]], rtol=1e-6)


# ℓ1, ℓ2 and both: what they add to the loss, and to the gradient.

PENALTIES = {
    "ℓ1": (keras.regularizers.L1(0.1), lambda w: 0.1 * np.abs(w).sum(), lambda w: 0.1 * np.sign(w)),
    "ℓ2": (keras.regularizers.L2(0.1), lambda w: 0.1 * (w**2).sum(), lambda w: 0.2 * w),
    "ℓ1ℓ2": (
        keras.regularizers.L1L2(0.1, 0.01),
        lambda w: 0.1 * np.abs(w).sum() + 0.01 * (w**2).sum(),
        lambda w: 0.1 * np.sign(w) + 0.02 * w,
    ),
}


@pytest.mark.parametrize("name", PENALTIES)
def test_a_penalty_adds_its_closed_form_to_loss_and_gradient(name):
    regularizer, penalty, gradient = PENALTIES[name]
    weights, x, y = np.array([2.0, -3.0, 0.5]), np.array([[1.0, 2.0, 3.0]]), np.array([[1.0]])
    error = (x @ weights - y[:, 0])[0]
    after, loss = one_step(keras.optimizers.SGD(0.1), x, y, weights, kernel_regularizer=regularizer)
    assert loss == pytest.approx(error**2 + penalty(weights), rel=1e-6)
    np.testing.assert_allclose(after, weights - 0.1 * (2 * error * x[0] + gradient(weights)), rtol=1e-5)


# Schedules of the notes.


@pytest.mark.parametrize("step", [0, 5_000, 10_000, 25_000])
def test_exponential_decay_of_the_notes(step):
    schedule = keras.optimizers.schedules.ExponentialDecay(0.01, 10_000, 0.9)
    assert float(schedule(step)) == pytest.approx(0.01 * 0.9 ** (step / 10_000), rel=1e-6)


def test_piecewise_constant_of_the_notes():
    # 0.01 in the first five epochs, 0.005 to the fifteenth, then 0.001; the value of a boundary is that before it.
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay([50, 150], [0.01, 0.005, 0.001])
    values = tw.techniques.simulate(schedule, 201)
    expected = {0: 0.01, 50: 0.01, 51: 0.005, 150: 0.005, 151: 0.001, 200: 0.001}
    assert {step: round(float(values[step]), 6) for step in expected} == expected


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (lambda: keras.optimizers.schedules.ExponentialDecay(0.01, 2, 0.25), [0.01, 0.005, 0.0025, 0.00125]),
        (lambda: keras.optimizers.schedules.PiecewiseConstantDecay([1, 2], [4.0, 2.0, 1.0]), [4.0, 4.0, 2.0, 1.0]),
    ],
)
def test_a_schedule_moves_the_weights_by_its_values_in_fit(schedule, expected):
    # The gradient is 1 in each step, so that the weight falls by the sum of the rates.
    model = keras.Sequential([keras.Input((1,)), L.Dense(1, use_bias=False)])
    model.set_weights([np.zeros((1, 1), "float32")])
    model.compile(keras.optimizers.SGD(schedule()), lambda _, output: output)
    x = np.ones((4, 1), "float32")
    tw.fit(model, x, x, batch_size=1, shuffle=False, verbose=0)
    assert model.get_weights()[0].item() == pytest.approx(-sum(expected), rel=1e-5)


# Initialisation: variances, and the largest value of a uniform one.

FAN_IN, FAN_OUT = 400, 600
AVERAGE = (FAN_IN + FAN_OUT) / 2
VARIANCES = {
    "he": 2 / FAN_IN,
    "lecun": 1 / FAN_IN,
    "glorot": 1 / AVERAGE,
}


def check_draw(kernel, variance, *, uniform):
    assert kernel.mean() == pytest.approx(0, abs=5 * np.sqrt(variance / kernel.size))
    assert kernel.var() == pytest.approx(variance, rel=0.02)
    limit = np.sqrt(3 * variance) if uniform else 2 * np.sqrt(variance) / 0.87962566103423978  # cut at two deviations
    assert 0.99 * limit < np.abs(kernel).max() <= limit * (1 + 1e-6)


@pytest.mark.parametrize("shape", ["normal", "uniform"])
@pytest.mark.parametrize("name", VARIANCES)
def test_the_variance_of_an_initialisation(name, shape):
    draw = np.asarray(keras.initializers.get(f"{name}_{shape}")((FAN_IN, FAN_OUT)), "float64")
    check_draw(draw, VARIANCES[name], uniform=shape == "uniform")


def test_he_by_the_mean_of_both_fans_as_in_the_notes():
    initializer = keras.initializers.VarianceScaling(scale=2.0, mode="fan_avg", distribution="uniform", seed=0)
    check_draw(np.asarray(initializer((FAN_IN, FAN_OUT)), "float64"), 2 / AVERAGE, uniform=True)


@pytest.mark.parametrize("name", VARIANCES)
def test_a_layer_starts_from_its_initialisation_in_fit(name):
    # A rate of 0 leaves the weights as they were drawn, through building and training.
    model = keras.Sequential([L.Dense(FAN_OUT, kernel_initializer=f"{name}_normal")])
    model.compile(keras.optimizers.SGD(0.0), "mse")
    tw.fit(model, np.ones((4, FAN_IN), "float32"), np.ones((4, FAN_OUT), "float32"), verbose=0)
    check_draw(np.asarray(model.get_weights()[0], "float64"), VARIANCES[name], uniform=False)


# Gradient clipping: one step of SGD.


def clipped_step(**clipping):
    """Kernels and biases after one step from 0 with rate 1, where the gradients are (3, -4) and 12."""
    inputs = keras.Input((2,))
    outputs = L.Dense(1, kernel_initializer="zeros")(inputs)
    model = keras.Model(inputs, 12 * outputs)
    model.compile(keras.optimizers.SGD(1.0, **clipping), lambda _, output: output)
    x = np.array([[3 / 12, -4 / 12]], "float32")
    tw.fit(model, x, x[:, :1], verbose=0)
    kernel, bias = model.get_weights()
    return -kernel[:, 0], -bias


def test_without_clipping_the_step_is_the_gradient():
    kernel, bias = clipped_step()
    np.testing.assert_allclose(kernel, [3, -4], rtol=1e-6)
    np.testing.assert_allclose(bias, [12], rtol=1e-6)


def test_clipping_by_value_may_turn_the_gradient():
    kernel, bias = clipped_step(clipvalue=1.0)
    np.testing.assert_allclose(kernel, [1, -1], rtol=1e-6)
    np.testing.assert_allclose(bias, [1], rtol=1e-6)


def test_clipping_by_norm_shortens_each_variable_s_gradient():
    kernel, bias = clipped_step(clipnorm=1.0)
    np.testing.assert_allclose(kernel, [0.6, -0.8], rtol=1e-6)
    np.testing.assert_allclose(bias, [1], rtol=1e-6)
    kernel, bias = clipped_step(clipnorm=6.0)
    np.testing.assert_allclose(kernel, [3, -4], rtol=1e-6)  # its norm is 5
    np.testing.assert_allclose(bias, [6], rtol=1e-6)


def test_clipping_by_global_norm_keeps_the_direction_of_all():
    kernel, bias = clipped_step(global_clipnorm=1.0)  # √(3² + 4² + 12²) = 13
    np.testing.assert_allclose(kernel, [3 / 13, -4 / 13], rtol=1e-5)
    np.testing.assert_allclose(bias, [12 / 13], rtol=1e-5)
