from __future__ import annotations

import pytest
from rules.runs import finding

from trainwell.run import Run


def run(network, best=0.9, error=0.02, **values):
    record = {
        "metric": "accuracy", "held_rows": 300, "network": network, "constant": 0.1, "chance": 0.005,
        "gain": best - network, "gain_error": error,
        "learners": [{"name": "linear model", "score": best, "error": 0.02}],
    }  # fmt: skip
    return Run.from_plain({"experiments": {"references": {**record, **values}}})


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (run(0.3), "fault"),
        (run(0.7), "advice"),
        (run(0.86), "passed"),
        (run(0.95), "passed"),
        (run(0.3, error=0.3), "passed"),  # within the noise
        (run(0.1, best=0.12), "not applicable"),  # no learner is better than a constant answer
        (run(0.1, chance=0.4), "not applicable"),
        (run(0.3, network_loss=-0.9, attainable=-0.7), "not applicable"),  # the loss is after something else
        (run(0.3, network_loss=-0.86, attainable=-0.87, constant_loss=0.0), "not applicable"),
        (run(0.3, network_loss=1.2, attainable=0.3, constant_loss=1.4), "fault"),
    ],
)
def test_the_skill_of_the_network_beside_a_reference(found, expected):
    assert finding(found, "below-reference").outcome == expected


def test_the_message():
    assert finding(run(0.3), "below-reference").message == (
        "On 300 held-out rows, the network reaches an accuracy of 30.0%; a linear model on the same rows an accuracy "
        "of 90.0%, and always giving the same answer an accuracy of 10.0%."
    )
