"""Tables 11-3 and 11-4 as Setups for a Dataset."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from trainwell.errors import InputError
from trainwell.recipes import DEFAULT, RECIPES, SELF_NORMALIZING, find_recipe
from trainwell.recipes.recipe import _net_for, _widths_for
from trainwell.techniques import OneCycle

BOTH = pytest.mark.parametrize("recipe", [DEFAULT, SELF_NORMALIZING], ids=lambda recipe: recipe.name)


def layers_of(spec, kind):
    return [layer for layer in spec.model.layers if isinstance(layer, kind)]


def hidden(spec):
    return [layer for layer in layers_of(spec, keras.layers.Dense) if layer.name != "output"]


def test_table_11_3(arrays):
    spec = DEFAULT.spec(arrays(), depth=4)
    assert len(hidden(spec)) == 4
    for layer in hidden(spec):
        assert isinstance(layer.kernel_initializer, keras.initializers.HeNormal)
        assert layer.kernel_regularizer.l2 == pytest.approx(6 / len(spec.data["y"]))
        assert layer.use_bias is False
    assert [layer.activation.__name__ for layer in layers_of(spec, keras.layers.Activation)] == ["elu"] * 4
    assert len(layers_of(spec, keras.layers.BatchNormalization)) == 4
    assert layers_of(spec, (keras.layers.Dropout, keras.layers.AlphaDropout)) == []
    assert type(spec.compile["optimizer"]) is keras.optimizers.Nadam


def test_the_penalty_weighs_less_the_more_rows_there_are(arrays):
    few, many = (hidden(DEFAULT.spec(arrays(rows=rows), depth=1))[0].kernel_regularizer.l2 for rows in (50, 500))
    assert few == pytest.approx(10 * many)


def test_table_11_4(arrays):
    spec = SELF_NORMALIZING.spec(arrays(), depth=6)
    assert len(hidden(spec)) == 6
    for layer in hidden(spec):
        assert isinstance(layer.kernel_initializer, keras.initializers.LecunNormal)
        assert layer.kernel_regularizer is None
        assert layer.use_bias is True
    assert [layer.activation.__name__ for layer in layers_of(spec, keras.layers.Activation)] == ["selu"] * 6
    assert layers_of(spec, keras.layers.BatchNormalization) == []
    assert [layer.rate for layer in layers_of(spec, keras.layers.AlphaDropout)] == pytest.approx([0.05 * 4 / 6] * 6)
    assert layers_of(spec, keras.layers.Dropout) == []
    optimizer = spec.compile["optimizer"]
    assert (type(optimizer), optimizer.momentum, optimizer.nesterov) == (keras.optimizers.SGD, 0.9, True)


@pytest.mark.parametrize(("depth", "normalized"), [(1, 0), (3, 0), (4, 4), (5, 5)])
def test_a_dense_net_counts_as_deep_from_four_hidden_layers_on(arrays, depth, normalized):
    spec = DEFAULT.spec(arrays(), depth=depth)
    assert len(hidden(spec)) == depth
    assert len(layers_of(spec, keras.layers.BatchNormalization)) == normalized


@pytest.mark.parametrize(("blocks", "normalized"), [(2, 0), (3, 4)])
def test_a_conv_net_counts_its_dense_layer_as_a_hidden_one(images, blocks, normalized):
    spec = DEFAULT.spec(images((8, 8)), net="conv", depth=blocks, units=1)
    assert len(layers_of(spec, keras.layers.BatchNormalization)) == normalized
    assert all(layer.use_bias is not bool(normalized) for layer in layers_of(spec, keras.layers.Conv2D))


@BOTH
def test_one_cycle_over_all_steps(recipe, arrays):
    spec = recipe.spec(arrays(rows=100), epochs=7, batch_size=16)
    before = spec.compile["optimizer"]
    schedule = recipe.follow_one_cycle(spec, 0.03)
    assert isinstance(schedule, OneCycle)
    assert (schedule.peak, schedule.steps) == (0.03, 4 * 7), "60 training rows in batches of 16, 7 epochs"
    optimizer = spec.compile["optimizer"]
    assert optimizer is not before
    assert type(optimizer) is type(before)
    differing = {"name", "learning_rate"}
    expected = {name: value for name, value in before.get_config().items() if name not in differing}
    assert {name: value for name, value in optimizer.get_config().items() if name not in differing} == expected
    spec.compiled()
    assert float(optimizer.learning_rate) == pytest.approx(0.003), "a tenth of the peak to begin with"


@pytest.mark.parametrize(
    ("classes", "units", "activation", "loss", "metric"),
    [
        ("", 1, "linear", "mse", "mae"),
        ("ab", 1, "sigmoid", "binary_crossentropy", "accuracy"),
        ("abc", 3, "softmax", "sparse_categorical_crossentropy", "accuracy"),
    ],
)
@BOTH
def test_the_head_and_the_loss_fit_the_task(recipe, arrays, classes, units, activation, loss, metric):
    spec = recipe.spec(arrays(classes=classes))
    output = spec.model.get_layer("output")
    assert (output.units, output.activation.__name__) == (units, activation)
    assert spec.model.output.shape == (None, units)
    assert (spec.compile["loss"], spec.compile["metrics"]) == (loss, [metric])
    assert output.kernel_regularizer is None


def test_a_regression_target_is_scaled_and_the_model_gives_it_back(arrays):
    dataset = arrays(classes="")
    spec = DEFAULT.spec(dataset, epochs=1)
    assert spec.target_offset == pytest.approx(dataset.train.y.mean())
    assert spec.target_scale == pytest.approx(dataset.train.y.std())
    assert spec.data["y"].dtype == np.float32
    assert (spec.data["y"].mean(), spec.data["y"].std()) == (pytest.approx(0, abs=1e-5), pytest.approx(1, abs=1e-5))
    _, validation = spec.data["validation_data"]
    restored = validation * spec.target_scale + spec.target_offset
    np.testing.assert_allclose(restored, dataset.validation.y, rtol=1e-5)
    spec.compiled().fit(**spec.data, **spec.fit, verbose=0)
    x = dataset.test.x
    expected = spec.model.predict(x, verbose=0) * spec.target_scale + spec.target_offset
    np.testing.assert_allclose(spec.finished_model().predict(x, verbose=0), expected, rtol=1e-5)


def test_a_target_that_does_not_vary_is_only_centred(dataset_of):
    dataset = dataset_of(np.zeros((20, 2), "float32"), np.full(20, 7, "float32"), "array")
    spec = DEFAULT.spec(dataset)
    assert (spec.target_offset, spec.target_scale) == (7.0, 1.0)
    np.testing.assert_array_equal(spec.data["y"], np.zeros(12, "float32"))


def test_class_numbers_stay_as_they_are(arrays):
    dataset = arrays()
    spec = DEFAULT.spec(dataset)
    assert spec.data["y"] is dataset.train.y
    assert spec.data["x"] is dataset.train.x
    assert spec.data["validation_data"] == (dataset.validation.x, dataset.validation.y)
    assert (spec.target_offset, spec.target_scale) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("depth", "units", "widths"),
    [
        (None, None, [64, 32]),
        (1, None, [64]),
        (4, None, [64, 32, 32, 32]),
        (None, 10, [10, 10]),
        (3, 10, [10] * 3),
    ],
)
def test_widths_for_tables_and_arrays(arrays, depth, units, widths):
    assert _widths_for(arrays(), depth, units) == widths


def test_images_get_the_chapters_300_and_100(images):
    assert [layer.units for layer in hidden(DEFAULT.spec(images()))] == [300, 100]


@pytest.mark.parametrize(("side", "filters"), [(32, [1, 2]), (33, [1, 2, 4])])
def test_blocks_by_the_images_side(images, side, filters):
    spec = DEFAULT.spec(images((side, 2), rows=5), net="conv", units=1)
    assert [layer.filters for layer in layers_of(spec, keras.layers.Conv2D)] == filters


def test_large_images_get_convolutions_and_it_is_said(images):
    spec = DEFAULT.spec(images((64, 65, 3), rows=5), units=1)
    assert len(layers_of(spec, keras.layers.Conv2D)) == 4, "one block more for each doubling above 32"
    assert spec.notes == ("Images of 64×65 pixels: a convolutional net (--net dense for a dense one).",)
    assert DEFAULT.spec(images((64, 65, 3), rows=5), net="dense", units=1, depth=1).notes == ()
    assert _net_for(images((64, 64, 3), rows=5)) == "dense", "the border itself"


@pytest.mark.parametrize(
    ("rows", "batch_size", "epochs"), [(40, 32, 30), (2200, 32, 24), (50_000, 32, 20), (5000, 1, 20)]
)
def test_epochs_by_the_number_of_steps(dataset_of, rows, batch_size, epochs):
    dataset = dataset_of(np.zeros((rows, 1), "float32"), np.zeros(rows, "float32"), "array")
    assert DEFAULT.spec(dataset, batch_size=batch_size).fit == {
        "epochs": epochs,
        "batch_size": batch_size,
        "shuffle": True,
    }


@pytest.mark.slow
@pytest.mark.parametrize(("recipe", "depth"), [(DEFAULT, 4), (SELF_NORMALIZING, 2)])
def test_it_learns(recipe, depth, dataset_of):
    generator = np.random.default_rng(0)
    x = generator.normal(5, 3, (300, 2)).astype("float32")
    y = (x[:, 0] + x[:, 1] > 10).astype("int32")
    keras.utils.set_random_seed(0)
    spec = recipe.spec(dataset_of(x, y, "array", ("no", "yes")), depth=depth, units=16, epochs=12)
    recipe.follow_one_cycle(spec, 0.02)
    history = spec.compiled().fit(**spec.data, **spec.fit, verbose=0).history
    assert history["val_accuracy"][-1] > 0.85


def test_recipes_are_found_by_name():
    assert find_recipe("default") is DEFAULT
    assert find_recipe("self-normalizing") is SELF_NORMALIZING
    assert list(RECIPES) == ["default", "self-normalizing"]
    assert (DEFAULT.source, SELF_NORMALIZING.source) == ("Table 11-3", "Table 11-4")


def test_a_misspelt_recipe_is_guessed():
    with pytest.raises(InputError, match="There is no recipe 'self-normalising'") as caught:
        find_recipe("self-normalising")
    assert caught.value.hint == "Did you mean 'self-normalizing'? The recipes are: default, self-normalizing."


def test_another_word_is_not_guessed():
    with pytest.raises(InputError) as caught:
        find_recipe("xyz")
    assert caught.value.hint == "The recipes are: default, self-normalizing."


def test_an_unknown_net_is_refused(images):
    with pytest.raises(InputError, match="There is no net 'transformer'") as caught:
        DEFAULT.spec(images(), net="transformer")
    assert caught.value.hint == "The nets are: dense, conv."


@pytest.mark.parametrize("kind", ["table", "array"])
def test_convolutions_need_images(table, arrays, kind):
    dataset = table() if kind == "table" else arrays()
    with pytest.raises(InputError, match=f"needs images, and toy is a.* {kind}") as caught:
        DEFAULT.spec(dataset, net="conv")
    assert "--net dense" in caught.value.hint


@pytest.mark.parametrize("name", ["depth", "units", "epochs", "batch_size"])
@pytest.mark.parametrize("value", [0, -3])
def test_numbers_below_one_are_refused_by_their_options_name(arrays, name, value):
    with pytest.raises(InputError, match=f"--{name.replace('_', '-')} must be at least 1, not {value}") as caught:
        DEFAULT.spec(arrays(), **{name: value})
    assert caught.value.hint
