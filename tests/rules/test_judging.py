"""Judging: outcomes, margins, causes before consequences, thresholds from outside."""

from __future__ import annotations

import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainwell.errors import InputError
from trainwell.rule import Evidence, NotApplicable, NotMeasured, Rule, Threshold, evidence
from trainwell.rules import faults, judge
from trainwell.run import Run, Series

HIGH = Threshold("high", 10.0, "units", "above", "a test")
LOW = Threshold("low", 0.5, "share", "below", "a test")
ODD = Threshold("odd", 10.0, "units", "above", "a test")


def a_rule(identifier, measure, **arguments):
    settings = {"severity": "serious", "fault_if": HIGH | HIGH & LOW, "advice_if": ODD.as_condition(), **arguments}
    return Rule(identifier, f"rule-{identifier.lower()}", "data", measure=measure, **settings)


def says(*values, threshold=HIGH, where="dense"):
    return lambda _: [evidence(where, (value, threshold), says=f"It is {value}.") for value in values]


def only(measure, run=None, **arguments):
    return judge(run or Run(), [a_rule("TW001", measure, **arguments)])[0]


def test_on_the_wrong_side_it_is_a_fault():
    found = only(says(40.0))
    assert (found.outcome, found.margin, found.message) == ("fault", 2.0, "It is 40.0.")


def test_on_the_right_side_it_passes_with_a_margin():
    found = only(says(2.5))
    assert (found.outcome, found.margin) == ("passed", -2.0)


def test_exactly_at_the_threshold_is_in_order():
    assert only(says(10.0)).outcome == "passed"


def test_all_measurements_of_one_evidence_must_be_wrong():
    def measure(_):
        return [evidence("", (40.0, HIGH), (0.6, LOW), says="")]

    assert only(measure).outcome == "passed"


def test_the_margin_of_a_conjunction_is_its_mildest():
    def measure(_):
        return [evidence("", (40.0, HIGH), (0.25, LOW), says="")]

    assert only(measure).margin == 1.0


def test_the_worst_evidence_comes_first_and_names_the_others():
    def measure(_):
        return [
            *says(20.0, where="a")(_),
            *says(80.0, where="b")(_),
            *says(1.0, where="c")(_),
        ]

    found = only(measure)
    assert [each.where for each in found.evidence] == ["b", "a", "c"]
    assert found.message == "It is 80.0. Also: a."


def test_a_fault_outranks_worse_advice():
    def measure(_):
        return [*says(1000.0, threshold=ODD)(_), *says(11.0)(_)]

    assert only(measure).outcome == "fault"


def test_advice_is_no_fault():
    found = only(says(40.0, threshold=ODD))
    assert found.outcome == "advice"
    assert faults([found]) == []


def test_what_does_not_apply_says_why():
    def measure(_):
        raise NotApplicable("no layer has a ReLU")

    found = only(measure)
    assert (found.outcome, found.message) == ("not applicable", "No layer has a ReLU.")
    assert math.isnan(found.margin)


def test_what_is_not_measured_says_why():
    def measure(_):
        raise NotMeasured("the layers are called as functions")

    assert only(measure).outcome == "not measured"


@pytest.mark.parametrize("need", ["fit.steps", "data", "signal:loss", "probe:rates"])
def test_what_it_needs_must_be_there(need):
    assert only(says(40.0), needs=frozenset([need])).outcome == "not measured"


def test_the_reason_why_something_is_missing_is_told():
    run = Run.from_plain({"not_measured": {"probe:rates": "the budget was spent before"}})
    found = only(says(40.0), run, needs=frozenset(["probe:rates"]))
    assert found.message == "The budget was spent before."


def test_what_it_needs_is_found():
    run = Run.from_plain(
        {"fit": {"steps": 0}, "probes": {"rates": {"rate": 0.1}}}, {"loss/dense": Series.over("step", [1.0])}
    )
    needs = frozenset(["fit.steps", "fit", "signal:loss", "probe:rates"])
    assert only(says(40.0), run, needs=needs).outcome == "fault"


