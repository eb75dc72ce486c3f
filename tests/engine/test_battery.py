"""The battery: every kind of model, optimizer and schedule trains as in Keras.

Bit for bit with `exact=True`; to float tolerance without, with all signals read beside it.
"""

from __future__ import annotations

import keras
import numpy as np
import pytest
from sklearn.datasets import load_digits

import trainwell as tw

L = keras.layers
K = keras
ROWS = 100  # 3 batches of 32 and a partial one of 4
slow = pytest.mark.slow


@pytest.fixture(scope="module")
def digits():
    x, y = load_digits(return_X_y=True)
    return (x / 16).astype("float32").reshape(-1, 8, 8)[:ROWS], y[:ROWS]


def softmax():
    return L.Dense(10, activation="softmax")


def stack(*layers):
    return lambda: K.Sequential([K.Input((8, 8)), *(layer() for layer in layers), softmax()])


def flat(*layers):
    return stack(L.Flatten, *layers)


def image(*layers):
    return stack(lambda: L.Reshape((8, 8, 1)), *layers, L.Flatten)


def dense(**arguments):
    return lambda: L.Dense(12, **{"activation": "relu", **arguments})


def selu_30():
    hidden = [L.Dense(8, activation="selu", kernel_initializer="lecun_normal") for _ in range(30)]
    return K.Sequential([K.Input((8, 8)), L.Flatten(), *hidden, L.AlphaDropout(0.1), softmax()])


def attention():
    inputs = K.Input((8, 8))
    attended = L.MultiHeadAttention(2, 4, dropout=0.1)(inputs, inputs)
    return K.Model(inputs, softmax()(L.GlobalAveragePooling1D()(L.LayerNormalization()(L.Add()([inputs, attended])))))


def embedding():
    inputs = K.Input((8, 8))
    words = L.Reshape((64,))(L.Lambda(lambda x: keras.ops.cast(x * 16, "int32"), output_shape=(8, 8))(inputs))
    return K.Model(inputs, softmax()(L.GlobalAveragePooling1D()(L.Embedding(17, 6)(words))))


def frozen():
    model = flat(dense(), L.BatchNormalization, dense())()
    model.layers[1].trainable = False
    model.layers[2].trainable = False
    return model


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.flatten, self.hidden, self.drop, self.out = L.Flatten(), L.Dense(12, "tanh"), L.Dropout(0.3), softmax()

    def call(self, x, training=False):
        return self.out(self.drop(self.hidden(self.flatten(x)), training=training))


class OwnStep(keras.Model):
    """A train_step of its own, stateless as Keras's on JAX."""

    def __init__(self):
        super().__init__()
        self.flatten, self.out = L.Flatten(), softmax()

    def call(self, x):
        return self.out(self.flatten(x))

    def train_step(self, state, data):
        logs, state = super().train_step(state, data)
        return {**logs, "twice": 2 * logs["loss"]}, state


