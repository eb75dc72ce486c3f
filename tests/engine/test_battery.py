"""The battery: every kind of model, optimizer, schedule and argument of `fit` trains as in Keras.

With `exact=True` weights, logs and the generators of Python and NumPy are the same bit for bit; without, weights and
logs are the same to float tolerance, with all signals read beside it. It must train: equal bits are the promise.
"""

from __future__ import annotations

import functools
import random

import keras
import numpy as np
import pytest
from sklearn.datasets import load_digits

import trainwell as tw

L = keras.layers
K = keras
ROWS = 100  # 3 batches of 32 and a partial one of 4
HELD = 90
FIRST, LAST = slice(ROWS), slice(ROWS, None)
exact_fit = functools.partial(tw.fit, exact=True)
heavy, slow = pytest.mark.heavy, pytest.mark.slow


@pytest.fixture(scope="module")
def digits():
    x, y = load_digits(return_X_y=True)
    return (x / 16).astype("float32").reshape(-1, 8, 8)[: ROWS + HELD], y[: ROWS + HELD]


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


def not_built():
    return K.Sequential([L.Flatten(), L.Dense(32, activation="relu"), softmax()])


def chapter():
    """Everything of the chapter at once."""
    hidden = {"kernel_regularizer": K.regularizers.L2(1e-4), "kernel_constraint": K.constraints.MaxNorm(1.0)}
    return K.Sequential(
        [
            K.Input((8, 8)),
            L.Flatten(),
            L.BatchNormalization(),
            L.Dense(32, "elu", kernel_initializer="he_normal", **hidden),
            L.Dropout(0.2),
            L.Dense(32, use_bias=False, **hidden),
            L.BatchNormalization(),
            L.Activation("selu"),
            L.AlphaDropout(0.1),
            softmax(),
        ]
    )


def nadam_with_everything():
    schedule = K.optimizers.schedules.ExponentialDecay(0.01, 10, 0.9)
    return K.optimizers.Nadam(
        schedule, use_ema=True, ema_overwrite_frequency=7, gradient_accumulation_steps=2, global_clipnorm=0.5
    )


def adam():
    return K.optimizers.Adam(0.01)


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
    "gru and layer normalization": stack(lambda: L.GRU(16, recurrent_dropout=0.1), L.LayerNormalization),
    "attention": attention,
    "embedding": embedding,
    "frozen": frozen,
    "subclassed": Subclassed,
    "own train_step": OwnStep,
    # One layer with a penalty on its outputs: Keras tells such penalties apart by the ids of objects that are gone, and
    # of two layers it now and then counts one twice (`Layer._loss_ids`).
    "regularizers": flat(dense(kernel_regularizer="l1l2", activity_regularizer="l2"), dense(kernel_regularizer="l2")),
    "constraints": flat(dense(kernel_constraint=K.constraints.MaxNorm(1.0), bias_constraint="non_neg")),
    "mixed_float16": flat(dense(dtype=half), lambda: L.Dropout(0.2), lambda: L.Dense(8, dtype=half)),
    "not built": not_built,
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
    """The model, its logs, and what the generators draw next; 90 rows are held out unless the arguments say else."""
    keras.utils.set_random_seed(11)
    model = build()
    defaults = {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}
    model.compile(make_optimizer(), **{**defaults, **(compile_arguments or {})})
    rows, held = (K.tree.map_structure(lambda leaf, part=part: leaf[part], data) for part in (FIRST, LAST))
    history = fit(model, *rows, **{"epochs": epochs, "verbose": 0, "validation_data": held, **arguments})
    return model, history.history, (random.random(), np.random.rand())  # noqa: NPY002


def check_exact(data, build, make_optimizer, **arguments):
    """Exactly as Keras with `exact=True`; gives what Keras gave."""
    expected = train(keras.Model.fit, data, build, make_optimizer, **arguments)
    assert_same(train(exact_fit, data, build, make_optimizer, **arguments), expected)
    return expected


def assert_same(ours, keras_s):
    (model, history, generators), (expected, expected_history, expected_generators) = ours, keras_s
    assert repr(history) == repr(expected_history)  # NaN differs from itself
    for one, other in zip(model.variables, expected.variables, strict=True):
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other), err_msg=one.path)
    for one, other in zip(model.optimizer.variables, expected.optimizer.variables, strict=True):
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other), err_msg=one.path)
    assert generators == expected_generators, "Python's or NumPy's generator went another way"


def check(data, build, make_optimizer, *, rtol=1e-3, atol=1e-4, **arguments):
    """Exactly as Keras with `exact=True`; nearly so without, with signals on."""
    expected, expected_history, _ = check_exact(data, build, make_optimizer, **arguments)
    recording = tw.Recording(every=4, first=2)
    near, history, _ = train(tw.fit, data, build, make_optimizer, recording=recording, **arguments)
    for name, values in expected_history.items():
        np.testing.assert_allclose(history[name], values, rtol=rtol, atol=atol, err_msg=name)
    for one, other in zip(near.get_weights(), expected.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=rtol, atol=atol)
    assert recording.series()["loss"].at.tolist()[:2] == [1, 2]


