"""The experiment on models that are healthy, faulty or odd."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import ops
from rules.runs import finding, static

from trainwell.edits import ScaleTargets
from trainwell.engine.restoring import preserve_state
from trainwell.experiments import ExperimentContext, experiment
from trainwell.experiments.gradients import gradients
from trainwell.recording import described
from trainwell.remedies import Case
from trainwell.remedies.data.scale_target import scale_target
from trainwell.training_spec import TrainingSpec

L = keras.layers
RULES = ("non-finite-gradient", "outputs-outweighed", "epsilon-below-precision")
DRAWN = np.random.default_rng(0)
X = DRAWN.normal(size=(96, 6)).astype("float32")
Y = DRAWN.normal(size=(96, 1)).astype("float32")
STEPS = DRAWN.normal(size=(96, 5, 3)).astype("float32")
IDS = DRAWN.integers(0, 10, size=(96, 4))
IMAGES = DRAWN.normal(size=(96, 8, 8, 1)).astype("float32")


def measured(model, x, y, loss="mse", *, batch_size=32, optimizer="adam", loss_weights=None, **fit):
    model.compile(optimizer, loss, loss_weights=loss_weights)
    spec = TrainingSpec.from_fit(model, x, y, batch_size, 3, **fit)
    run = described(spec)
    experiment(ExperimentContext(spec, run), {"gradients": gradients})
    return run


def sequential(*layers, shape=(6,), dtype=None):
    return keras.Sequential([keras.Input(shape, dtype=dtype), *layers])


def two_heads():
    x = keras.Input((6,))
    h = L.Dense(8, "relu")(x)
    return keras.Model(x, [L.Dense(3, "softmax", name="kind")(h), L.Dense(1, name="amount")(h)])


def kinds_and_amounts(scale):
    return [np.arange(96) % 3, scale * Y]


LOSSES = ["sparse_categorical_crossentropy", "mse"]
HEALTHY = {
    "dropout": lambda: (sequential(L.Dense(8, "relu"), L.Dropout(0.5), L.Dense(1)), X, Y),
    "batch norm": lambda: (sequential(L.Dense(8), L.BatchNormalization(), L.ReLU(), L.Dense(1)), X, Y),
    "rnn": lambda: (sequential(L.LSTM(4), L.Dense(1), shape=(5, 3)), STEPS, Y),
    "embedding": lambda: (
        sequential(L.Embedding(10, 4, mask_zero=True), L.GRU(4), L.Dense(1), shape=(4,), dtype="int32"),
        IDS,
        Y,
    ),
    "attention": lambda: (attention(), STEPS, Y),
    "convolution": lambda: (
        sequential(L.Conv2D(4, 3, activation="relu"), L.MaxPooling2D(), L.Flatten(), L.Dense(1), shape=(8, 8, 1)),
        IMAGES,
        Y,
    ),
    "two outputs": lambda: (two_heads(), X, kinds_and_amounts(1.0), LOSSES),
    "mixed precision": lambda: (sequential(L.Dense(8, "relu", dtype="mixed_float16"), L.Dense(1)), X, Y),
    "bfloat16": lambda: (sequential(L.Dense(8, "relu", dtype="bfloat16"), L.Dense(1, dtype="bfloat16")), X, Y),
}


def attention():
    x = keras.Input((5, 3))
    h = L.MultiHeadAttention(2, 4)(x, x, use_causal_mask=True)
    return keras.Model(x, L.Dense(1)(L.GlobalAveragePooling1D()(L.LayerNormalization()(h + x))))


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_model(name):
    run = measured(*HEALTHY[name]())
    assert run.not_measured == {}
    assert run.experiments.gradients.rows == 96
    for rule in RULES:
        assert finding(run, rule).outcome in {"passed", "not applicable"}, rule


def test_nothing_changes():
    model = sequential(L.Dense(8), L.BatchNormalization(), L.Dropout(0.5), L.Dense(1))
    model.compile("adam", "mse")
    spec = TrainingSpec.from_fit(model, X, Y, 32, 3)
    run = described(spec)
    variables = [*model.variables, *model.optimizer.variables, *model.metrics_variables]
    before = [np.array(each.value) for each in variables]
    with preserve_state(model):
        experiment(ExperimentContext(spec, run), {"gradients": gradients})
        assert all(np.array_equal(one, two.value) for one, two in zip(before, variables, strict=True))


def distance(v):
    return ops.sqrt(ops.sum(ops.square(v[0] - v[1]), axis=1, keepdims=True))


def test_a_rare_pair_of_equal_inputs():
    one, two = keras.Input((6,)), keras.Input((6,))
    tower = L.Dense(4)
    apart = L.Lambda(distance, output_shape=(1,), name="distance")([tower(one), tower(two)])
    x = [np.tile(X, (6, 1)), np.tile(X, (6, 1)) + 1]
    x[1][-1] = x[0][-1]  # one pair among 576
    run = measured(keras.Model([one, two], L.Dense(1, "sigmoid")(apart)), x, np.ones((576, 1)), "binary_crossentropy")
    record = run.experiments.gradients
    assert record.finite_loss
    assert record.non_finite
    found = finding(run, "non-finite-gradient")
    assert found.outcome == "fault"
    assert "the square root within `keras.ops.sqrt`, whose derivative is infinite at 0," in found.message
    assert "in the layer 'distance', at test_gradients.py:" in found.message


def test_a_loss_that_is_not_finite():
    run = measured(sequential(L.Dense(1)), X, Y, lambda y, _: ops.mean(ops.log(y - y)))
    message = finding(run, "non-finite-gradient").message
    assert message.startswith("The loss is NaN or infinite before the first step")
    assert "The cause is the logarithm within `keras.ops.log`, which is infinite at 0" in message
    assert "in the loss function, at test_gradients.py:" in message


class OwnStep(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = L.Dense(1)

    def call(self, x):
        return self.dense(x)

    def train_step(self, state, data):
        return super().train_step(state, data)


def test_a_training_step_of_its_own_is_not_concerned():
    run = measured(OwnStep(), X, Y)
    assert run.experiments.gradients is None
    assert finding(run, "non-finite-gradient").outcome == "not applicable"
    assert finding(run, "outputs-outweighed").outcome == "not applicable"


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.one, self.two = L.Dense(4, "relu"), L.Dense(1)

    def call(self, x):
        return {"value": self.two(self.one(x)), "norm": ops.sum(self.one(x), axis=1, keepdims=True)}


def test_a_subclassed_model_with_outputs_by_name():
    y = {"value": Y, "norm": Y}
    run = measured(Subclassed(), X, y, {"value": "mse", "norm": "mse"})
    assert {each.output for each in run.experiments.gradients.outputs} == {"value", "norm"}
    assert all(each.loss > 0 and each.gradient > 0 for each in run.experiments.gradients.outputs)


def test_a_model_for_one_number_of_rows():
    x = keras.Input(batch_shape=(48, 6))
    run = measured(keras.Model(x, L.Dense(1)(x)), X, Y, batch_size=48)
    assert (run.experiments.gradients.batch, run.experiments.gradients.rows) == (48, 96)


@pytest.mark.parametrize(
    ("losses", "weights", "outcome"),
    [
        (LOSSES, None, "fault"),
        (LOSSES, [1.0, 1.0], "fault"),
        (LOSSES, [1.0, 1e-3], "not applicable"),
        ({"kind": LOSSES[0], "amount": "mse"}, None, "fault"),
        ({"kind": LOSSES[0], "amount": "mse"}, {"kind": 1.0, "amount": 1e-3}, "not applicable"),
    ],
)
def test_an_output_in_thousands(losses, weights, outcome):
    model, y = two_heads(), kinds_and_amounts(1000.0)
    run = measured(model, X, y, losses, loss_weights=weights)
    spec = TrainingSpec.from_fit(model, X, y)
    found = finding(run, "outputs-outweighed")
    assert found.outcome == outcome
    if outcome == "fault":
        assert found.evidence[0].where == "amount"
        assert "outweighs that of 'kind' (1." in found.message
        (edits,) = scale_target.propose(Case(found, run, spec))
        assert edits == (ScaleTargets("1"),)
    assert 0.5 < run.experiments.gradients.outputs[0].loss < 5


def test_outputs_that_share_no_weights_are_not_compared():
    x = keras.Input((6,))
    model = keras.Model(x, [L.Dense(3, "softmax", name="kind")(x), L.Dense(1, name="amount")(x)])
    run = measured(model, X, kinds_and_amounts(1000.0), LOSSES)
    assert finding(run, "outputs-outweighed").outcome == "not applicable"


def test_weights_in_float16():
    model = sequential(L.Dense(8, "relu", dtype="float16"), L.Dense(1, dtype="float16"), dtype="float16")
    assert finding(static(model, X, Y), "epsilon-below-precision").outcome == "fault"
