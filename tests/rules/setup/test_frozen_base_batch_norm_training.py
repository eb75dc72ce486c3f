from __future__ import annotations

import keras
import numpy as np
from rules.runs import finding, static

L = keras.layers


def base(count=2):
    layers = [
        each for k in range(count) for each in (L.Dense(4, name=f"dense{k}"), L.BatchNormalization(name=f"norm{k}"))
    ]
    return keras.Sequential([keras.Input((6,)), *layers], name="base")


def freeze(model, kind):
    for layer in model.layers:
        if isinstance(layer, kind):
            layer.trainable = False
    return model


def told(*layers):
    model = keras.Sequential([keras.Input((6,)), *layers])
    return finding(static(model, np.zeros((8, 6)), np.zeros((8, 1))), "frozen-base-batch-norm-training")


def test_normalizations_forgotten_in_a_frozen_base():
    found = told(freeze(base(), L.Dense), L.Dense(1))
    assert found.outcome == "fault"
    assert found.message == (
        "'base/norm0' trains, while the weights of 'base/dense0' before it are frozen. Also: base/norm1."
    )


def test_a_base_that_is_not_nested():
    layers = freeze(base(), L.Dense).layers
    found = told(*layers, L.Dense(1))
    assert [each.where for each in found.evidence] == ["norm0"]  # the last one may as well belong to the head


def test_a_base_that_is_frozen_whole_is_in_order():
    found = told(freeze(base(), L.Layer), L.Dense(1))
    assert found.outcome == "passed"
    assert found.evidence[0].says == "2 batch normalizations behind frozen weights are frozen with them."


def test_a_normalization_of_the_new_head_is_in_order():
    assert told(freeze(base(), L.Layer), L.BatchNormalization(), L.Dense(4), L.Dense(1)).outcome == "passed"


def test_a_border_between_a_frozen_and_an_unfrozen_part_is_in_order():
    half = base(3)
    for layer in half.layers[:3]:  # two kernels with the first normalization
        layer.trainable = False
    assert told(half, L.Dense(1)).outcome == "passed"


def test_it_concerns_frozen_weights_and_batch_normalizations_alone():
    assert told(base(), L.Dense(1)).outcome == "not applicable"
    assert told(L.Dense(4, trainable=False), L.LayerNormalization(), L.Dense(1)).outcome == "not applicable"
