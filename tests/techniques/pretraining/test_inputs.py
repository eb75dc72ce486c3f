"""Standard units in closed form, layers below in inference mode, and what is said of inputs that cannot be used."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from trainwell.errors import InputError
from trainwell.techniques.pretraining.inputs import (
    Standard,
    checked,
    led_through,
    require_finite,
    require_shape,
    warn_of_scale,
)


def test_standard_units():
    z = np.array([[0.0, 1.0, 7.0], [4.0, 3.0, 7.0]], "float32")
    standard = Standard.of(z)
    assert standard.mean.tolist() == [2, 2, 7]
    assert np.isclose(standard.deviation, np.sqrt((4 + 1 + 0) / 3))
    units = standard.of_values(z)
    assert np.isclose(np.mean(units**2), 1)  # the error of the mean itself
    assert np.allclose(standard.values(units), z)


def test_inputs_that_never_vary_stay_finite():
    standard = Standard.of(np.full((3, 2), 5.0, "float32"))
    assert standard.of_values(np.full((1, 2), 5.0, "float32")).tolist() == [[0, 0]]


def test_layers_below_run_in_inference_mode_whatever_the_number_of_rows():
    layers = [keras.layers.Rescaling(0.5), keras.layers.Dropout(0.5), keras.layers.Flatten()]
    x = np.arange(2500 * 4, dtype="uint16").reshape(2500, 2, 2)
    seen = led_through(layers, x)
    assert seen.dtype == np.float32
    assert np.array_equal(seen, x.reshape(2500, 4) / 2)
    assert led_through([], x).dtype == np.float32


@pytest.mark.parametrize(
    ("x", "words"),
    [
        ({"a": np.ones((3, 2))}, "x_unlabelled is dict"),
        ([np.ones((3, 2)), np.ones((3, 4))], "x_unlabelled is list"),
        ([[1, 2], [3]], "x_unlabelled is no array"),
        (np.array([["a"]]), "x_unlabelled holds <U1 and not numbers"),
        (np.ones(3), r"x_unlabelled has the shape \(3,\)"),
        (np.ones((0, 4)), r"x_unlabelled is empty: its shape is \(0, 4\)"),
    ],
    ids=["dictionary", "list", "ragged", "words", "one dimension", "empty"],
)
def test_what_is_no_array_of_rows(x, words):
    with pytest.raises(InputError, match=words):
        checked(x)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_missing_and_infinite_values_name_their_row(value):
    x = np.ones((5, 2, 2))
    x[3, 1, 0] = x[4, 0, 0] = value
    with pytest.raises(InputError, match=r"x_unlabelled has NaN or infinite values in 2 of 5 rows, first in row 3"):
        require_finite(x)


def test_rows_of_another_shape():
    model = keras.Sequential([keras.Input((None, 4)), keras.layers.Dense(2)], name="net")
    require_shape(model, np.ones((3, 7, 4)))
    with pytest.raises(InputError, match=r"x_unlabelled has rows of the shape \(7, 5\), and 'net' takes \(None, 4\)"):
        require_shape(model, np.ones((3, 7, 5)))
    with pytest.raises(InputError, match=r"shape \(4,\)"):
        require_shape(model, np.ones((3, 4)))


def test_large_inputs_are_spoken_of(caplog):
    warn_of_scale(np.full((4, 2), 3.0))
    assert caplog.text == ""
    warn_of_scale(np.full((4, 2), 200.0))
    assert "sees inputs of about 200" in caplog.text
