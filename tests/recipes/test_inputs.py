"""The first layers of a recipe's model scale numbers and take codes apart."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trainwell.recipes import DEFAULT
from trainwell.recipes.inputs import _standardize_columns, input_layers


def scaled(dataset, x=None):
    """What comes out of the built model's layer `standardize`."""
    model = DEFAULT.spec(dataset, depth=1, units=1).model
    inputs = model.input["numeric"] if isinstance(model.input, dict) else model.input
    x = dataset.train.x if x is None else x
    x = x["numeric"] if isinstance(x, dict) else x
    return np.asarray(keras.Model(inputs, model.get_layer("standardize").output)(x))


def features(dataset, x=None):
    inputs, tensor = input_layers(dataset)
    return np.asarray(keras.Model(inputs, tensor)(dataset.train.x if x is None else x))


def test_columns_of_a_table_come_out_with_mean_0_and_deviation_1(table):
    values = scaled(table(columns=4, sizes=(), classes=()))
    np.testing.assert_allclose(values.mean(axis=0), np.zeros(4), atol=1e-5)
    np.testing.assert_allclose(values.std(axis=0), np.ones(4), atol=1e-5)


@pytest.mark.heavy
@pytest.mark.parametrize("shape", [(5,), (1,), (4, 3)])
def test_each_feature_of_an_array_comes_out_with_mean_0_and_deviation_1(arrays, shape):
    values = scaled(arrays(shape))
    assert values.shape[1:] == shape
    np.testing.assert_allclose(values.mean(axis=0), np.zeros(shape), atol=1e-5)
    np.testing.assert_allclose(values.std(axis=0), np.ones(shape), atol=1e-5)


def test_grey_images_are_scaled_as_a_whole(images):
    dataset = images((6, 6))
    values = scaled(dataset)
    assert (values.mean(), values.std()) == (pytest.approx(0, abs=1e-5), pytest.approx(1, abs=1e-5))
    assert values.shape == dataset.train.x.shape
    ordered = values.reshape(-1)[np.argsort(dataset.train.x, axis=None)]
    assert (np.diff(ordered) >= 0).all(), "one scale for all pixels"


def test_colours_are_scaled_one_by_one(dataset_of):
    generator = np.random.default_rng(0)
    pixels = np.stack([generator.integers(0, top, (30, 5, 4)) for top in (20, 120, 256)], axis=-1).astype("uint8")
    values = scaled(dataset_of(pixels, np.arange(30, dtype="int32") % 3, "image", "abc"))
    np.testing.assert_allclose(values.mean(axis=(0, 1, 2)), np.zeros(3), atol=1e-5)
    np.testing.assert_allclose(values.std(axis=(0, 1, 2)), np.ones(3), atol=1e-5)


def test_the_means_are_those_of_the_training_part_alone(dataset_of):
    x = np.concatenate([np.tile([[0.0], [2.0]], (30, 1)), np.full((40, 1), 1e6)]).astype("float32")
    dataset = dataset_of(x, np.zeros(100, "float32"), "array")
    np.testing.assert_allclose(scaled(dataset)[:2], [[-1.0], [1.0]], atol=1e-6)
    assert scaled(dataset, dataset.test.x).min() == pytest.approx(1e6 - 1)


def test_many_white_pixels_do_not_overflow(dataset_of):
    pixels = np.full((100, 40, 40), 255, "uint8")
    pixels[:30] = 0
    values = scaled(dataset_of(pixels, np.arange(100, dtype="int32") % 3, "image", "abc"))
    assert sorted(set(values.reshape(-1).round(4).tolist())) == [-1.0, 1.0]


@pytest.mark.parametrize("value", [0.0, 1.0, -7.25, 1e6, 1e-6, 123456.789])
def test_a_column_that_does_not_vary_comes_out_as_zero(dataset_of, value):
    x = np.full((50, 2), value, "float32")
    x[:, 1] = np.linspace(-1, 1, 50)
    dataset = dataset_of(x, np.zeros(50, "float32"), "array")
    np.testing.assert_allclose(scaled(dataset)[:, 0], np.zeros(30), atol=1e-6)
    later = scaled(dataset, np.array([[value + 1, 0.0]], "float32"))
    assert np.isfinite(later).all()
    assert later[0, 0] == pytest.approx(np.float32(value + 1) - np.float32(value), abs=1e-6), "centred, not blown up"


