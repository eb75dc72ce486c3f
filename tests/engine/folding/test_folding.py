"""Folded models against unfolded ones: weights, logs, evaluation; the model as it was; states there and back."""

from __future__ import annotations

import random

import jax
import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trainwell.engine import compat, state
from trainwell.engine.folding import Folding, why_not

L = keras.layers


def deep(hidden=5, units=8, **arguments):
    layers = [L.Dense(units, "selu", **arguments) for _ in range(hidden)]
    return keras.Sequential([keras.Input((64,)), *layers, L.Dense(10, "softmax")])


def two_widths():
    wide = [L.Dense(12, "tanh", kernel_regularizer=keras.regularizers.L1L2(1e-3, 1e-2)) for _ in range(5)]
    narrow = [layer for _ in range(5) for layer in (L.Dense(8, kernel_constraint="non_neg"), L.LeakyReLU())]
    return keras.Sequential(
        [keras.Input((64,)), L.BatchNormalization(), *wide, L.Dropout(0.2, seed=3), *narrow, L.Dense(10, "softmax")]
    )


def partly_frozen():
    model = deep(9)
    for layer in model.layers[:5]:
        layer.trainable = False
    return model


def functional():
    inputs = x = keras.Input((64,), name="pixels")
    for _ in range(5):
        x = L.LayerNormalization()(L.Dense(8, "relu")(x))
    y = L.Add()([L.Dense(8)(inputs), x])
    for _ in range(4):
        y = L.Dense(8, "elu", use_bias=False)(y)
    return keras.Model(inputs, L.Dense(10, "softmax")(L.Concatenate()([x, y])))


NETS = {
    "two widths": (two_widths, [["dense_1"], ["leaky_re_lu", "dense_6"]], [4, 4]),
    "frozen part": (partly_frozen, [["dense_1"], ["dense_5"]], [4, 4]),
    "functional": (functional, [["layer_normalization", "dense_1"], ["dense_6"]], [4, 4]),
}


@pytest.mark.heavy
@pytest.mark.parametrize("net", NETS)
def test_weights_logs_and_optimizer_are_those_of_the_unfolded_model(net, compiled, assert_trains_the_same, digits):
    keras.utils.set_random_seed(1)
    build, *_ = NETS[net]
    keras.backend.clear_session()
    model = compiled(build(), keras.optimizers.Adam(0.003))
    folding, values = assert_trains_the_same(model)
    expected_first_blocks, blocks = NETS[net][1:]
    assert [run[: len(block)] for run, block in zip(folding.runs, expected_first_blocks, strict=True)] == (
        expected_first_blocks
    )
    assert [len(run.blocks) for run in folding.shadow.stacks.runs] == blocks
    tested = values[0], values[1], values[3]
    batch = digits[0][:50], digits[1][:50]
    logs, after = jax.jit(model.test_step)(tested, batch)
    folded_logs, folded_after = jax.jit(folding.test_step)(folding.fold(tested), batch)
    assert folded_logs.keys() == logs.keys() == {"loss", "accuracy"}
    for one, other in zip(
        jax.tree.leaves((folded_logs, folding.unfold(folded_after))), jax.tree.leaves((logs, after)), strict=True
    ):
        np.testing.assert_allclose(np.asarray(one, "float64"), np.asarray(other, "float64"), rtol=1e-5, atol=1e-6)


@pytest.mark.heavy
def test_several_outputs_with_weights_and_metrics(assert_trains_the_same, digits):
    x, y = digits
    left, right = keras.Input((32,), name="left"), keras.Input((32,), name="right")
    both = L.Concatenate()([left, right])
    for _ in range(5):
        both = L.Dense(8, "tanh")(both)
    outputs = {"digit": L.Dense(10, "softmax", name="digit")(both), "ink": L.Dense(1, name="ink")(both)}
    model = keras.Model({"left": left, "right": right}, outputs)
    batch = (
        {"left": x[:32, :32], "right": x[:32, 32:]},
        {"digit": y[:32], "ink": x[:32].mean(axis=1, keepdims=True)},
        {"digit": np.linspace(0, 1, 32), "ink": np.ones(32)},
    )
    model.compile(
        keras.optimizers.SGD(0.1, momentum=0.9),
        {"digit": "sparse_categorical_crossentropy", "ink": "mse"},
        loss_weights={"digit": 1.0, "ink": 0.5},
        metrics={"digit": "accuracy"},
        weighted_metrics={"ink": "mae"},
    )
    compat.build(model, lambda: batch)
    folding, _ = assert_trains_the_same(model, steps=3, batches=[jax.tree.map(np.asarray, batch)])
    assert folding.shadow.metrics_names == model.metrics_names


