from __future__ import annotations

import numpy as np
import pytest
from rules.courses import L, course, net
from rules.runs import finding, with_signals

AT_BASELINE = np.array([1.5, 1.0, 1.0])


def constant(spread, training=AT_BASELINE, **arguments):
    run = course(training, **arguments)
    return finding(with_signals(run, inference__spread__=[0.5, spread]), "constant-predictions")


def test_the_same_answer_for_every_input_is_named():
    found = constant(0.0)
    assert found.outcome == "fault"
    assert found.message == (
        "The answers of 'head' for different inputs differ by 0.00% of what their targets do; the loss is 100% of that "
        "of an answer that ignores the inputs."
    )


def test_answers_that_differ_little_on_noise_are_in_order():
    assert constant(0.1).outcome == "passed"


def test_small_answers_that_are_better_than_a_constant_are_in_order():
    assert constant(0.01, np.array([1.5, 0.9, 0.8])).outcome == "passed"


def test_the_place_where_inputs_become_alike_is_named():
    run = with_signals(course(AT_BASELINE), inference__spread__=[0.0, 0.0])
    for place, apart in (("hidden", 1e-9), ("head", 0.0)):
        signals = {"output_unit_deviation": apart, "output_mean": 0.3, "output_deviation": 0.2}
        with_signals(run, **{f"inference__{name}__{place}": [value] for name, value in signals.items()})
    assert finding(run, "constant-predictions").message.endswith("Behind 'hidden', inputs no longer differ.")


def test_inputs_that_are_constant_themselves_are_named():
    found = constant(0.0, x=np.ones((64, 4)))
    assert found.message.endswith("Behind the input, inputs no longer differ.")


def test_classes_are_measured_by_their_shares():
    model = net(L.Dense(2, "softmax"))
    arguments = {"model": model, "y": np.arange(64) % 2, "loss": "sparse_categorical_crossentropy"}
    found = constant(0.05, **arguments)
    assert found.evidence[0].measurements[0].value == pytest.approx(0.05 / 0.5)


def test_a_target_that_does_not_vary_is_not_judged():
    assert constant(0.0, y=np.ones((64, 1))).outcome == "not applicable"


def test_without_looks_it_is_not_measured():
    assert finding(course(AT_BASELINE), "constant-predictions").outcome == "not measured"
