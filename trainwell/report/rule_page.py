"""A rule as a page, for `trainwell explain` and for the docs. All of it comes from the rule: nothing is typed twice."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from trainwell.rule import FAMILIES, HEADINGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from trainwell.rule import Conjunction, Rule, Threshold

_ABOUT = (
    "Each rule names one training fault. `trainwell explain TW203` prints one of these pages in a terminal; the table "
    "and the pages are written from the rules' own files."
)
_SIDES = {"above": "more than", "below": "less than"}


def rule_markdown(rule: Rule) -> str:
    """Return the page of one rule: the fault, its cause, its condition, its thresholds and its remedies.

    Args:
        rule: the rule.
    """
    facts = [f"family {rule.family}", f"severity {rule.severity}"]
    parts = [f"# {rule.id} {rule.name}", f"{rule.title}.", f"*{', '.join(facts)}*"]
    for heading in HEADINGS[:-1]:
        parts += _section(rule, heading)
    parts += ["## Condition", *_condition(rule), "## Thresholds", _thresholds(rule.thresholds)]
    if rule.explained_by:
        causes = ", ".join(_selector(each) for each in rule.explained_by)
        parts += ["## Possible causes", f"Reported as a consequence where one of these is found too: {causes}."]
    if rule.all_remedies:
        parts += ["## Remedies", "\n".join(f"- {each.replace('-', ' ')}" for each in rule.all_remedies)]
    parts += _section(rule, HEADINGS[-1])
    return "\n\n".join(parts) + "\n"


def catalogue_markdown(rules: Iterable[Rule]) -> str:
    """Return a table of rules by family, each with a link to its page.

    Args:
        rules: the rules, in order.
    """
    rules = list(rules)
    parts = ["# Rules", _ABOUT]
    for family in FAMILIES:
        rows = [
            f"| {rule.id} | [{rule.name}]({rule.name}.md) | {rule.title} | {rule.severity} |"
            for rule in rules
            if rule.family == family
        ]
        parts += [f"## {family.capitalize()}", "\n".join(["| id | fault | | severity |", "|---|---|---|---|", *rows])]
    return "\n\n".join(parts) + "\n"


def rule_text(rule: Rule) -> str:
    """Return the page of one rule for a terminal, without Markdown.

    Args:
        rule: the rule.
    """
    lines = [
        line[2:] if line.startswith("# ") else line.removeprefix("## ").upper() if line.startswith("## ") else line
        for line in rule_markdown(rule).splitlines()
    ]
    return re.sub(r"\*([^*\n]+)\*", r"\1", "\n".join(lines))


def conjunction_in_words(conjunction: Conjunction) -> str:
    """Return a conjunction as a clause, such as "`rise` is more than 0.2 (share of what was gained) and ...".

    Args:
        conjunction: a conjunction of a rule.
    """
    parts = [_threshold_in_words(each) for each in conjunction.thresholds]
    parts += [each.text for each in conjunction.circumstances]
    optional = [f" and, if measured, {_threshold_in_words(each)}" for each in conjunction.if_measured]
    return " and ".join(parts) + "".join(optional)


def _section(rule: Rule, heading: str) -> list[str]:
    text = rule.section(heading)
    return [f"## {heading}", text] if text else []


def _condition(rule: Rule) -> list[str]:
    faults = []
    for each in rule.fault_if.conjunctions:
        exceptions = "".join(f", unless {one.text}" for one in rule.exceptions(each))
        faults.append(f"{conjunction_in_words(each)}{exceptions}")
    advice = [conjunction_in_words(each) for each in rule.advice_if.conjunctions]
    found = []
    for what, alternatives in (("A fault is found", faults), ("Advice is given", advice)):
        if alternatives:
            found += [f"{what} where", _alternatives(alternatives)]
    return found


def _alternatives(clauses: Sequence[str]) -> str:
    return ", or\n".join(f"- {each}" for each in clauses) + "."


def _threshold_in_words(threshold: Threshold) -> str:
    unit = f" ({threshold.unit})" if threshold.unit else ""
    return f"`{threshold.name}` is {_SIDES[threshold.direction]} {threshold.value:g}{unit}"


def _thresholds(thresholds: Sequence[Threshold]) -> str:
    return "\n".join(f"- `{each.name}`, {each.value:g}: {each.source}." for each in thresholds)


def _selector(selector: str) -> str:
    for family, beginning in FAMILIES.items():
        if selector == beginning:
            return f"any fault of the family {family}"
    return selector
