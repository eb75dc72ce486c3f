from __future__ import annotations

import keras
import numpy as np
import pytest
from rules.gradients.signals import learned, of_kernels
from rules.runs import finding, static, with_signals

L = keras.layers
PLACES = ("first", "second", "head")


def of(activation):
    model = keras.Sequential(
        [
            keras.Input((4,)),
            L.Dense(4, activation, name="first"),
            L.Dense(4, activation, name="second"),
            L.Dense(1, "sigmoid", name="head"),
        ]
    )
    return static(model, np.random.default_rng(0).normal(size=(64, 4)), np.zeros((64, 1)), loss="binary_crossentropy")


@pytest.fixture
def run():
    return of("tanh")


def tails(run, *shares, left=(1.0, 0.6), place="first"):
    for each in PLACES:
        of_outputs(run, each, mean=0.0, deviation=0.5, largest=1.0)
    for each in ("first", "second"):
        with_signals(run, start=0, **{f"inference__output_tail_share__{each}": [0.0, 0.0]})
    with_signals(run, start=0, **{f"inference__output_tail_share__{place}": shares})
    return finding(learned(run, *left), "saturated-activations")


def of_outputs(run, place, **sizes):
    for name, value in sizes.items():
        with_signals(run, start=0, **{f"inference__output_{name}__{place}": [value, value]})
    return run


def test_a_layer_that_begins_in_its_tails_is_named(run):
    found = tails(run, 0.9, 0.8)
    assert found.outcome == "fault"
    assert found.message == (
        "90% of the outputs of 'first' are in the tails of its tanh before the first step and 80% at the end, where "
        "the loss is 60% of that of a constant answer."
    )


@pytest.mark.parametrize(
    ("shares", "left"),
    [((0.1, 0.9), (1, 0.6)), ((0.9, 0.9), (1, 0.05)), ((0.9, 0.9), (0.5, 0.4))],
    ids=["sure at the end", "it learned", "trained before"],
)
def test_tails_without_harm_are_in_order(run, shares, left):
    assert tails(run, *shares, left=left).outcome == "passed"


def test_a_layer_within_the_net_has_less_excuse(run):
    assert tails(run, 0.9, 0.9, left=(1, 0.2)).outcome == "passed"
    assert tails(run, 0.9, 0.9, left=(1, 0.2), place="second").outcome == "fault"


def test_harm_may_show_on_validation_rows_alone(run):
    with_signals(run, start=1, validation__loss=[0.9, 0.5, 0.7])
    assert tails(run, 0.9, 0.9, left=(1, 0.05)).outcome == "fault"


def test_a_layer_that_ends_in_its_tails_is_named_where_nothing_is_learned(run):
    assert tails(run, 0.1, 0.9, left=(1, 1.2)).outcome == "fault"


def test_late_tails_of_a_net_whose_gradients_faded_before_are_a_consequence(run):
    of_kernels(run, {"first": [1e-6], "second": [1e-3], "head": [1.0]})
    assert tails(run, 0.1, 0.9, left=(1, 1.2)).outcome == "passed"


def test_the_output_may_be_sure_of_its_rows(run):
    found = tails(run, 1.0, 1.0, left=(1, 1), place="head")
    assert found.outcome == "passed"
    assert "head" not in {each.where for each in found.evidence}


def own(run, left=(1.0, 0.6), **sizes):
    for place in PLACES:
        of_outputs(run, place, mean=0.0, deviation=0.3, largest=1.0)
    of_outputs(run, "first", **sizes)
    return finding(learned(run, *left), "saturated-activations")


def steep(x):
    return keras.ops.tanh(100 * x)


@pytest.mark.parametrize(
    "sizes",
    [{"mean": 0.1, "deviation": 0.98, "largest": 1.0}, {"mean": 0.5, "deviation": 0.49, "largest": 1.0}],
    ids=["-1 and 1", "0 and 1"],
)
def test_an_unknown_activation_with_two_values_is_named(sizes):
    found = own(of(steep), **sizes)
    assert found.outcome == "fault"
    assert found.message.startswith("Outputs of 'first', an activation of your own, show ")


@pytest.mark.parametrize(
    "sizes",
    [
        {"mean": 0.5, "deviation": 0.05, "largest": 0.6},
        {"mean": 0.0, "deviation": 0.58, "largest": 1.0},
        {"mean": 100.0, "deviation": 1.0, "largest": 103.0},
        {"mean": 0.4, "deviation": 0.6, "largest": 4.0},
        {"mean": 0.0, "deviation": 0.0, "largest": 0.0},
    ],
    ids=["near the middle", "even", "far from 0", "a ReLU", "all 0"],
)
def test_an_unknown_activation_with_other_values_is_in_order(sizes):
    assert own(of(steep), left=(1, 1), **sizes).outcome == "passed"


def test_a_relu_net_has_no_tails():
    assert own(of("relu"), mean=0.0, deviation=1.0, largest=1.0).outcome == "not applicable"


def test_without_looks_it_is_not_measured(run):
    assert finding(run, "saturated-activations").outcome == "not measured"
