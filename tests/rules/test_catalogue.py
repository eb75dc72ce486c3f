"""The catalogue itself is in order: every rule is whole, named, documented and tested, and causes run in no circle."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from trainwell.errors import InputError
from trainwell.rule import FAMILIES, HEADINGS, SEVERITIES
from trainwell.rules import all_rules, find_rule, selected
from trainwell.signals import SIGNALS

RULES = all_rules()
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
def test_it_says_what_helps(rule):
    assert rule.remedies
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", remedy) for remedy in rule.remedies)


@EACH
def test_what_it_needs_is_measured(rule):
    known = {signal.name for signal in SIGNALS}
    for need in rule.needs:
        kind, _, name = need.rpartition(":")
        assert kind in {"", "signal", "probe"}
        if kind == "signal" and "/" not in name:
            assert name in known
        if kind == "probe":
            assert name in {"baseline", "one_batch", "rates"}


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
    assert selected("all") == RULES
    assert {rule.family for rule in selected(["gradients"])} == {"gradients"}
    assert selected(["TW2"]) == selected("gradients")
    assert [rule.name for rule in selected(["dying-relu"])] == ["dying-relu"]
    with pytest.raises(InputError, match="TW9"):
        selected(["TW9"])
