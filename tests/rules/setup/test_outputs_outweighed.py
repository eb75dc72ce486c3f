from __future__ import annotations

import pytest
from rules.runs import finding

from trainwell.rules import find_rule
from trainwell.run import Run

NAME = "outputs-outweighed"


def run_of(small, large=1000.0, *, weights=None, **record):
    outputs = [{"output": "kind", "loss": 1.1, "gradient": small}, {"output": "amount", "loss": 4e6, "gradient": large}]
    compiled = {"loss_weights": weights} if weights else {}
    return Run.from_plain(
        {"experiments": {"gradients": {"rows": 64, "batch": 64, "outputs": outputs, **record}}, "compile": compiled}
    )


@pytest.mark.parametrize(
    ("small", "weights", "outcome"),
    [
        (1.0, None, "fault"),
        (9.9, None, "fault"),
        (11.0, None, "passed"),
        (1000.0, None, "passed"),
        (1.0, [1.0, 1.0], "fault"),
        (1.0, {"kind": 1.0, "amount": 0.01}, "not applicable"),
    ],
)
def test_the_share_of_the_largest_gradient(small, weights, outcome):
    large = 1000.0
    found = finding(run_of(small, large, weights=weights), NAME)
    assert found.outcome == outcome
    assert all(each.where == "amount" or small == large for each in found.evidence)


def test_the_message():
    assert finding(run_of(1.0), NAME).message == (
        "The loss of 'amount' (4,000,000) outweighs that of 'kind' (1.1): in the weights that both share, the gradient "
        "for 'amount' is 1,000 times as large, so they are hardly trained for 'kind'."
    )


def test_an_output_without_a_gradient_is_not_compared():
    assert finding(run_of(0.0), NAME).outcome == "not applicable"


def test_a_loss_that_is_not_finite_is_not_compared():
    assert finding(run_of(1.0, finite_loss=False), NAME).outcome == "not applicable"


def test_it_explains_a_target_in_thousands():
    assert NAME in find_rule("unscaled-target").explained_by
