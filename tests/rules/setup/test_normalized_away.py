from __future__ import annotations

import keras
import numpy as np
import pytest
from rules.runs import finding, static

L = keras.layers


@pytest.mark.parametrize(
    ("features", "layer", "expected"),
    [
        (1, lambda: L.LayerNormalization(), "fault"),
        (1, lambda: L.UnitNormalization(), "fault"),
        (1, lambda: L.LayerNormalization(axis=(1, 2)), "passed"),
        (3, lambda: L.LayerNormalization(), "passed"),
        (1, lambda: L.BatchNormalization(), "not applicable"),
    ],
)
def test_a_normalization_needs_more_than_one_value(features, layer, expected):
    model = keras.Sequential([keras.Input((5, features)), layer(), L.Flatten(), L.Dense(1)])
    run = static(model, np.zeros((32, 5, features), "float32"), np.arange(32.0))
    assert finding(run, "normalized-away").outcome == expected
