from __future__ import annotations

import keras
import numpy as np
import pytest
from rules.runs import finding, static

L = keras.layers
X, Y = np.zeros((64, 12), "float32"), np.arange(64) % 3


def net(*, frozen=True, change=None, initializer="glorot_uniform"):
    base = keras.Sequential(
        [keras.Input((12,)), *(L.Dense(24, "relu", kernel_initializer=initializer) for _ in range(2))], name="base"
    )
    if change is not None:
        base.set_weights([change(each) for each in base.get_weights()])
    base.trainable = not frozen
    return keras.Sequential([keras.Input((12,)), base, L.Dense(3, "softmax")])


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (lambda: net(), "fault"),
        (lambda: net(initializer="he_normal"), "fault"),
        (lambda: net(frozen=False), "not applicable"),
        (lambda: net(change=lambda each: 1.3 * each), "passed"),  # trained weights have another size
        (lambda: net(change=lambda each: each + 0.2), "passed"),
    ],
)
def test_frozen_layers_with_weights_as_they_were_drawn(model, expected):
    with_loss = static(model(), X, Y, loss="sparse_categorical_crossentropy")
    assert finding(with_loss, "frozen-untrained").outcome == expected


def test_the_message():
    found = finding(static(net(), X, Y, loss="sparse_categorical_crossentropy"), "frozen-untrained")
    assert found.message.startswith("2 of 2 frozen layers, from 'base/dense")
    assert "never trained or loaded" in found.message
