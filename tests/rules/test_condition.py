"""Conditions as data: what `&` and `|` make of thresholds, and how measurements decide the result."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainwell.rule import Circumstance, Condition, Conjunction, Rule, Threshold, evidence, if_measured
from trainwell.rules import judge
from trainwell.run import Run

A, B, C, D = (
    Threshold(name, value, "", side, "a test")
    for name, value, side in (("a", 1.0, "above"), ("b", 1.0, "below"), ("c", 4.0, "above"), ("d", 0.0, "above"))
)
DIVERGED = Circumstance("the training diverged")


def only(condition):
    (conjunction,) = condition.conjunctions
    return conjunction


def alternatives(condition):
    """The conjunctions of a condition as sets, since neither "and" nor "or" knows an order."""
    return {(frozenset(each.thresholds), frozenset(each.circumstances)) for each in condition.conjunctions}


# --- by hand --------------------------------------------------------------------------------------------------------


def test_and_binds_more_closely_than_or():
    assert (A & B | C).conjunctions == (Conjunction((A, B)), Conjunction((C,)))


def test_and_is_distributed_over_or():
    assert ((A | B) & C).conjunctions == (Conjunction((A, C)), Conjunction((B, C)))
    assert ((A | B) & (C | D)).conjunctions == tuple(Conjunction(each) for each in ((A, C), (A, D), (B, C), (B, D)))


def test_what_is_named_twice_counts_once():
    assert (A & A).conjunctions == (A | A).conjunctions == (Conjunction((A,)),)


def test_thresholds_keep_the_order_in_which_they_are_named():
    assert (C & A | B & A).thresholds == (C, A, B)


def test_a_condition_without_parts_is_neutral_for_or():
    assert (Condition() | A) == (A | Condition()) == A.as_condition()


def test_circumstances_and_optional_parts_keep_their_kinds():
    assert only(A & DIVERGED & if_measured(B)) == Conjunction((A,), (B,), (DIVERGED,))
    assert only(if_measured(B) & A & B) == Conjunction((A, B))


@pytest.mark.parametrize(
    ("values", "margin"),
    [
        ({"a": 4.0, "b": 0.5}, 1.0),
        ({"a": 2.0, "b": 0.125}, 1.0),
        ({"a": 0.5, "b": 0.125}, -1.0),
        ({"a": math.nan, "b": 0.5}, 1.0),
    ],
)
def test_a_conjunction_has_the_margin_of_its_mildest_part(values, margin):
    assert only(A & B).margin(values) == margin


def test_limits_from_outside_take_the_place_of_the_thresholds_own():
    assert only(A & B).margin({"a": 4.0, "b": 0.5}, {"a": 0.5, "b": 0.25}) == -1.0


def test_an_optional_part_counts_only_where_it_is_measured():
    condition = only(A & if_measured(C))
    assert condition.margin({"a": 4.0}) == 2.0
    assert condition.margin({"a": 4.0, "c": 2.0}) == -1.0


def test_measurements_belong_to_the_conjunction_that_asks_for_just_these():
    condition = only(A & if_measured(C) & DIVERGED)
    assert condition.accepts({A}, {DIVERGED})
    assert condition.accepts({A, C}, {DIVERGED})
    assert not condition.accepts({A}, set())
    assert not condition.accepts({C}, {DIVERGED})
    assert not condition.accepts({A, B}, {DIVERGED})


def test_a_conjunction_as_a_formula():
    assert (
        only(A & if_measured(C) & DIVERGED).formula({"a": 3})
        == "a > 3 and c > 4 (if measured) and the training diverged"
    )


def a_rule(fault_if, advice_if=None, measure=lambda _: ()):
    return Rule("TW001", "a-rule", "data", "minor", measure, fault_if.as_condition(), advice_if or Condition())


@pytest.mark.parametrize(
    ("fault_if", "advice_if", "message"),
    [
        (A & Threshold("a", 2.0, "", "above", "") | B, None, "two thresholds that are named 'a'"),
        (A | DIVERGED, None, "declares 'the training diverged', in which no threshold is always measured"),
        (if_measured(A), None, "no threshold is always measured"),
        (A & if_measured(B) | A & B, None, "could belong to both"),
        (A & B, B & A, "declares 'a > 1 and b < 1' and 'b < 1 and a > 1'"),
    ],
)
def test_an_ambiguous_condition_is_refused(fault_if, advice_if, message):
    with pytest.raises(ValueError, match=message):
        a_rule(fault_if, advice_if)


def test_a_circumstance_tells_two_conjunctions_apart():
    rule = a_rule(A, A & DIVERGED)
    assert rule.level_of(evidence("", (1, A), says="")) == "fault"
    assert rule.level_of(evidence("", (1, A), DIVERGED, says="")) == "advice"
    assert rule.exceptions(only(A.as_condition())) == (DIVERGED,)


def test_other_circumstances_are_no_exception():
    assert (
        a_rule(A & Circumstance("it is Monday"), A & DIVERGED).exceptions(only(A & Circumstance("it is Monday"))) == ()
    )


# --- properties -----------------------------------------------------------------------------------------------------

THRESHOLDS = [
    Threshold(f"t{number}", value, "", side, "a test")
    for number, (value, side) in enumerate(
        [(1.0, "above"), (0.5, "below"), (0.0, "above"), (8.0, "above"), (-1.0, "below")]
    )
]
FACTS = (DIVERGED, Circumstance("the model is small"))
TERMS = st.sampled_from([*THRESHOLDS, *FACTS])
CONDITIONS = st.recursive(
    TERMS.map(lambda each: each.as_condition()),
    lambda inner: st.one_of(st.builds(lambda a, b: a & b, inner, inner), st.builds(lambda a, b: a | b, inner, inner)),
    max_leaves=6,
)
NUMBERS = st.floats(-1e4, 1e4)
VALUES = st.fixed_dictionaries({each.name: NUMBERS for each in THRESHOLDS})


@given(CONDITIONS, CONDITIONS, CONDITIONS)
def test_and_and_or_obey_the_laws_of_logic(one, two, three):
    assert alternatives(one & two) == alternatives(two & one)
    assert alternatives(one | two) == alternatives(two | one)
    assert alternatives((one & two) & three) == alternatives(one & (two & three))
    assert alternatives((one | two) | three) == alternatives(one | (two | three))
    assert alternatives(one & (two | three)) == alternatives(one & two | one & three)


def holds(condition, values, facts):
    return any(
        all(one.margin(values[one.name]) > 0 for one in each.thresholds) and all(map(facts.get, each.circumstances))
        for each in condition.conjunctions
    )


@given(CONDITIONS, CONDITIONS, VALUES, st.fixed_dictionaries(dict.fromkeys(FACTS, st.booleans())))
def test_and_and_or_mean_what_they_mean_in_python(one, two, values, facts):
    first, second = holds(one, values, facts), holds(two, values, facts)
    assert holds(one & two, values, facts) == (first and second)
    assert holds(one | two, values, facts) == (first or second)


@given(st.lists(st.sampled_from(THRESHOLDS), min_size=1, unique=True), VALUES)
def test_a_conjunction_is_as_bad_as_its_mildest_part(thresholds, values):
    conjunction = Conjunction(tuple(thresholds))
    margin = conjunction.margin(values)
    assert margin == min(each.margin(values[each.name]) for each in thresholds)
    assert (margin > 0) == all(each.margin(values[each.name]) > 0 for each in thresholds)


@given(st.lists(st.sets(st.sampled_from(THRESHOLDS), min_size=1), min_size=1, max_size=4, unique_by=frozenset), VALUES)
def test_a_judged_disjunction_is_as_bad_as_its_worst_conjunction(groups, values):
    condition = Condition(tuple(Conjunction(tuple(sorted(each, key=lambda one: one.name))) for each in groups))

    def measure(_):
        return [
            evidence("", *((values[one.name], one) for one in each.thresholds), says=each.formula())
            for each in condition.conjunctions
        ]

    (finding,) = judge(Run(), [a_rule(condition, measure=measure)])
    worst = max(each.margin(values) for each in condition.conjunctions)
    assert finding.margin == worst
    assert finding.outcome == ("fault" if worst > 0 else "passed")


@given(st.lists(st.sampled_from(THRESHOLDS), min_size=1, unique=True), VALUES, st.data())
def test_a_margin_is_monotone_in_each_measurement(thresholds, values, data):
    conjunction = Conjunction(tuple(thresholds))
    moved = data.draw(st.sampled_from(thresholds))
    other = data.draw(NUMBERS)
    low, high = sorted([values[moved.name], other])
    at_low, at_high = (conjunction.margin({**values, moved.name: each}) for each in (low, high))
    assert at_low <= at_high if moved.direction == "above" else at_low >= at_high
