from __future__ import annotations

import keras
import numpy as np
import pytest
from rules.runs import finding, static

from trainwell.rules import find_rule, judge

L = keras.layers


def selu(**arguments):
    return L.Dense(8, "selu", kernel_initializer="lecun_normal", **arguments)


def run(*layers):
    model = keras.Sequential([keras.Input((6,)), *layers])
    return static(model, np.zeros((8, 6)), np.zeros((8, 1)))


def told(*layers):
    return finding(run(*layers), "plain-dropout-in-selu-net")


def test_plain_dropout_between():
    found = told(selu(), L.Dropout(0.1, name="drop"), selu(name="second"), L.Dense(1))
    assert found.outcome == "fault"
    assert found.message == "The Dropout 'drop' stands between layers with SELU, before 'second'."


def test_an_activation_layer_of_its_own_counts():
    assert told(L.Dense(8), L.Activation("selu"), L.Dropout(0.1), selu(), L.Dense(1)).outcome == "fault"


@pytest.mark.parametrize("between", [lambda: L.AlphaDropout(0.1), lambda: L.Dropout(0.0), lambda: L.GaussianNoise(0.1)])
def test_other_things_between_are_in_order(between):
    between = between()
    assert told(selu(), between, selu(), L.Dense(1)).outcome == "passed"


def test_before_the_last_layer_it_is_only_mentioned():
    assert told(selu(), L.Dropout(0.1), L.Dense(1)).outcome == "advice"


def test_where_layers_are_normalized_it_is_only_mentioned():
    assert told(selu(), L.Dropout(0.1), selu(), L.BatchNormalization(), L.Dense(1)).outcome == "advice"


def test_without_a_selu_it_does_not_apply():
    assert told(L.Dense(8, "elu"), L.Dropout(0.1), L.Dense(1)).outcome == "not applicable"


def test_where_the_rate_is_too_high_that_is_the_cause():
    rules = [find_rule("heavy-dropout"), find_rule("plain-dropout-in-selu-net")]
    found = judge(run(selu(), L.Dropout(0.9), selu(), L.Dense(1)), rules)
    assert [each.cause for each in found] == ["", "heavy-dropout"]
