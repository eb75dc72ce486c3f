"""The stacks of hidden layers, layer by layer."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import keras
import pytest

from trainwell.errors import InputError
from trainwell.recipes import DEFAULT, SELF_NORMALIZING
from trainwell.recipes.networks import conv_stack, dense_stack


def stack(build, recipe, shape, sizes, *, normalize=False):
    inputs = keras.Input(shape)
    weights = recipe.weights(SimpleNamespace(train=range(100), task="binary"))
    return keras.Model(inputs, build(recipe, inputs, sizes, normalize=normalize, weights=weights))


def kinds(model):
    return [type(layer).__name__ for layer in model.layers[1:]]


def test_dense_layers_and_activations():
    model = stack(dense_stack, DEFAULT, (6,), [6, 3])
    assert kinds(model) == ["Dense", "Activation"] * 2
    assert [layer.name for layer in model.layers[1:]] == ["dense_1", "elu_1", "dense_2", "elu_2"]
    assert [model.get_layer(f"dense_{number}").units for number in (1, 2)] == [6, 3]
    assert all(model.get_layer(f"dense_{number}").use_bias for number in (1, 2))


@pytest.mark.parametrize("shape", [(2, 3), (1, 2, 3)])
def test_images_are_flattened_first(shape):
    assert kinds(stack(dense_stack, DEFAULT, shape, [6])) == ["Flatten", "Dense", "Activation"]


def test_batch_normalization_stands_between_and_takes_the_biass_place():
    model = stack(dense_stack, DEFAULT, (6,), [6, 6], normalize=True)
    assert kinds(model) == ["Dense", "BatchNormalization", "Activation"] * 2
    assert not any(layer.use_bias for layer in model.layers if isinstance(layer, keras.layers.Dense))


def test_alpha_dropout_stands_behind_each_activation():
    model = stack(dense_stack, SELF_NORMALIZING, (6,), [6, 6])
    assert kinds(model) == ["Dense", "Activation", "AlphaDropout"] * 2
    assert model.get_layer("dropout_2").rate == 0.05


def test_a_deep_network_shares_out_the_dropout_of_four_layers():
    model = stack(dense_stack, SELF_NORMALIZING, (6,), [6] * 10)
    rates = [layer.rate for layer in model.layers if isinstance(layer, keras.layers.AlphaDropout)]
    assert rates == pytest.approx([0.05 * 4 / 10] * 10)


def test_convolutions_and_one_dense_layer():
    model = stack(conv_stack, DEFAULT, (8, 8, 1), [2, 2])
    block = ["Conv2D", "Activation", "MaxPooling2D"]
    assert kinds(model) == [*block, *block, "Flatten", "Dropout", "Dense", "Activation"]
    assert model.get_layer("conv_2").output.shape == (None, 4, 4, 2), "same padding, halved by one pooling"
    assert model.get_layer("conv_1").kernel_size == (3, 3)
    assert model.get_layer("flatten").output.shape == (None, 2 * 2 * 2)
    assert model.get_layer("dense_3").units == 128


def test_grey_images_get_their_channel():
    model = stack(conv_stack, DEFAULT, (8, 8), [2, 2])
    assert kinds(model)[0] == "Reshape"
    assert model.get_layer("channel").output.shape == (None, 8, 8, 1)


def test_convolutions_are_normalized_too():
    model = stack(conv_stack, DEFAULT, (8, 8, 1), [2], normalize=True)
    normalized = ["BatchNormalization", "Activation"]
    assert kinds(model) == ["Conv2D", *normalized, "MaxPooling2D", "Flatten", "Dropout", "Dense", *normalized]
    assert not model.get_layer("conv_1").use_bias
    assert not model.get_layer("dense_2").use_bias


@pytest.mark.parametrize("shape", [(2, 2, 1), (1, 9, 1)])
def test_pooling_stops_at_one_pixel(shape):
    model = stack(conv_stack, DEFAULT, shape, [2, 2])
    assert all(min(layer.output.shape[1:3]) >= 1 for layer in model.layers if "conv" in layer.name)
    assert model.count_params() > 0


@pytest.mark.parametrize("recipe", [DEFAULT, SELF_NORMALIZING], ids=lambda recipe: recipe.name)
def test_every_hidden_kernel_has_the_recipes_initializer_and_penalty(recipe):
    model = stack(conv_stack, recipe, (8, 8, 1), [2, 2])
    layers = [layer for layer in model.layers if hasattr(layer, "kernel_initializer")]
    assert len(layers) == 3
    for layer in layers:
        assert isinstance(layer.kernel_initializer, type(keras.initializers.get(recipe.kernel_initializer)))
        assert (layer.kernel_regularizer is not None) == bool(recipe.l2_times_rows)


def test_two_layers_do_not_begin_alike():
    keras.utils.set_random_seed(0)
    model = stack(dense_stack, DEFAULT, (6,), [6, 6])
    assert (model.get_layer("dense_1").get_weights()[0] != model.get_layer("dense_2").get_weights()[0]).any()


@pytest.mark.parametrize(
    ("kind", "layers", "biased"),
    [
        ("batch before", ["Dense", "BatchNormalization", "Activation"], False),
        ("batch after", ["Dense", "Activation", "BatchNormalization"], True),
        ("layer", ["Dense", "LayerNormalization", "Activation"], True),
    ],
)
def test_where_normalization_stands_and_whether_a_bias_is_left(kind, layers, biased):
    recipe = replace(DEFAULT, normalization=kind, normalize_from=1)
    assert recipe.normalizes(1)
    model = stack(dense_stack, recipe, (6,), [6], normalize=True)
    assert kinds(model) == layers
    assert model.get_layer("dense_1").use_bias is biased


def test_without_normalization_there_is_none_at_any_depth():
    assert not replace(DEFAULT, normalization="none", normalize_from=1).normalizes(100)


def test_an_activation_brings_its_initializer_from_the_table():
    for name, initializer in (("relu", "he_normal"), ("selu", "lecun_normal"), ("tanh", "glorot_normal")):
        assert replace(DEFAULT, activation=name, kernel_initializer="").kernel_initializer == initializer
    assert (DEFAULT.kernel_initializer, SELF_NORMALIZING.kernel_initializer) == ("he_normal", "lecun_normal")
    with pytest.raises(InputError, match="'elou' is not an activation"):
        replace(DEFAULT, activation="elou", kernel_initializer="")


def test_an_activation_that_is_a_layer_shares_its_slope_within_a_channel():
    recipe = replace(DEFAULT, activation="prelu")
    model = stack(conv_stack, recipe, (8, 8, 1), [2])
    assert model.get_layer("prelu_1").get_weights()[0].shape == (1, 1, 2)
    assert stack(dense_stack, recipe, (6,), [3]).get_layer("prelu_1").get_weights()[0].shape == (3,)


def test_penalties_and_limits_reach_every_hidden_kernel():
    recipe = replace(DEFAULT, l2_times_rows=0.0, l1_times_rows=2.0, max_norm=1.5)
    model = stack(conv_stack, recipe, (8, 8, 1), [2])
    for name in ("conv_1", "dense_2"):
        layer = model.get_layer(name)
        assert (layer.kernel_regularizer.l1, layer.kernel_regularizer.l2) == (pytest.approx(0.02), 0)
        assert layer.kernel_constraint.max_value == 1.5
        assert layer.kernel_constraint.axis == ([0, 1, 2] if name == "conv_1" else 0), "all weights into one unit"


def test_an_initializer_given_by_its_configuration_is_another_one_in_each_layer():
    scaled = {"class_name": "VarianceScaling", "config": {"scale": 2.0, "mode": "fan_avg", "distribution": "uniform"}}
    model = stack(dense_stack, replace(DEFAULT, kernel_initializer=scaled), (6,), [6, 6])
    assert (model.get_layer("dense_1").get_weights()[0] != model.get_layer("dense_2").get_weights()[0]).any()
