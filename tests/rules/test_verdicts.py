"""What experiments make of suspicions: a gain or a reference confirms, no gain at the reference refutes."""

from __future__ import annotations

import pytest

from trainwell.rule import Threshold, evidence, rule
from trainwell.rules import faults, judge, suspicions, verdicts
from trainwell.run import Run

LIMIT = Threshold("share", 0.5, "", "above", "a test")


def made(name, number, *, proof="experiment", explained_by=()):
    def measure(run):
        del run
        return [evidence("", (0.9, LIMIT), says=f"{name} is there.")]

    measure.__name__, measure.__qualname__, measure.__module__ = name, name, "trainwell.rules.test"
    measure.__doc__ = name
    import sys  # noqa: PLC0415 -- the text of a rule of the package is that of its module
    import types  # noqa: PLC0415 -- the same

    sys.modules.setdefault("trainwell.rules.test", types.ModuleType("trainwell.rules.test", "A fault."))
    declare = rule(
        id=f"TW9{number}", family="speed", severity="serious", fault_if=LIMIT, explained_by=explained_by, proof=proof
    )
    return declare(measure)


CAUSE = made("cause", "01")
FOLLOWS = made("follows", "02", explained_by=("cause",))
PROVEN = made("proven", "03", proof="facts")


def trial(gain, error=0.01, rule="TW901", **values):
    return {"rule": rule, "remedy": "adam", "metric": "accuracy", "steps": 300, "seeds": 2, "before": 0.6,
            "after": 0.6 + gain, "gain": gain, "gain_error": error, **values}  # fmt: skip


def references(gain, error=0.01):
    return {"metric": "accuracy", "held_rows": 300, "network": 0.8, "constant": 0.3, "gain": gain, "gain_error": error,
            "learners": [{"name": "linear model", "score": 0.8 + gain, "error": 0.02}]}  # fmt: skip


def decided(rules, **experiments):
    run = Run.from_plain({"experiments": experiments})
    return {each.rule.name: each for each in verdicts(judge(run, rules), run)}


@pytest.mark.parametrize(
    ("experiments", "expected"),
    [
        ({"trials": [trial(0.3)]}, "fault"),
        ({"trials": [trial(0.3)], "references": references(-0.1)}, "fault"),
        ({"trials": [trial(0.0)], "references": references(0.01)}, "harmless"),
        ({"trials": [trial(0.01)], "references": references(-0.2)}, "harmless"),
        ({"trials": [trial(0.0)], "references": references(0.15)}, "fault"),
        ({"trials": [trial(0.0)]}, "suspected"),
        ({"trials": [trial(0.2, error=0.15)], "references": references(0.0)}, "suspected"),  # too few rows to tell
        ({"references": references(0.0)}, "suspected"),
        ({}, "suspected"),
        ({"trials": [trial(0.0, loss_before=0.5, loss_after=0.3)]}, "fault"),
        ({"trials": [trial(0.3, failed="it ran out of memory")], "references": references(0.0)}, "suspected"),
    ],
)
def test_a_suspicion(experiments, expected):
    assert decided([CAUSE], **experiments)["cause"].outcome == expected


def test_a_contradiction_needs_no_experiment():
    assert decided([PROVEN])["proven"].outcome == "fault"


def test_what_follows_shares_the_verdict_of_its_cause():
    found = decided([CAUSE, FOLLOWS], trials=[trial(0.0)], references=references(0.0))
    assert [each.outcome for each in found.values()] == ["harmless", "harmless"]
    assert found["follows"].cause == "cause"
    confirmed = decided([CAUSE, FOLLOWS], trials=[trial(0.3)])
    assert [each.outcome for each in confirmed.values()] == ["fault", "fault"]
    assert [each.rule.name for each in faults(confirmed.values())] == ["cause"]


def test_what_is_confirmed_itself_is_no_consequence_of_what_is_not():
    found = decided([CAUSE, FOLLOWS], trials=[trial(0.3, rule="TW902")])
    assert found["follows"].outcome == "fault"
    assert found["follows"].cause == ""


def test_causes_alone_are_tried():
    run = Run()
    assert [each.rule.name for each in suspicions(judge(run, [CAUSE, FOLLOWS, PROVEN]))] == ["cause"]


def test_a_verdict_says_what_was_tried():
    assert decided([CAUSE], trials=[trial(0.3)])["cause"].proof == (
        "Tried: with adam, 90.0 % on held-out rows in place of 60.0 % after 300 steps (gain 0.300 ± 0.010)."
    )
