import keras
import numpy as np
import pytest

import trainwell as tw
from trainwell.activations import initializer_for
from trainwell.errors import InputError
from trainwell.techniques.activation_statistics import activation_statistics

ROWS = np.random.default_rng(0).normal(size=(23, 6)).astype("float32")
layers = keras.layers


def by_hand(model, x, names, **options):
    """Keras's own outputs of the layers, all rows at once."""
    inner = keras.Model(model.input, [model.get_layer(name).output for name in names])
    outputs = [np.asarray(output, dtype=np.float64) for output in inner(x, **options)]
    return [[f(output) for output in outputs] for f in (np.mean, np.std, lambda a: np.mean(a == 0))]


def small_net():
    keras.utils.set_random_seed(3)
    inputs = keras.Input((6,))
    hidden = layers.Dense(9, "relu", name="one")(inputs)
    hidden = layers.BatchNormalization(name="norm")(hidden)
    both = layers.Concatenate(name="both")([layers.Dense(5, "tanh", name="two")(hidden), inputs])
    return keras.Model(inputs, layers.Dense(2, name="last")(both))


@pytest.mark.parametrize("batch_size", [5, 23, 100])
def test_the_numbers_are_those_of_all_rows_together(batch_size):
    model = small_net()
    names = ["one", "norm", "two", "both"]
    found = activation_statistics(model, ROWS, batch_size=batch_size)
    assert found.layers == tuple(names)
    for values, wanted in zip(
        (found.mean, found.deviation, found.zero_share), by_hand(model, ROWS, names), strict=True
    ):
        np.testing.assert_allclose(values, wanted, rtol=2e-5, atol=2e-6)


def test_a_small_deviation_around_a_large_mean_is_not_cancelled():
    model = keras.Sequential([keras.Input((1,)), layers.Rescaling(1.0, offset=1000.0), layers.Dense(1)])
    x = np.repeat([[0.0], [0.5], [1.0]], 10, axis=0).astype("float32")
    found = activation_statistics(model, x, batch_size=7)
    assert found.mean == pytest.approx([1000.5])
    assert found.deviation == pytest.approx([x.std()], rel=1e-4)


def test_in_training_the_batch_s_own_statistics_are_taken_and_the_model_stays_as_it_is():
    model = small_net()
    before = [np.array(weight.value) for weight in model.weights]
    calm = activation_statistics(model, ROWS, layers=["norm"])
    stirred = activation_statistics(model, ROWS, layers=["norm"], training=True)
    assert abs(stirred.mean[0]) < 1e-5 < abs(calm.mean[0])
    for weight, value in zip(model.weights, before, strict=True):
        np.testing.assert_array_equal(weight.value, value)
    assert stirred.deviation[0] == pytest.approx(by_hand(model, ROWS, ["norm", "one"], training=True)[1][0], rel=1e-4)


def test_dropout_drops_anew_in_each_batch_and_leaves_its_generator_alone():
    dropout = layers.Dropout(0.5, seed=1)
    model = keras.Sequential([keras.Input((6,)), dropout, layers.Dense(1)])
    state = np.array(dropout.seed_generator.state.value)
    ones = np.ones((400, 6), "float32")
    found = activation_statistics(model, ones, batch_size=50, training=True)
    assert found.zero_share == pytest.approx([0.5], abs=0.05)
    np.testing.assert_array_equal(dropout.seed_generator.state.value, state)
    assert activation_statistics(model, ones).zero_share == pytest.approx([0.0])


def test_nested_models_and_second_calls_are_told_apart():
    inner = keras.Sequential([keras.Input((6,)), layers.Dense(6, "relu", name="deep")], name="inner")
    model = keras.Sequential([keras.Input((6,)), inner, layers.Dense(1)])
    assert activation_statistics(model, ROWS).layers == ("inner/deep",)
    shared, inputs = layers.Dense(6, name="shared"), keras.Input((6,))
    twice = keras.Model(inputs, layers.Dense(1)(shared(shared(inputs))))
    assert activation_statistics(twice, ROWS).layers == ("shared", "shared:2")


def test_a_subclassed_model_that_is_not_built_and_takes_no_training_is_read():
    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.hidden, self.out = layers.Dense(4, "relu", name="hidden"), layers.Dense(1)

        def call(self, inputs):
            return self.out(self.hidden(inputs["a"]))

    found = activation_statistics(Net(), {"a": ROWS})
    assert found.layers == ("hidden",)
    assert 0 < found.zero_share[0] < 1


@pytest.mark.heavy
def test_figures_are_drawn(tmp_path):
    found = activation_statistics(small_net(), ROWS)
    assert tw.report.figures.save(found.figure(), tmp_path / "depth.png", 50).stat().st_size > 1000


@pytest.fixture(scope="module")
def standardised():
    x = tw.datasets.load("fashion-mnist").train.x[:500].reshape(500, -1).astype("float32")
    return (x - x.mean(0)) / (x.std(0) + 1e-7)


def deep(activation, initializer):
    keras.utils.set_random_seed(42)
    widths = [300] + [100] * 99
    hidden = [layers.Dense(width, activation, kernel_initializer=initializer) for width in widths]
    return keras.Sequential([keras.Input((784,)), *hidden, layers.Dense(10, "softmax")])


@pytest.mark.heavy
def test_a_hundred_layers_of_selu_keep_mean_and_deviation(standardised):
    found = activation_statistics(deep("selu", initializer_for("selu")), standardised)
    assert len(found.layers) == 100
    assert np.abs(found.mean).max() < 0.3
    assert 0.7 < found.deviation.min() < found.deviation.max() < 1.4


@pytest.mark.slow
def test_a_hundred_layers_of_relu_with_keras_s_default_lose_the_signal(standardised):
    found = activation_statistics(deep("relu", "glorot_uniform"), standardised)
    assert found.deviation[0] > 0.5
    assert found.deviation[-1] < 1e-9


@pytest.mark.slow
def test_a_hundred_layers_of_sigmoid_lie_around_a_half(standardised):
    found = activation_statistics(deep("sigmoid", "glorot_uniform"), standardised)
    assert found.mean[-1] == pytest.approx(0.5, abs=0.1)
    assert found.deviation.max() < 0.3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 0}, "batch_size=0 was given, and at least 1 row"),
        ({"x": ROWS[:0]}, "x has 0 rows"),
        ({"x": [ROWS, ROWS[:3]]}, "x has 3 and 23 rows"),
        ({"layers": ["three"]}, r"layers names 'three', which was not read: the model calls no such layer\.\nChoose"),
    ],
)
def test_bad_input_is_named(options, message):
    with pytest.raises(InputError, match=message):
        activation_statistics(small_net(), **{"x": ROWS, **options})


def test_a_layer_that_only_reshapes_and_a_net_without_hidden_layers_are_refused():
    model = keras.Sequential([keras.Input((6,)), layers.Flatten(name="flat"), layers.Dense(1)])
    with pytest.raises(InputError, match="'flat', which was not read: it only arranges its inputs anew"):
        activation_statistics(model, ROWS, layers=["flat"])
    with pytest.raises(InputError, match="has no hidden layer whose output can be read"):
        activation_statistics(model, ROWS)
