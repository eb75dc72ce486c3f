"""A rule in words, from its own file: for `trainwell explain` and for its page in the docs. Nothing is typed twice."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from trainwell.rule import FAMILIES, HEADINGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from trainwell.rule import Rule, Threshold

_ABOUT = (
    "Each rule names one training fault. `trainwell explain TW203` prints one of these pages in a terminal; the table "
    "and the pages are written from the rules' own files."
)
_SIDES = {"above": "more than", "below": "less than"}


def rule_markdown(rule: Rule) -> str:
    """The page of one rule: what it is, why it happens, how it is measured, its thresholds and its remedies."""
    facts = [f"family {rule.family}", f"severity {rule.severity}"]
    parts = [f"# {rule.id} {rule.name}", f"{rule.title}.", f"*{', '.join(facts)}*"]
    for heading in HEADINGS[:-1]:
        parts += [f"## {heading}", rule.section(heading)]
    parts += ["## Thresholds", _thresholds(rule.thresholds)]
    if rule.explained_by:
        told = ", ".join(_selector(each) for each in rule.explained_by)
        parts += ["## Told as a consequence of", f"{told}, where one of these is found too."]
    if rule.remedies:
        parts += ["## What helps", "\n".join(f"- {each.replace('-', ' ')}" for each in rule.remedies)]
    parts += [f"## {HEADINGS[-1]}", rule.section(HEADINGS[-1])]
    return "\n\n".join(parts) + "\n"


def catalogue_markdown(rules: Iterable[Rule]) -> str:
    """A table of all rules by family, each with a link to its page."""
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
    """The same page for a terminal, without marks."""
    lines = [
        line[2:] if line.startswith("# ") else line.removeprefix("## ").upper() if line.startswith("## ") else line
        for line in rule_markdown(rule).splitlines()
    ]
    return re.sub(r"\*([^*\n]+)\*", r"\1", "\n".join(lines))


def threshold_in_words(threshold: Threshold) -> str:
    """Such as "more than 0.7 share of units"."""
    return " ".join(filter(None, (_SIDES[threshold.direction], f"{threshold.value:g}", threshold.unit)))


def _thresholds(thresholds: Sequence[Threshold]) -> str:
    rows = [f"- `{each.name}`: a fault lies at {threshold_in_words(each)}. {each.source}." for each in thresholds]
    return "\n".join(rows)


def _selector(selector: str) -> str:
    for family, beginning in FAMILIES.items():
        if selector == beginning:
            return f"any fault of the family {family}"
    return selector