half = keras.DTypePolicy("mixed_float16")
MODELS = {
    "batch normalization and dropouts": flat(L.BatchNormalization, dense(), lambda: L.Dropout(0.2), dense()),
    "selu 30": selu_30,
    "conv and pool": image(lambda: L.Conv2D(4, 3, activation="relu"), L.MaxPooling2D, lambda: L.Dropout(0.2)),
    "depthwise": image(lambda: L.DepthwiseConv2D(3), lambda: L.SeparableConv2D(4, 3), lambda: L.AveragePooling2D(2)),
    "transposed and one dimension": stack(
        lambda: L.Conv1D(4, 3, padding="causal"), lambda: L.Conv1DTranspose(3, 2), L.Flatten
    ),
    "lstm": stack(lambda: L.LSTM(6)),
    "gru": stack(lambda: L.Bidirectional(L.GRU(6, recurrent_dropout=0.1))),
    "attention": attention,
    "embedding": embedding,
    "frozen": frozen,
    "subclassed": Subclassed,
    "own train_step": OwnStep,
    "regularizers": flat(
        dense(kernel_regularizer="l1l2", activity_regularizer="l2"), lambda: L.ActivityRegularization(0.01)
    ),
    "constraints": flat(dense(kernel_constraint=K.constraints.MaxNorm(1.0), bias_constraint="non_neg")),
    "mixed_float16": flat(dense(dtype=half), lambda: L.Dropout(0.2), lambda: L.Dense(8, dtype=half)),
    "noise and normalization": flat(lambda: L.GaussianNoise(0.1), dense(), L.LayerNormalization, L.UnitNormalization),
}
OPTIMIZERS = {
    name: getattr(K.optimizers, name)
    for name in (
        *("SGD", "RMSprop", "Adam", "AdamW", "Adadelta", "Adagrad", "Adamax", "Adafactor", "Nadam", "Ftrl", "Lion"),
        *("Lamb", "Muon"),
    )
}
SETTINGS = {
    "momentum": lambda: K.optimizers.SGD(0.01, momentum=0.9, nesterov=True),
    "clipnorm": lambda: K.optimizers.SGD(0.1, clipnorm=0.1),
    "clipvalue": lambda: K.optimizers.SGD(0.1, clipvalue=0.01),
    "global_clipnorm": lambda: K.optimizers.SGD(0.1, global_clipnorm=0.1),
    "ema": lambda: K.optimizers.SGD(0.1, use_ema=True, ema_overwrite_frequency=3),
    "accumulation": lambda: K.optimizers.Adam(0.01, gradient_accumulation_steps=3),
    "weight_decay": lambda: K.optimizers.Adam(0.01, weight_decay=0.1),
    "loss scale": lambda: K.optimizers.LossScaleOptimizer(K.optimizers.Adam(0.01)),
    "several rates": lambda: K.optimizers.MultiOptimizer(
        K.optimizers.OptimizerMap(
            K.optimizers.Adam(tw.techniques.OneCycle(0.02, 12)), {".*/bias": K.optimizers.SGD(0.1, momentum=0.9)}
        )
    ),
}
schedules = K.optimizers.schedules
SCHEDULES = {
    "exponential": lambda: schedules.ExponentialDecay(0.1, 3, 0.8),
    "inverse time": lambda: schedules.InverseTimeDecay(0.1, 3, 0.8),
    "polynomial": lambda: schedules.PolynomialDecay(0.1, 9, 0.01, power=2.0),
    "piecewise": lambda: schedules.PiecewiseConstantDecay([3, 6], [0.1, 0.05, 0.01]),
    "cosine": lambda: schedules.CosineDecay(0.01, 9, warmup_target=0.1, warmup_steps=2),
    "cosine restarts": lambda: schedules.CosineDecayRestarts(0.1, 3),
    "1cycle": lambda: tw.techniques.OneCycle(0.1, 9),
}


def train(fit, data, build, make_optimizer, epochs=3, compile_arguments=None, **arguments):
    keras.utils.set_random_seed(11)
    model = build()
    defaults = {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}
    model.compile(make_optimizer(), **{**defaults, **(compile_arguments or {})})
    history = fit(model, *data, **{"epochs": epochs, "verbose": 0, **arguments})
    return model, history.history


def check(data, build, make_optimizer, *, rtol=1e-3, atol=1e-4, **arguments):
    """Exactly as Keras with `exact=True`; nearly so without, with signals on."""
    expected, expected_history = train(keras.Model.fit, data, build, make_optimizer, **arguments)
    exact, history = train(tw.fit, data, build, make_optimizer, exact=True, **arguments)
    assert repr(history) == repr(expected_history)  # NaN differs from itself
    for one, other in zip(exact.variables, expected.variables, strict=True):
        np.testing.assert_array_equal(one, other, err_msg=one.path)
    for one, other in zip(exact.optimizer.variables, expected.optimizer.variables, strict=True):
        np.testing.assert_array_equal(one, other, err_msg=one.path)
    recording = tw.Recording(every=4, first=2)
    near, history = train(tw.fit, data, build, make_optimizer, recording=recording, **arguments)
    for name, values in expected_history.items():
        np.testing.assert_allclose(history[name], values, rtol=rtol, atol=atol, err_msg=name)
    for one, other in zip(near.get_weights(), expected.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=rtol, atol=atol)
    assert recording.series()["loss"].at.tolist()[:2] == [1, 2]


