"""The judge: measure each rule on a Run, decide its condition, and separate causes from their consequences."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

from trainwell.errors import InputError
from trainwell.rule import FAMILIES, SEVERITIES, Evidence, Finding, NotApplicable, NotMeasured, Rule
from trainwell.rules.catalogue import all_rules, selected
from trainwell.run import is_recorded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from trainwell.rule import Level, Outcome
    from trainwell.run import Run

_SHOWN = 3  # places that a message names


def judge(
    run: Run,
    rules: Sequence[Rule] | None = None,
    *,
    ignore: Iterable[str] | str = (),
    thresholds: Mapping[str, float] | None = None,
) -> list[Finding]:
    """Return one finding for each rule, in the order of the rules.

    Args:
        run: the Run to judge.
        rules: rules to judge by; all rules where not given.
        ignore: selectors of rules to leave out, as `selected` takes them.
        thresholds: numbers to use in place of the rules' own, such as `{"TW203.units": 0.5}`.

    Raises:
        InputError: a selector or a threshold does not exist.
        ValueError: a rule returned evidence that its condition does not declare: a bug in the rule.
    """
    rules = all_rules() if rules is None else rules
    left_out = {rule.id for rule in selected(ignore)} if ignore else set()
    limits = _limits(thresholds or {})
    found = [
        Finding(rule, "ignored", message="It was asked to be ignored.")
        if rule.id in left_out
        else _finding(run, rule, limits.get(rule.id, {}))
        for rule in rules
    ]
    return explained(found)


def faults(findings: Iterable[Finding]) -> list[Finding]:
    """Return the faults that are causes, the worst first."""
    causes = [each for each in findings if each.outcome == "fault" and not each.cause]
    return sorted(causes, key=_badness)


def _badness(finding: Finding) -> tuple[int, int, int, float]:
    """Return the sort key of causes: by severity, by family, by the number of consequences, by margin."""
    rule = finding.rule
    return (
        SEVERITIES.index(rule.severity),
        list(FAMILIES).index(rule.family),
        -len(finding.consequences),
        -finding.margin,
    )


def _finding(run: Run, rule: Rule, limits: dict[str, float]) -> Finding:
    lacking = [need for need in sorted(rule.needs) if not is_recorded(run, need)]
    if any(need.partition(":")[2] in run.experiments.not_concerned for need in lacking):
        return Finding(rule, "not applicable", message="The training has nothing of the kind.", limits=limits)
    if lacking:
        return Finding(rule, "not measured", message=_why_lacking(run, lacking[0]), limits=limits)
    try:
        found = list(rule.measure(run))
    except NotApplicable as reason:
        return Finding(rule, "not applicable", message=_sentence(str(reason)), limits=limits)
    except NotMeasured as reason:
        return Finding(rule, "not measured", message=_sentence(str(reason)), limits=limits)
    if not found:
        return Finding(rule, "not applicable", message="The Run holds nothing that this rule measures.", limits=limits)
    margins = {id(each): rule.margin_of(each, limits) for each in found}
    levels: dict[int, Level] = {id(each): rule.level_of(each) for each in found}
    found.sort(key=lambda each: (margins[id(each)] <= 0, levels[id(each)] == "advice", -margins[id(each)]))
    worst = found[0]
    wrong = [each for each in found if margins[id(each)] > 0 and levels[id(each)] == levels[id(worst)]]
    outcome: Outcome = levels[id(worst)] if wrong else "passed"
    return Finding(rule, outcome, tuple(found), margins[id(worst)], _message(wrong or [worst]), limits=limits)


def _message(found: list[Evidence]) -> str:
    more = [each.where for each in found[1:] if each.where and each.where != found[0].where]
    names = list(dict.fromkeys(more))
    if not names:
        return found[0].says
    shown = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
    return f"{found[0].says} Also: {shown}."


def explained(findings: list[Finding]) -> list[Finding]:
    """Return the findings with causes and consequences filled in.

    Args:
        findings: one a rule.
    """
    wrong = [each for each in findings if each.level == "fault"]
    cause_of: dict[str, Finding] = {}
    for each in wrong:
        causes = [
            other
            for other in wrong
            if other is not each
            and other.outcome in {each.outcome, "fault"}
            and any(other.rule.is_named_by(selector) for selector in each.rule.explained_by)
        ]
        if causes:
            cause_of[each.rule.id] = min(causes, key=_badness)
    consequences: dict[str, list[str]] = {}
    for each in wrong:
        root = each
        while root.rule.id in cause_of:  # the relation has no circles: tests/rules/test_catalogue.py
            root = cause_of[root.rule.id]
        if root is not each:
            consequences.setdefault(root.rule.id, []).append(each.rule.name)
    return [
        dataclasses.replace(
            each,
            cause=cause_of[each.rule.id].rule.name if each.rule.id in cause_of else "",
            consequences=tuple(consequences.get(each.rule.id, ())),
        )
        for each in findings
    ]


def _why_lacking(run: Run, need: str) -> str:
    reasons = run.not_measured
    kind, _, name = need.rpartition(":")
    reason = reasons.get(need) or reasons.get(name) or reasons.get(f"{kind}s" if kind else "facts")
    what = {"signal": "the signal ", "probe": "the probe ", "experiment": "the experiment ", "": ""}[kind]
    return _sentence(reason) if reason else f"The Run does not hold {what}{name!r}."


def _sentence(text: str) -> str:
    text = text.strip()
    return f"{text[:1].upper()}{text[1:]}".rstrip(".") + "."


def _limits(given: Mapping[str, float]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for key, value in given.items():
        name, _, threshold = key.partition(".")
        (rule,) = selected([name])[:1]
        known = [each.name for each in rule.thresholds]
        if threshold not in known or not math.isfinite(value):
            raise InputError(
                f"{key}={value} sets no threshold of {rule.id} {rule.name}.",
                f"Set one of {', '.join(f'{rule.id}.{each}' for each in known)} to a finite number.",
            )
        found.setdefault(rule.id, {})[threshold] = float(value)
    return found
