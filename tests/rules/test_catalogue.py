"""The catalogue itself is in order: every rule is whole, named, documented and tested, and causes run in no circle."""

from __future__ import annotations

import itertools
import re
import sys
from pathlib import Path

import pytest

from trainwell.errors import InputError
from trainwell.rule import FAMILIES, HEADINGS, SEVERITIES, Circumstance, Threshold
from trainwell.rules import all_rules, find_rule, own_rules, selected
from trainwell.run import ExperimentsRecord
from trainwell.signals import SIGNALS

RULES = own_rules()
ROOT = Path(__file__).parents[2]
EACH = pytest.mark.parametrize("rule", RULES, ids=[rule.name for rule in RULES])


def test_numbers_and_names_are_given_once():
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert len({rule.name for rule in RULES}) == len(RULES)


@EACH
def test_it_is_named_as_its_file(rule):
    module = rule.measure.__module__
    assert module == f"trainwell.rules.{rule.family}.{rule.name.replace('-', '_')}"
    assert rule.measure.__name__.replace("_", "-") == rule.name
    assert re.fullmatch(r"TW\d{3}", rule.id)
    assert rule.id.startswith(FAMILIES[rule.family])
    assert rule.severity in SEVERITIES


@EACH
def test_it_is_documented(rule):
    assert rule.title
    assert len(rule.title) < 117  # one line of its file
    for heading in HEADINGS:
        assert rule.section(heading), heading
    assert rule.measure.__doc__


@EACH
def test_its_thresholds_say_where_they_come_from(rule):
    assert rule.thresholds
    names = [each.name for each in rule.thresholds]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z_]+", name) for name in names)
    assert all(each.source for each in rule.thresholds)


@EACH
def test_every_threshold_of_its_file_is_in_its_condition(rule):
    declared = vars(sys.modules[rule.measure.__module__]).items()
    thresholds = {name for name, value in declared if isinstance(value, Threshold)}
    assert thresholds == {name for name, value in declared if value in rule.thresholds}


@EACH
def test_every_circumstance_of_its_file_is_in_its_condition(rule):
    declared = {each for each in vars(sys.modules[rule.measure.__module__]).values() if isinstance(each, Circumstance)}
    conjunctions = (*rule.fault_if.conjunctions, *rule.advice_if.conjunctions)
    assert declared == {one for each in conjunctions for one in each.circumstances}


@EACH
def test_no_alternative_is_implied_by_another(rule):
    """Where A alone is a fault, "A and B" adds nothing: the docs would promise a condition that is never decisive."""
    for condition in (rule.fault_if, rule.advice_if):
        for one, other in itertools.permutations(condition.conjunctions, 2):
            looser = set(one.thresholds).union(one.if_measured) <= set(other.thresholds)
            assert not (looser and set(one.circumstances) <= set(other.circumstances)), (one.formula(), other.formula())


@EACH
def test_its_circumstances_are_clauses(rule):
    conjunctions = (*rule.fault_if.conjunctions, *rule.advice_if.conjunctions)
    for text in (one.text for each in conjunctions for one in each.circumstances):
        assert not text.endswith(".")
        assert " " in text


@EACH
def test_it_says_what_helps(rule):
    assert rule.remedies
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", remedy) for remedy in rule.remedies)


@EACH
def test_what_it_needs_is_measured(rule):
    known = {signal.name for signal in SIGNALS}
    for need in rule.needs:
        kind, _, name = need.rpartition(":")
        assert kind in {"", "signal", "probe", "experiment"}
        if kind == "signal" and "/" not in name:
            assert name in known
        if kind == "probe":
            assert name in {"baseline", "one_batch", "rates"}
        if kind == "experiment":
            assert name in ExperimentsRecord.__struct_fields__


@EACH
def test_it_has_tests(rule):
    folder = ROOT / "tests" / "rules" / rule.family
    texts = [path.read_text(encoding="utf-8") for path in folder.glob("test_*.py")]
    assert any(f'"{rule.name}"' in text for text in texts)


@EACH
def test_what_explains_it_exists(rule):
    for selector in rule.explained_by:
        assert any(other.is_named_by(selector) for other in RULES), selector


def test_no_fault_explains_itself_by_way_of_others():
    causes = {
        rule.name: {o.name for o in RULES if o is not rule and any(map(o.is_named_by, rule.explained_by))}
        for rule in RULES
    }

    def visit(name, above):
        assert name not in above, " follows from ".join([*above, name])
        for cause in causes[name]:
            visit(cause, [*above, name])

    for name in causes:
        visit(name, [])


def test_a_rule_is_found_by_id_and_name():
    assert find_rule("tw203") is find_rule("dying-relu") is find_rule("Dying_ReLU")


def test_an_unknown_rule_gets_a_suggestion():
    with pytest.raises(InputError, match="no rule 'dying-rule'") as error:
        find_rule("dying-rule")
    assert "dying-relu" in error.value.hint


def test_selectors_select():
    assert selected("all") == all_rules() == RULES
    assert {rule.family for rule in selected(["gradients"])} == {"gradients"}
    assert selected(["TW2"]) == selected("gradients")
    assert [rule.name for rule in selected(["dying-relu"])] == ["dying-relu"]
    with pytest.raises(InputError, match="TW9"):
        selected(["TW9"])
