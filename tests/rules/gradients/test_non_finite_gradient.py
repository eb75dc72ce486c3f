from __future__ import annotations

from rules.runs import finding

from trainwell.rules import faults, find_rule, judge
from trainwell.run import Run, Series

NAME = "non-finite-gradient"
ORIGIN = {"operation": "square root", "function": "sqrt", "dtype": "float32", "place": "distance"}
BAD = {"rows": 128, "batch": 64, "non_finite": ["tower/kernel", "tower/bias"]}


def run_of(**record):
    return Run.from_plain({"experiments": {"gradients": record}})


def test_finite():
    found = finding(run_of(rows=1280, batch=64), NAME)
    assert (found.outcome, found.margin) == ("passed", 0)
    assert found.message == "The loss of 1,280 rows and its gradient are finite before the training."


def test_not_measured():
    assert finding(Run(), NAME).outcome == "not measured"


def test_a_derivative_in_a_layer():
    origin = {**ORIGIN, "source": "pairs.py:12", "code": "return ops.sqrt(total)", "in_derivative": True}
    found = finding(run_of(**BAD, origin=origin), NAME)
    assert found.outcome == "fault"
    assert found.evidence[0].where == "distance"
    assert found.message == (
        "The loss is finite before the first step, but its gradient is NaN or infinite within 128 training rows, so "
        "the first update would spoil the weights of 'tower'. The cause is the square root within `keras.ops.sqrt`, "
        "whose derivative is infinite at 0, in the layer 'distance', at pairs.py:12: `return ops.sqrt(total)`."
    )


def test_a_value_in_the_loss():
    origin = {"operation": "product", "dtype": "float16"}
    found = finding(run_of(rows=64, batch=64, finite_loss=False, origin=origin), NAME)
    assert found.message == (
        "The loss is NaN or infinite before the first step, within 64 training rows. The cause is the product, whose "
        "result is beyond what float16 holds (65,504), in the loss function."
    )


def test_an_unknown_origin():
    assert finding(run_of(**BAD), NAME).message.endswith("the weights of 'tower'.")


def test_a_long_line_is_cut():
    origin = {**ORIGIN, "source": "a.py:1", "code": "x" * 300, "in_derivative": True}
    assert "x" * 100 + " ...`" in finding(run_of(**BAD, origin=origin), NAME).message


def test_it_explains_a_loss_that_is_not_finite():
    run = run_of(**BAD)
    run.signals["train/loss"] = Series.over("epoch", [1.0, float("nan")], start=1)
    found = judge(run, [find_rule(NAME), find_rule("non-finite-loss")])
    assert [each.rule.name for each in faults(found)] == [NAME]
    assert found[1].cause == NAME