def test_a_symptom_is_told_as_a_consequence():
    rules = [
        a_rule("TW001", says(40.0)),
        a_rule("TW201", says(80.0), severity="fatal", explained_by=("TW0",)),
        a_rule("TW202", says(20.0), explained_by=("rule-tw201",)),
    ]
    found = judge(Run(), rules)
    assert [each.rule.id for each in faults(found)] == ["TW001"]
    assert found[0].consequences == ("rule-tw201", "rule-tw202")
    assert found[1].cause == "rule-tw001"
    assert found[2].cause == "rule-tw201"


def test_a_cause_that_is_in_order_explains_nothing():
    rules = [a_rule("TW001", says(1.0)), a_rule("TW201", says(80.0), explained_by=("TW0",))]
    assert [each.rule.id for each in faults(judge(Run(), rules))] == ["TW201"]


def test_the_worst_cause_comes_first():
    rules = [
        a_rule("TW001", says(10000.0), severity="minor"),
        a_rule("TW002", says(11.0), severity="fatal"),
        a_rule("TW003", says(20.0)),
        a_rule("TW004", says(40.0)),
    ]
    assert [each.rule.id for each in faults(judge(Run(), rules))] == ["TW002", "TW004", "TW003", "TW001"]


def test_real_rules_take_other_thresholds():
    with pytest.raises(InputError, match=r"TW203\.nonsense=1\.0 sets no threshold"):
        judge(Run(), thresholds={"TW203.nonsense": 1.0})
    with pytest.raises(InputError, match="nan"):
        judge(Run(), thresholds={"TW203.units": math.nan})


def test_an_ignored_rule_is_not_measured():
    found = judge(Run(), ignore=["TW2"])
    assert {each.outcome for each in found if each.rule.family == "gradients"} == {"ignored"}


@given(st.floats(1e-6, 1e6), st.floats(1e-6, 1e6))
def test_a_margin_is_positive_just_where_it_is_a_fault(measured, limit):
    above, below = (Threshold("x", limit, "", side, "") for side in ("above", "below"))
    assert (above.margin(measured) > 0) == (measured > limit * (1 + 1e-15)) or measured == pytest.approx(limit)
    assert above.margin(measured) == -below.margin(measured)


def test_what_is_no_number_is_the_worst():
    assert HIGH.margin(math.nan) == 10.0


def test_a_finding_is_plain_data():
    found = only(says(40.0)).to_json()
    (told,) = found["evidence"]
    assert told["measurements"] == [
        {"value": 40.0, "threshold": "high", "limit": 10.0, "unit": "units", "direction": "above"}
    ]
    assert (told["level"], told["condition"]) == ("fault", "high > 10")


def test_the_condition_of_a_finding_shows_the_limits_in_force():
    def measure(_):
        return [evidence("", (40.0, HIGH), (0.25, LOW), says="")]

    found = dataclasses.replace(only(measure), limits={"low": 0.4})
    assert found.to_json()["evidence"][0]["condition"] == "high > 10 and low < 0.4"


def test_evidence_that_the_condition_does_not_declare_is_an_error_that_names_both():
    with pytest.raises(
        ValueError, match=r"TW001 rule-tw001 matches no conjunction.*It measured: low and odd\. Declared"
    ) as error:
        only(lambda _: [evidence("", (1.0, LOW), (1.0, ODD), says="")])
    assert "high > 10; or high > 10 and low < 0.5; or odd > 10" in str(error.value)


def test_a_threshold_that_is_measured_twice_is_an_error():
    with pytest.raises(ValueError, match="It measured: high and high"):
        only(lambda _: [evidence("", (1.0, HIGH), (2.0, HIGH), says="")])


def test_a_number_that_is_not_known_leaves_the_verdict_to_the_others():
    found = only(lambda _: [evidence("", (5.0, HIGH), (math.nan, LOW), says="")])
    assert (found.outcome, found.margin) == ("passed", -1.0)
    assert found.to_json()["evidence"][0]["measurements"][1]["value"] is None


def test_a_threshold_of_another_value_is_not_the_declared_one():
    other = dataclasses.replace(HIGH, value=5.0)
    with pytest.raises(ValueError, match="matches no conjunction"):
        only(says(40.0, threshold=other))


def test_evidence_can_be_made_without_measurements_of_a_step():
    assert isinstance(evidence("dense", (1, HIGH), says="One."), Evidence)
