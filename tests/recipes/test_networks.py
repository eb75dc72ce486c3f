"""The stacks of hidden layers, layer by layer."""

from __future__ import annotations

from types import SimpleNamespace

import keras
import pytest

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
