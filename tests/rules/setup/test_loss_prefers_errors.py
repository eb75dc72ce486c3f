from __future__ import annotations

from rules.runs import finding

from trainwell.run import Run


def outcome(right, other):
    losses = [{"output": "dense", "right": right, "other": other}]
    run = Run.from_plain({"experiments": {"loss_function": {"rows": 64, "losses": losses}}})
    return finding(run, "loss-prefers-errors").outcome


def test_the_order_of_losses():
    assert outcome(1.0, 0.5) == "fault"
    assert outcome(-1.0, -0.5) == "passed"
    assert outcome(0.5, 0.5) == "fault"
    assert outcome(0.0, 2.0) == "passed"
    assert outcome(None, 2.0) == "not applicable"
