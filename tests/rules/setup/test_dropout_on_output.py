from __future__ import annotations

import keras
import numpy as np
import pytest
from rules.runs import finding, static
from rules.setup.tiny import CLASSES, VALUES, Hidden, L, X, net

NAME = "dropout-on-output"


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        (lambda: [L.Dense(1), L.Dropout(0.3)], "fault"),
        (lambda: [L.Dense(1), L.Dropout(0.3), L.Activation("linear")], "fault"),
        (lambda: [L.Dense(1), L.GaussianNoise(0.1)], "fault"),
        (lambda: [L.Dense(1), L.Dropout(0.0)], "passed"),
        (lambda: [L.Dropout(0.5), L.Dense(1)], "passed"),
        (lambda: [L.Dense(1)], "not applicable"),
    ],
)
def test_no_dropout_behind_the_last_weights(layers, expected):
    layers = layers()
    assert finding(static(net(*layers), X, VALUES), NAME).outcome == expected


def test_the_message():
    found = finding(static(net(L.Dense(1), L.Dropout(0.3, name="drop")), X, VALUES), NAME)
    assert found.message == "Dropout 'drop' drops 30% of the output 'drop' itself, behind the last weights."


def test_between_logits_and_softmax():
    model = net(L.Dense(3), L.Dropout(0.5), L.Softmax())
    run = static(model, X, CLASSES, loss="sparse_categorical_crossentropy")
    assert finding(run, NAME).outcome == "fault"


def test_before_the_last_convolution_it_is_in_order():
    layers = [L.Conv2D(4, 3), L.Dropout(0.5), L.Conv2D(3, 1), L.GlobalAveragePooling2D(), L.Softmax()]
    model = keras.Sequential([keras.Input((5, 5, 1)), *layers])
    run = static(model, np.zeros((60, 5, 5, 1)), CLASSES, loss="sparse_categorical_crossentropy")
    assert finding(run, NAME).outcome == "passed"


def test_dropout_in_a_merged_branch_is_in_order():
    x = keras.Input((4,))
    model = keras.Model(x, L.LayerNormalization()(L.Add()([x, L.Dropout(0.1)(L.Dense(4)(x))])))
    assert finding(static(model, X, X), NAME).outcome == "passed"


def test_what_a_models_own_code_does_is_not_measured():
    class Dropped(Hidden):
        """Drops before its head."""

        def __init__(self):
            super().__init__()
            self.drop = L.Dropout(0.5)

        def call(self, inputs):
            return super().call(self.drop(inputs))

    assert finding(static(Dropped(), X, VALUES), NAME).outcome == "not measured"