def test_a_loss_may_read_the_weights_of_folded_layers(compiled, assert_trains_the_same):
    model = deep()

    def with_penalty(y_true, y_pred):
        penalty = sum(keras.ops.sum(keras.ops.square(layer.kernel)) for layer in model.layers)
        return keras.losses.sparse_categorical_crossentropy(y_true, y_pred) + 0.01 * penalty

    assert_trains_the_same(compiled(model, "sgd", with_penalty), steps=3)


def test_a_layer_may_read_the_weights_of_folded_ones(compiled, assert_trains_the_same):
    hidden = [L.Dense(8, "tanh") for _ in range(5)]
    inputs = x = keras.Input((64,))
    for layer in hidden:
        x = layer(x)
    x = L.Lambda(lambda x: x @ keras.ops.transpose(hidden[2].kernel), output_shape=(8,))(x)
    assert_trains_the_same(compiled(keras.Model(inputs, L.Dense(10, "softmax")(x))), steps=3)


@pytest.mark.heavy
def test_a_mask_that_appears_while_running_is_handed_on(compiled, assert_trains_the_same):
    tokens = keras.Input((7,))
    embedded = keras.Sequential([keras.Input((7,)), L.Embedding(9, 8, mask_zero=True)])(tokens)
    x = embedded
    for _ in range(5):
        x = L.Dense(8, "tanh")(x)
    model = keras.Model(tokens, L.Dense(3, "softmax")(L.GlobalAveragePooling1D()(x)))
    generator = np.random.default_rng(0)
    batch = generator.integers(0, 3, (32, 7)), generator.integers(0, 3, 32)
    assert_trains_the_same(compiled(model, batch=batch), steps=3, batches=[batch])


def test_the_learning_rate_travels_in_the_state(compiled, assert_trains_the_same):
    model = compiled(deep(), keras.optimizers.SGD(0.1))
    assert model.optimizer.variables[1] is model.optimizer.learning_rate

    def halve(values):
        trainable, other, (iterations, rate), metrics = values
        return trainable, other, [iterations, rate / 2], metrics

    _, values = assert_trains_the_same(model, steps=4, between=halve)
    assert float(values[2][1]) == pytest.approx(0.1 / 16)


@pytest.mark.heavy
def test_the_model_and_all_generators_are_as_they_were(compiled):
    model = compiled(two_widths(), keras.optimizers.Nadam())
    layers = model._flatten_layers()
    metrics = model.metrics

    def snapshot():
        return (
            [
                {name: id(value) for name, value in vars(part).items()}
                for part in (model, model.optimizer, *metrics, *layers)
            ],
            [list(map(id, (*layer._inbound_nodes, *layer._outbound_nodes))) for layer in layers],
            [np.asarray(value).tolist() for value in jax.tree.leaves(state.train_state(model))],
        )

    def draws_and_names():
        names = L.Dense(1).name, keras.Variable(1.0).name, keras.optimizers.Nadam().name, keras.Sequential().name
        numbers = [int(name.rsplit("_", 1)[1]) for name in names]
        return numbers, random.random(), np.random.rand(), keras.random.uniform((2,)).tolist()  # noqa: NPY002

    keras.utils.set_random_seed(5)
    draws_and_names()
    numbers, *draws = draws_and_names()
    keras.utils.set_random_seed(5)
    draws_and_names()
    before = snapshot()
    folding = Folding.of(model, fewest_blocks=4)
    jax.jit(folding.train_step).lower(folding.fold(state.train_state(model)), (np.ones((2, 64)), np.ones(2)))
    assert snapshot() == before
    assert draws_and_names() == ([number + 2 for number in numbers], *draws)


def test_the_shadow_s_own_variables_hold_no_memory(compiled):
    folding = Folding.of(compiled(deep(), "adam"), fewest_blocks=4)
    own = [stack.variable for stack in folding.shadow.stacks.all] + folding.shadow.optimizer.variables
    assert all(variable._value is None for variable in own)