@pytest.mark.parametrize("shape", [(6, 6), (6, 6, 3)])
def test_images_of_one_colour_stay_finite(dataset_of, shape):
    pixels = np.full((30, *shape), 200, "uint8")
    values = scaled(dataset_of(pixels, np.arange(30, dtype="int32") % 3, "image", "abc"))
    np.testing.assert_array_equal(values, np.zeros_like(values))


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1), st.floats(-1e3, 1e3), st.floats(1.0, 1e3), st.sampled_from([2, 50]))
def test_any_column_that_varies_is_standardised(seed, centre, deviation, rows):
    values = np.random.default_rng(seed).normal(centre, deviation, (rows, 1)).astype("float32")
    out = np.asarray(_standardize_columns(values)(values))
    assert np.isfinite(out).all()
    assert out.mean() == pytest.approx(0, abs=1e-2)
    assert out.std() == pytest.approx(1, abs=1e-2)


@pytest.mark.parametrize(("centre", "deviation"), [(101_325, 30.0), (2000, 0.5), (1.6e9, 1e5)])
def test_a_small_spread_around_a_large_mean_is_a_spread(centre, deviation):
    values = np.random.default_rng(0).normal(centre, deviation, (500, 1)).astype("float32")
    assert np.asarray(_standardize_columns(values)(values)).std() == pytest.approx(1, abs=0.01)


def test_a_column_in_a_tiny_unit_is_standardised():
    values = np.random.default_rng(0).normal(0, 1e-9, (500, 1)).astype("float32")
    assert np.asarray(_standardize_columns(values)(values)).std() == pytest.approx(1, abs=0.01)


def test_up_to_16_codes_are_one_hot_and_more_are_embedded(table):
    model = DEFAULT.spec(table()).model
    kinds = [type(layer).__name__ for layer in model.layers if layer.name.startswith(("one_hot", "embedding"))]
    assert sorted(kinds) == ["CategoryEncoding", "CategoryEncoding", "Embedding", "Embedding"]
    assert model.get_layer("one_hot_1").output.shape == (None, 16)
    assert model.get_layer("embedding_2").output.shape == (None, round(17**0.5) + 1)
    assert model.get_layer("embedding_3").output.shape == (None, 11)
    assert model.get_layer("features").output.shape == (None, 3 + 5 + 16 + 5 + 11)


def test_an_embedding_has_32_columns_at_most(table):
    model = DEFAULT.spec(table(columns=0, sizes=(1000,))).model
    assert model.get_layer("embedding_0").output.shape == (None, 32)


def test_a_one_hot_code_is_a_one_in_its_place(table):
    dataset = table(columns=0, sizes=(4, 6))
    codes = np.array([[0, 1], [3, 5], [1, 0]], "int32")
    expected = np.concatenate([np.eye(4)[codes[:, 0]], np.eye(6)[codes[:, 1]]], axis=1)
    np.testing.assert_array_equal(features(dataset, {"codes": codes}), expected)


def test_numbers_come_before_codes(table):
    dataset = table(columns=2, sizes=(4,))
    out = features(dataset)
    np.testing.assert_allclose(out[:, :2].std(axis=0), np.ones(2), atol=1e-5)
    np.testing.assert_array_equal(out[:, 2:], np.eye(4)[dataset.train.x["codes"][:, 0]])


def test_codes_that_training_never_saw_have_a_place(table):
    dataset = table()
    assert dataset.train.x["codes"].min() >= 2
    model = DEFAULT.spec(dataset).model
    x = {"numeric": np.zeros((2, 3), "float32"), "codes": np.array([[0] * 4, [1] * 4], "int32")}
    values = model.predict(x, verbose=0)
    assert values.shape == (2, 1)
    assert np.isfinite(values).all()
    assert values[0, 0] != values[1, 0], "missing and other are two codes"


@pytest.mark.parametrize(("columns", "sizes", "width"), [(3, (), 3), (0, (5,), 5), (0, (20,), 5), (1, (5,), 6)])
def test_either_kind_of_column_may_be_absent(table, columns, sizes, width):
    dataset = table(columns=columns, sizes=sizes)
    assert features(dataset).shape == (36, width)
    assert set(DEFAULT.spec(dataset).model.input) == set(dataset.train.x)


def test_inputs_keep_their_names_and_types(table, images):
    inputs = DEFAULT.spec(table(), units=1).model.input
    assert {name: str(tensor.dtype) for name, tensor in inputs.items()} == {"numeric": "float32", "codes": "int32"}
    assert str(DEFAULT.spec(images(), units=1).model.input.dtype) == "uint8"
