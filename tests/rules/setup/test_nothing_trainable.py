from __future__ import annotations

import keras
import numpy as np
from rules.runs import finding, static


def told(*, frozen):
    hidden, head = keras.layers.Dense(4), keras.layers.Dense(1)
    model = keras.Sequential([keras.Input((3,)), hidden, head])
    for layer in (hidden, head)[:frozen]:
        layer.trainable = False
    return finding(static(model, np.zeros((8, 3)), np.zeros((8, 1))), "nothing-trainable")


def test_a_frozen_model():
    found = told(frozen=2)
    assert found.outcome == "fault"
    assert found.message == "0 of the model's 21 parameters are trainable."


def test_a_frozen_base_under_a_head_that_trains():
    found = told(frozen=1)
    assert found.outcome == "passed"
    assert found.evidence[0].says == "5 of the model's 21 parameters are trainable."