def test_it_fits_until_what_is_trained_changes(compiled):
    model = compiled(deep(), "adam")
    folding = Folding.of(model, fewest_blocks=4)
    model.optimizer.learning_rate = 0.5
    assert folding.fits(model)
    model.optimizer.learning_rate = keras.optimizers.schedules.ExponentialDecay(0.1, 5, 0.9)
    assert not folding.fits(model)
    folding = Folding.of(model, fewest_blocks=4)
    assert folding.fits(model)
    model.layers[2].trainable = False
    assert not folding.fits(model)
    assert not folding.fits(compiled(deep(), "adam"))


def test_a_state_of_another_model_is_rejected(compiled):
    folding = Folding.of(compiled(deep(5), "adam"), fewest_blocks=4)
    with pytest.raises(ValueError, match="the model has changed since"):
        folding.fold(state.train_state(compiled(deep(6), "adam")))


@pytest.mark.heavy
@settings(deadline=None, max_examples=8)
@given(
    blocks=st.integers(4, 7),
    period=st.integers(1, 3),
    bias=st.booleans(),
    optimizer=st.sampled_from([keras.optimizers.SGD, keras.optimizers.Nadam, keras.optimizers.Ftrl]),
    use_ema=st.booleans(),
)
def test_unfold_is_the_inverse_of_fold(blocks, period, bias, optimizer, use_ema):
    block = [(L.Dense, {"units": 3, "use_bias": bias}), (L.LayerNormalization, {}), (L.LeakyReLU, {})][:period]
    layers = [make(**arguments) for _ in range(blocks) for make, arguments in block]
    model = keras.Sequential([keras.Input((3,)), L.BatchNormalization(), *layers, L.Dense(1)])
    model.compile(optimizer(use_ema=use_ema), "mse", metrics=["mae"])
    compat.build(model, lambda: (np.ones((2, 3), "float32"), np.ones((2, 1), "float32")))
    folding = Folding.of(model, fewest_blocks=4)
    assert [len(run) for run in folding.runs] == [blocks * period]
    generator = np.random.default_rng(0)
    values = jax.tree.map(
        lambda value: jax.device_put(generator.normal(size=value.shape).astype(value.dtype)), state.train_state(model)
    )
    for part in (values, (values[0], values[1], values[3])):
        folded = folding.fold(part)
        assert [value.shape for value in folded[0]] == [v.shape for v in folding.shadow.trainable_variables]
        jax.tree.map(np.testing.assert_array_equal, folding.unfold(folded), part)


class OwnModel(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = [L.Dense(8) for _ in range(6)]

    def call(self, x):
        for layer in self.hidden:
            x = layer(x)
        return x


class OwnStep(keras.Sequential):
    def train_step(self, *arguments):
        return super().train_step(*arguments)


class OwnLoss(keras.Model):
    def compute_loss(self, *arguments, **named):
        return 2 * super().compute_loss(*arguments, **named)


def own_loss():
    model = deep()
    return OwnLoss(inputs=model.inputs, outputs=model.outputs)


def patched():
    model = deep()
    model.compute_loss = lambda *_, **__: 0.0
    return model


def untrainable():
    model = deep()
    model.trainable = False
    return model


REFUSED = {
    "subclassed": (OwnModel, "OwnModel is neither a built Sequential model nor a Functional one"),
    "own train_step": (lambda: OwnStep(deep().layers), "OwnStep is neither"),
    "own compute_loss": (own_loss, "OwnLoss is neither"),
    "own method": (patched, "a method of its own, compute_loss()"),
    "nothing to train": (untrainable, "nothing to train"),
    "shallow": (lambda: deep(4), "no 4 layers in a row, or groups of them, are alike and can be folded"),
}


@pytest.mark.parametrize(("build", "words"), REFUSED.values(), ids=REFUSED)
def test_a_model_that_is_not_folded_says_why(build, words, digits):
    model = build()
    model.compile("sgd", "sparse_categorical_crossentropy")
    if not model.built:
        model(digits[0][:2])
    model.optimizer.build(model.trainable_variables)
    assert words in why_not(model, fewest_blocks=4)
    assert Folding.of(model, fewest_blocks=4) is None


def test_a_model_that_is_not_compiled_or_not_built_says_why():
    assert why_not(deep()) == "the model is not compiled with an optimizer"
    model = keras.Sequential([L.Dense(8) for _ in range(6)])
    model.compile("sgd", "mse")
    assert why_not(model) == "Sequential is neither a built Sequential model nor a Functional one"


def test_by_default_only_long_runs_are_folded(compiled):
    assert "no 48 layers in a row" in why_not(compiled(deep(48)))
    assert why_not(compiled(deep(49))) == ""
