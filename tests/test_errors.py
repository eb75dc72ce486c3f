"""Errors told in a line."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from trainwell.errors import telling_line


class Strict(keras.layers.Layer):
    def call(self, inputs):
        raise ValueError(f"rows of 3 were expected,\nnot {inputs.shape}")


def test_what_keras_tells_around_an_error_in_a_layer_is_left_out():
    model = keras.Sequential([Strict()])
    with pytest.raises(ValueError, match="Exception encountered") as raised:
        model(np.zeros((2, 4), np.float32))
    assert telling_line(raised.value) == "rows of 3 were expected,"


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("  \n first \nsecond"), "first"),
        (KeyError("a"), "'a'"),
        (RuntimeError(), "RuntimeError"),
        (RuntimeError(" \n"), "RuntimeError"),
        (ValueError("\x1b[1mbold\x1b[0m words"), "bold words"),
        (
            ValueError("Exception encountered when calling Dense.call()."),
            "Exception encountered when calling Dense.call().",
        ),
    ],
)
def test_the_first_line_that_says_something(error, line):
    assert telling_line(error) == line