QUICK = {("regularizers", True)}
HEAVY = {"frozen", "regularizers", "batch normalization and dropouts", "depthwise", "gru", "noise and normalization"}
HEAVY_SHUFFLED = {"lstm", "subclassed", "mixed_float16", "not built"}


def models():
    """Each model, shuffled and not, marked by what compiling takes."""
    for name in MODELS:
        for shuffle in (True, False):
            is_heavy = name in HEAVY or (shuffle and name in HEAVY_SHUFFLED)
            yield pytest.param(name, shuffle, marks=[] if (name, shuffle) in QUICK else [heavy] if is_heavy else [slow])


@pytest.mark.parametrize(("model", "shuffle"), list(models()))
def test_models(model, shuffle, digits):
    wide = {"rtol": 0.05, "atol": 0.01} if model in {"mixed_float16", "embedding"} else {}
    check(digits, MODELS[model], lambda: K.optimizers.Adam(0.005), shuffle=shuffle, **wide)


@pytest.mark.heavy
@pytest.mark.parametrize("shuffle", [True, False])
def test_everything_of_the_chapter_at_once(shuffle, digits):
    check_exact(digits, chapter, nadam_with_everything, shuffle=shuffle)


@pytest.mark.parametrize("name", [pytest.param(name, marks=slow) for name in OPTIMIZERS])
def test_optimizers(name, digits):
    check(digits, flat(dense(), dense()), lambda: OPTIMIZERS[name](0.003), rtol=0.01, atol=1e-3)


@pytest.mark.parametrize("name", [pytest.param(name, marks=slow) for name in SETTINGS])
def test_settings_of_optimizers(name, digits):
    check(digits, flat(dense(), dense()), SETTINGS[name])


@pytest.mark.parametrize("name", [pytest.param(name, marks=slow) for name in SCHEDULES])
def test_schedules(name, digits):
    check(digits, flat(dense()), lambda: K.optimizers.SGD(SCHEDULES[name](), momentum=0.9))


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param({"shuffle": True}, marks=heavy),  # as in every other test
        pytest.param({"shuffle": False}, marks=heavy),
        {"shuffle": "batch"},
        pytest.param({"batch_size": 50}, marks=heavy),
        pytest.param({"batch_size": 1000}, marks=heavy),
        pytest.param({"batch_size": 1, "epochs": 1}, marks=heavy),
        pytest.param({"validation_data": None}, marks=heavy),
        pytest.param({"validation_data": None, "validation_split": 0.2}, marks=heavy),
        pytest.param({"validation_batch_size": 50}, marks=heavy),
        pytest.param({"validation_freq": 2}, marks=heavy),
        pytest.param({"validation_freq": [1, 3]}, marks=heavy),
        pytest.param({"class_weight": dict.fromkeys(range(10), 1.0) | {3: 5.0}}, marks=heavy),
        {"sample_weight": np.linspace(0, 1, ROWS)},
        {"initial_epoch": 2},
        {"epochs": 0},
    ],
    ids="-".join,
)
def test_arguments_mean_what_they_mean_to_keras(arguments, digits):
    check_exact(digits, not_built, adam, **arguments)


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        {"class_weight": dict.fromkeys(range(10), 1.0) | {3: 5.0}},
        {"sample_weight": np.linspace(0, 1, ROWS)},
        {"validation_data": None, "validation_split": 0.3},
        {"steps_per_epoch": 2},
        {"compile_arguments": {"loss_weights": 0.5}},
        {"compile_arguments": {"weighted_metrics": ["accuracy"]}, "sample_weight": np.linspace(0, 1, ROWS)},
        {"compile_arguments": {"steps_per_execution": 3}},
    ],
    ids="-".join,
)
def test_arguments_beside_signals(arguments, digits):
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


@pytest.mark.heavy
def test_training_goes_on_from_where_it_was(digits):
    def run(fit):
        model, *_ = train(fit, digits, chapter, adam, epochs=1)
        history = fit(model, *(each[:60] for each in digits), epochs=1, verbose=0)
        return model, history.history, (random.random(), np.random.rand())  # noqa: NPY002

    assert_same(run(exact_fit), run(keras.Model.fit))


@pytest.mark.heavy
def test_training_goes_on_after_ema_where_keras_fails(digits):
    """Keras 3.15 leaves weights and averages on the same buffers, and its second `fit` fails to donate them twice."""
    model, *_ = train(tw.fit, digits, not_built, lambda: keras.optimizers.SGD(0.1, use_ema=True), epochs=1)
    before = model.evaluate(*digits, verbose=0)[0]
    tw.fit(model, *digits, epochs=3, verbose=0)
    assert model.evaluate(*digits, verbose=0)[0] < before
