from __future__ import annotations

import keras
import numpy as np
import pytest
from rules.gradients.signals import learned, of_kernels
from rules.runs import finding, static

from trainwell.run import Series

L = keras.layers
STEPS = 4


@pytest.fixture
def run():
    hidden = [L.Dense(5, "sigmoid", use_bias=False, name=f"h{i}") for i in range(4)]
    model = keras.Sequential([keras.Input((5,)), *hidden, L.Dense(5, use_bias=False, name="head")])
    return static(model, np.random.default_rng(0).normal(size=(64, 5)), np.zeros((64, 5)))


def with_gradients(run, *sizes):
    places = ["h0", "h1", "h2", "h3", "head"]
    return of_kernels(run, {place: [size] * STEPS for place, size in zip(places, sizes, strict=True)})


def fading(run):
    return with_gradients(run, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2)


def test_gradients_that_fade_over_depth_are_named_where_nothing_is_learned(run):
    found = finding(learned(fading(run), 1.1, 1.0, 1.0, one_batch=0.8), "vanishing-gradients")
    assert found.outcome == "fault"
    assert found.evidence[0].where == "h0"
    assert found.message == (
        "Over the 5 layers from 'head' back to 'h0', gradients fade by a factor of about 1e+04, and the loss stood at "
        "100% of that of a constant answer for half of the training."
    )


@pytest.mark.parametrize(
    ("losses", "one_batch"), [((1.1, 0.3, 0.1), 0.8), ((1.1, 0.9, 0.8), 0.01)], ids=["it learns", "it fits a batch"]
)
def test_gradients_that_fade_without_harm_are_in_order(run, losses, one_batch):
    assert finding(learned(fading(run), *losses, one_batch=one_batch), "vanishing-gradients").outcome == "passed"


def test_a_late_escape_is_named_too(run):
    assert finding(learned(fading(run), 1, 1, 1, 1, 0.2), "vanishing-gradients").outcome == "fault"


def test_gradients_of_one_size_are_in_order_even_where_nothing_is_learned(run):
    found = finding(learned(with_gradients(run, 1, 0.1, 2, 0.3, 1), 1, 1, 1), "vanishing-gradients")
    assert found.outcome == "passed"


def test_small_weights_with_large_gradients_have_the_same_influence(run):
    sizes = {"h0": 1e3, "h1": 1e2, "h2": 10, "h3": 1, "head": 0.1}
    run = of_kernels(run, {place: [10 / each] for place, each in sizes.items()}, {p: [s] for p, s in sizes.items()})
    found = finding(learned(run, 1, 1, 1), "vanishing-gradients")
    assert found.outcome == "passed"
    over_depth = next(each for each in found.evidence if each.measurements[0].threshold.name == "faded")
    assert over_depth.measurements[0].value == pytest.approx(0)


def with_bias(run, gradient):
    run.signals["gradient_rms/head/bias"] = Series.over("step", [gradient] * STEPS)
    return run


def test_hidden_layers_without_any_influence_are_named_where_a_gradient_enters(run):
    found = finding(learned(with_bias(with_gradients(run, 0, 0, 0, 0, 1e-9), 0.1), 1, 1, 1), "vanishing-gradients")
    assert found.outcome == "fault"
    assert any("'h0'" in each.says and each.measurements[0].value == 0 for each in found.evidence)


def test_a_flat_loss_is_no_vanishing(run):
    run = with_bias(with_gradients(run, *[1e-9] * 5), 0.0)
    assert finding(learned(run, 1, 1, 1), "vanishing-gradients").outcome == "passed"


def test_layers_that_say_the_same_for_all_rows_are_no_vanishing(run):
    for name, value in (("unit_deviation", 0.0), ("largest", 1.0)):
        run.signals[f"inference/output_{name}/h3"] = Series.over("epoch", [value], start=0)
    run = with_bias(with_gradients(run, *[1e-9] * 5), 0.1)
    assert finding(learned(run, 1, 1, 1), "vanishing-gradients").outcome == "passed"


def test_an_output_layer_that_begins_at_0_hides_nothing(run):
    run = with_gradients(run, 0, 0, 0, 0, 1)
    run.signals["weight_rms/head/kernel"].values[0] = 0.0
    assert finding(learned(run, 1, 1, 1), "vanishing-gradients").outcome == "not applicable"


def test_frozen_layers_are_left_out(run):
    run = of_kernels(run, {"h3": [1.0], "head": [1.0]})
    assert finding(learned(run, 1, 1, 1), "vanishing-gradients").outcome == "not applicable"


def test_gradients_that_are_no_numbers_tell_nothing(run):
    found = finding(learned(with_gradients(run, *[np.nan] * 5), 1, 1), "vanishing-gradients")
    assert found.outcome == "not measured"
    assert found.message == "No gradient of the first steps is finite."


def test_a_loss_below_0_cannot_be_compared(run):
    assert finding(learned(fading(run), 0, -1, baseline=-0.1), "vanishing-gradients").outcome == "not measured"
