import re

import numpy as np
import pytest

from trainwell.errors import InputError
from trainwell.report.figures import draw_depth
from trainwell.report.figures.saving import encode
from trainwell.report.palette import DARK, LIGHT

KEPT = (np.zeros(100), np.ones(100))
LOST = (0.5 ** np.arange(100), 0.5 ** np.arange(100))


def words(figure):
    return re.findall(r">([^<>]+)</text>", encode(figure, "svg").decode())


@pytest.mark.parametrize("style", [LIGHT, DARK], ids=lambda style: style.name)
def test_each_net_is_labelled_at_its_end_with_its_last_value(style):
    figure = draw_depth({"SELU": KEPT, "ReLU": LOST}, style)
    mean, deviation = figure.axes
    assert {"SELU 0", "SELU 1", "ReLU 1.58e-30", "layer"} <= set(words(figure))
    assert mean.get_yscale() == "linear"
    assert deviation.get_yscale() == "log"
    assert style.paper.encode() in encode(figure, "svg")


def test_deviations_of_like_size_are_on_a_linear_axis_from_zero():
    _, deviation = draw_depth({"": KEPT}).axes
    assert deviation.get_yscale() == "linear"
    assert deviation.get_ylim()[0] == 0.0


def test_means_that_explode_are_on_an_axis_that_shows_the_small_ones_too():
    mean, deviation = draw_depth({"kept": KEPT, "lost": (-(3.0 ** np.arange(30)), 3.0 ** np.arange(30))}).axes
    assert (mean.get_yscale(), deviation.get_yscale()) == ("symlog", "log")


@pytest.mark.parametrize("last", [np.nan, np.inf])
def test_values_that_are_not_finite_leave_a_gap(last):
    figure = draw_depth(
        {"a": (np.array([0.1, last]), np.array([1.0, last])), "b": (np.array([last]), np.array([last]))}
    )
    assert "a 0.1" in words(figure)
    draw_depth({"": (np.array([last]), np.array([last]))})


def test_zeros_alone_can_be_drawn():
    encode(draw_depth({"dead": (np.zeros(3), np.zeros(3))}), "png", 40)


def test_bad_input_is_named():
    with pytest.raises(InputError, match="nets holds 0 nets, and 1 to 4 were expected"):
        draw_depth({})
    with pytest.raises(InputError, match="nets holds 5 nets"):
        draw_depth({str(number): KEPT for number in range(5)})
    with pytest.raises(InputError, match=r"The net 'a' has means of shape \(2,\) and deviations of shape \(3,\)"):
        draw_depth({"a": (np.ones(2), np.ones(3))})
