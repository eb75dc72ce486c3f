from __future__ import annotations

import pytest
from rules.runs import finding

from trainwell.run import Run


def run(**values):
    record = {
        "metric": "accuracy", "held_rows": 300, "network": 0.1, "constant": 0.1, "chance": 0.5, "network_chance": 0.6,
        "gain": 0.0, "gain_error": 0.02, "learners": [{"name": "linear model", "score": 0.11, "error": 0.02}],
    }  # fmt: skip
    return Run.from_plain({"experiments": {"references": {**record, **values}}})


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, "fault"),
        ({"chance": 0.005}, "passed"),
        ({"network_chance": 0.005}, "passed"),  # the network alone finds it: these learners are weak for pictures
        ({"held_rows": 40}, "passed"),  # too few rows to see a weak relation in
        ({"network_chance": 0.005, "trained_on": True}, "fault"),  # it may know those rows by heart
    ],
)
def test_when_no_learner_finds_a_relation(values, expected):
    assert finding(run(**values), "unrelated-targets").outcome == expected


def test_the_message():
    assert finding(run(), "unrelated-targets").message == (
        "No learner finds a relation between inputs and targets: on 300 held-out rows the best one (linear model) "
        "reaches an accuracy of 11.0%, and always giving the same answer an accuracy of 10.0%."
    )
