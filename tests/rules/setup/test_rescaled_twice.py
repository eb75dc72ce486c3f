from __future__ import annotations

import keras
import numpy as np
import pytest
from rules.setup.first_layers import judged

L = keras.layers
PICTURES = np.random.default_rng(0).integers(0, 256, (100, 6, 6, 1)).astype("float32")
NAME = "rescaled-twice"


def test_pictures_that_are_divided_twice_are_named():
    found = judged(NAME, PICTURES / 255, L.Rescaling(1 / 255, name="scale"))
    assert found.outcome == "fault"
    assert found.message == (
        "'scale' is given values from 0 to 1 and rescales them to 0 to 0.00392: the inputs were already scaled, and "
        "are scaled twice."
    )


@pytest.mark.parametrize(
    ("x", "layers"),
    [
        (PICTURES / 127.5 - 1, (L.Rescaling(1 / 127.5, offset=-1),)),
        (PICTURES, (L.Rescaling(1 / 255), L.Rescaling(1 / 255))),
    ],
)
def test_other_ways_to_scale_twice_are_named(x, layers):
    assert judged(NAME, x, *layers).outcome == "fault"


@pytest.mark.parametrize(
    ("x", "layers"),
    [
        (PICTURES, (L.Rescaling(1 / 255),)),
        (PICTURES, (L.Rescaling(1 / 127.5, offset=-1),)),
        (PICTURES / 255, (L.Rescaling(2.0, offset=-1),)),
        (PICTURES / 255, (L.Rescaling(0.1),)),
        (1000 * PICTURES, (L.Rescaling(1e-6),)),
    ],
)
def test_one_rescaling_is_in_order(x, layers):
    assert judged(NAME, x, *layers).outcome == "passed"


@pytest.mark.parametrize(
    ("x", "layers"),
    [
        (PICTURES / 255, ()),
        (PICTURES / 255, (L.Rescaling(1 / 255), L.BatchNormalization())),
        (np.ones((50, 4, 4, 1), "float32"), (L.Rescaling(1 / 255),)),
    ],
)
def test_without_a_rescaling_that_matters_it_does_not_concern(x, layers):
    assert judged(NAME, x, *layers).outcome == "not applicable"
