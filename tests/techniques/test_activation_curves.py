import keras
import numpy as np
import pytest

from trainwell.activations import ACTIVATIONS
from trainwell.errors import InputError
from trainwell.report.figures import save
from trainwell.report.figures.saving import encode
from trainwell.report.palette import DARK, LIGHT
from trainwell.techniques.activation_curves import CHAPTER, activation_curve, activations_figure

ELEMENTWISE = [name for name, entry in ACTIVATIONS.items() if entry.elementwise and name != "threshold"]


def test_values_and_slopes_of_sigmoid_and_tanh():
    x = np.linspace(-5, 5, 1001)
    sigmoid, tanh = activation_curve("sigmoid"), activation_curve("tanh")
    np.testing.assert_allclose(sigmoid.inputs, x)
    np.testing.assert_allclose(sigmoid.outputs, 1 / (1 + np.exp(-x)), atol=1e-6)
    np.testing.assert_allclose(sigmoid.slopes, np.exp(-x) / (1 + np.exp(-x)) ** 2, atol=1e-6)
    np.testing.assert_allclose(tanh.outputs, np.tanh(x), atol=1e-6)
    np.testing.assert_allclose(tanh.slopes, 1 - np.tanh(x) ** 2, atol=1e-6)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_what_is_shaded_is_what_the_table_says(name):
    wanted = [(max(start, -8.0), min(end, 8.0)) for start, end in ACTIVATIONS[name].saturates]
    found = activation_curve(name, -8, 8).flat
    assert len(found) == len(wanted)
    np.testing.assert_allclose(found, np.reshape(wanted, np.shape(found)), atol=0.011)


def test_a_layer_with_other_settings_is_drawn_as_it_is():
    shallow = activation_curve(keras.layers.LeakyReLU(negative_slope=0.01))
    assert shallow.slopes[0] == pytest.approx(0.01)
    assert shallow.flat[0][0] == -5.0  # a slope of 0.01 is as good as flat
    assert activation_curve(keras.layers.PReLU()).slopes[0] == 0.0
    assert activation_curve("prelu").slopes[0] == pytest.approx(0.25)


def test_a_function_of_one_s_own_is_drawn():
    def bump(x):
        return keras.ops.exp(-(x**2))

    curve = activation_curve(bump)
    assert curve.title == "bump"
    assert len(curve.flat) == 2


@pytest.mark.heavy
def test_the_chapter_s_activations_are_in_the_grid():
    assert {"relu", "leaky_relu", "prelu", "elu", "selu", "tanh", "sigmoid", "gelu", "silu", "mish"} <= set(CHAPTER)
    svg = encode(activations_figure(), "svg").decode()
    assert all(ACTIVATIONS[name].title in svg for name in CHAPTER)


@pytest.mark.parametrize("style", [LIGHT, DARK], ids=lambda style: style.name)
@pytest.mark.heavy
def test_figures_are_saved_in_both_styles_and_formats(style, tmp_path):
    grid = activations_figure(["elu", "selu", "tanh", "relu", "gelu"], style)
    assert len(grid.axes) == 8
    for name in ("grid.svg", "grid.png"):
        assert save(grid, tmp_path / name, resolution=60).stat().st_size > 1000
    data = encode(activation_curve("tanh").figure(style), "svg")
    assert style.paper.encode() in data
    assert data.count(b">flat<") == 2
    assert data == encode(activation_curve("tanh").figure(style), "svg")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("rellu",), "activation='rellu' is not known"),
        (("softmax",), "activation='softmax' looks at a whole row"),
        (("relu", 1, 1), "low=1 and high=1 are no range"),
        (("relu", float("nan"), 1), "low=nan and high=1 are no range"),
        ((lambda x: keras.ops.stack([x, x]),), "does not take one number and give one"),
    ],
)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(InputError, match=message):
        activation_curve(*arguments)


def test_an_empty_grid_is_refused():
    with pytest.raises(InputError, match="curves is empty"):
        activations_figure([])