QUICK = ("frozen", "regularizers")


def marks_of(model):
    """Every third one runs in continuous integration, and of those the quick ones with each `make test`."""
    if model in QUICK:
        return []
    return pytest.mark.heavy if list(MODELS).index(model) % 3 == 0 else slow


@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("model", [pytest.param(name, marks=marks_of(name)) for name in MODELS])
def test_models(model, shuffle, digits):
    wide = {"rtol": 0.05, "atol": 0.01} if model in {"mixed_float16", "embedding"} else {}
    check(digits, MODELS[model], lambda: K.optimizers.Adam(0.005), shuffle=shuffle, **wide)


@pytest.mark.parametrize("name", [pytest.param(name, marks=slow) for name in OPTIMIZERS])
def test_optimizers(name, digits):
    check(digits, flat(dense(), dense()), lambda: OPTIMIZERS[name](0.003), rtol=0.01, atol=1e-3)


@pytest.mark.parametrize("name", [pytest.param(name, marks=slow) for name in SETTINGS])
def test_settings_of_optimizers(name, digits):
    check(digits, flat(dense(), dense()), SETTINGS[name])


@pytest.mark.parametrize("name", [pytest.param(name, marks=slow) for name in SCHEDULES])
def test_schedules(name, digits):
    check(digits, flat(dense()), lambda: K.optimizers.SGD(SCHEDULES[name](), momentum=0.9))


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        {"class_weight": dict.fromkeys(range(10), 1.0) | {3: 5.0}},
        {"sample_weight": np.linspace(0, 1, ROWS)},
        {"validation_split": 0.3},
        {"steps_per_epoch": 2},
        {"compile_arguments": {"loss_weights": 0.5}},
        {"compile_arguments": {"weighted_metrics": ["accuracy"]}, "sample_weight": np.linspace(0, 1, ROWS)},
        {"compile_arguments": {"steps_per_execution": 3}},
    ],
    ids=str,
)
def test_arguments(arguments, digits):
    check(digits, flat(dense()), lambda: K.optimizers.Adam(0.005), **arguments)


@pytest.mark.slow
def test_an_autoencoder(digits):
    x, _ = digits
    check(
        (x, x),
        lambda: K.Sequential([K.Input((8, 8)), L.Flatten(), L.Dense(5), L.Dense(64), L.Reshape((8, 8))]),
        lambda: K.optimizers.Nadam(0.005),
        compile_arguments={"loss": "mse", "metrics": ["mae"]},
    )


@pytest.mark.heavy
def test_two_inputs_and_two_weighted_outputs_by_name(digits):
    x, y = digits

    def build():
        left, right = K.Input((32,), name="left"), K.Input((32,), name="right")
        both = L.Dense(16, activation="relu")(L.Concatenate()([left, right]))
        outputs = {"digit": L.Dense(10, activation="softmax", name="digit")(both), "ink": L.Dense(1, name="ink")(both)}
        return K.Model({"left": left, "right": right}, outputs)

    rows = x.reshape(-1, 64)
    data = {"left": rows[:, :32], "right": rows[:, 32:]}, {"digit": y, "ink": rows.mean(axis=1)}
    compile_arguments = {
        "loss": {"digit": "sparse_categorical_crossentropy", "ink": "mse"},
        "loss_weights": {"digit": 1.0, "ink": 0.5},
        "metrics": {"digit": "accuracy", "ink": "mae"},
    }
    check(data, build, lambda: K.optimizers.RMSprop(0.005), compile_arguments=compile_arguments)
