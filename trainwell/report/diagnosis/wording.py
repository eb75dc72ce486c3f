"""A diagnosis in words: the verdict, the names of rules, and numbers beside their thresholds.

What was not measured is never told as healthy, here or anywhere: the verdict counts it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trainwell.report.diagnosis.headroom import limit
from trainwell.report.run_values import text
from trainwell.report.wording import clean, count, figure, plural, sentence, share
from trainwell.rule import MOST

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from trainwell.rule import Evidence, Finding, Measurement, Outcome, Rule
    from trainwell.run import Run

_SPELLED = {
    "nan": "NaN", "relu": "ReLU", "relus": "ReLUs", "elu": "ELU", "selu": "SELU", "lstm": "LSTM", "mse": "MSE",
    "l2": "ℓ2", "adam": "Adam", "sgd": "SGD",
}  # fmt: skip
_OPENERS = {  # words that need no capital behind a colon
    "a", "after", "all", "an", "and", "any", "as", "at", "before", "between", "both", "by", "during", "each",
    "even", "every", "fewer", "for", "from", "half", "if", "in", "inputs", "it", "its", "layer", "less", "loss",
    "many", "more", "most", "neither", "no", "not", "of", "on", "one", "only", "over", "several", "since", "so",
    "some", "that", "the", "their", "there", "these", "they", "this", "those", "training", "two", "up",
    "validation", "what", "when", "where", "while", "with", "without",
}  # fmt: skip
_MINUS = "\N{MINUS SIGN}"
_THOUSAND = 1000
_POWERS_FROM = 1e7


def spoken(name: str) -> str:
    """A rule's name in words.

    Example:
    >>> spoken("nan-loss"), spoken("dying-relu")
    ('NaN loss', 'dying ReLU')
    """
    return " ".join(_SPELLED.get(word, word) for word in clean(name).split("-"))


def title(rule: Rule) -> str:
    """A rule's name in words, as a heading.

    Example:
    >>> from trainwell.rule import Rule
    >>> title(Rule("TW203", "dying-relu", "gradients", "serious", lambda run: ()))
    'Dying ReLU'
    """
    return capital(spoken(rule.name))


def capital(words: str) -> str:
    """`words` with a capital first letter, the rest as it is."""
    return words[:1].upper() + words[1:]


def of(findings: Iterable[Finding], outcome: Outcome) -> list[Finding]:
    """The findings of that outcome, in their order."""
    return [each for each in findings if each.outcome == outcome]


def causes(findings: Iterable[Finding], outcome: Outcome) -> list[Finding]:
    """Return the findings of an outcome that follow from no other one, in their order."""
    return [each for each in of(findings, outcome) if not each.cause]


def enumerated(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`.

    Example:
    >>> enumerated(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def verdict_of(run: Run, findings: Sequence[Finding], faults: Sequence[Finding]) -> str:
    """What is wrong, in one sentence: the worst cause, what follows from it, and how many faults there are beside it.

    Args:
        run: the Run that was judged.
        findings: what every rule says of it.
        faults: the causes among the findings, the worst first.

    Returns:
        A sentence without line breaks. A training in which nothing was found is called healthy only where every rule
        that concerns it was measured.
    """
    unseen = len(of(findings, "not measured"))
    if not faults:
        return _without_fault(run, findings, unseen)
    worst = faults[0]
    words = f"{title(worst.rule)}: {_behind_a_colon(_says(worst))}"
    if worst.consequences:
        words += f", which also explains {enumerated([spoken(name) for name in worst.consequences])}"
    rest = []
    if len(faults) > 1:
        rest.append(f"{plural(len(faults) - 1, 'more fault')} {'was' if len(faults) == 2 else 'were'} found")  # noqa: PLR2004 -- one more
    if unseen:
        rest.append(f"{plural(unseen, 'rule')} could not be measured")
    return sentence("; ".join([words, *rest]))


def _without_fault(run: Run, findings: Sequence[Finding], unseen: int) -> str:
    passed, advice = len(of(findings, "passed")), len(of(findings, "advice"))
    suspected = causes(findings, "suspected")
    if suspected:
        worst = suspected[0]
        words = f"No fault is proven. Suspected: {spoken(worst.rule.name)}, since {_behind_a_colon(_says(worst))}"
        more = f"; {plural(len(suspected) - 1, 'more suspicion')}" if len(suspected) > 1 else ""
        return sentence(words + more)
    rest = [limit(run)] if limit(run) else []
    if advice:
        rest.append(f"{plural(advice, 'gives', 'give')} advice")
    if ignored := len(of(findings, "ignored")):
        rest.append(f"{plural(ignored, 'was', 'were')} ignored as asked")
    if unseen:
        rest.append(f"{plural(unseen, 'rule')} could not be measured")
    if harmless := len(of(findings, "harmless")):
        rest.append(f"{plural(harmless, 'suspicion was', 'suspicions were')} tried and found harmless")
    if passed + advice == 0:
        why = f"{plural(unseen, 'rule')} could not be measured" if unseen else "no rule concerns it"
        return sentence(f"Nothing can be said of this training: {why}")
    good = plural(passed, "rule") + " passed"
    if unseen:
        return sentence(f"No fault was found in what could be measured: {'; '.join([good, *rest])}")
    short = " as far as it went" if run.fit.cut else ""
    return sentence(f"This training is healthy{short}: {'; '.join([good, *rest])}")


def _says(finding: Finding) -> str:
    """The first sentence of a finding, with how many more places it names."""
    if not finding.evidence:
        return clean(finding.message)
    first = finding.evidence[0]
    more = {each.where for each in wrong(finding) if each.where and each.where != first.where}
    words = clean(first.says).strip().removesuffix(".")
    return f"{words} (and {plural(len(more), 'more place')})" if more else words


def _behind_a_colon(words: str) -> str:
    words = words.strip().removesuffix(".")
    first = words.split(" ", 1)[0]
    return words[:1].lower() + words[1:] if first.lower() in _OPENERS else words


def is_wrong(finding: Finding, evidence: Evidence) -> bool:
    """Return True if all measurements of a piece of evidence are on the wrong side of the limits in force."""
    return finding.is_wrong(evidence)


def wrong(finding: Finding) -> list[Evidence]:
    """Return the evidence that makes the finding a fault or advice, the worst first; nothing where it passed."""
    return list(finding.wrong())


def margin(finding: Finding, evidence: Evidence) -> float:
    """Return the margin of a piece of evidence: that of its mildest measurement."""
    return finding.rule.margin_of(evidence, finding.limits)


def margin_of(finding: Finding, one: Measurement) -> float:
    """Of a measurement, beside the limit that was in force."""
    return one.threshold.margin(one.value, limit_of(finding, one))


def limit_of(finding: Finding, one: Measurement) -> float:
    """The limit that was in force: given from outside, or the threshold's own."""
    return finding.limits.get(one.threshold.name, one.threshold.value)


def decisive(finding: Finding, evidence: Evidence) -> Measurement | None:
    """The measurement that the margin is told of."""
    return min(evidence.measurements, key=lambda one: margin_of(finding, one), default=None)


def quantity(value: float, unit: str) -> str:
    """A measured number with its unit.

    Example:
    >>> quantity(0.974, "share of units"), quantity(0.01, "per step"), quantity(5213.7, "")
    ('97.4% of units', '0.01 per step', '5,214')
    """
    unit = clean(unit)
    if math.isnan(value):
        return "not a number"
    if math.isinf(value):
        return "infinite"
    if _is_share(unit):
        whole = math.isclose(value * 100, round(value * 100), abs_tol=1e-6)
        return share(value, 0 if whole else 1) + unit.removeprefix("share")
    grouped = _THOUSAND <= abs(value) < _POWERS_FROM or (value == int(value) and abs(value) < _THOUSAND)
    return f"{f'{value:,.0f}'.replace('-', _MINUS) if grouped else figure(value, 3)} {unit}".strip()


def _is_share(unit: str) -> bool:
    return unit == "share" or unit.startswith("share ")


@dataclass(frozen=True)
class MeasuredValue:
    """A measurement as it is laid out.

    Args:
        what: what was measured, in words.
        value: with its unit.
        limit: the side on which the fault lies and the limit: `above 70%`.
        distance: how the value stands to the limit: `1.4 × the limit`; `""` where the limit is no positive number.
        margin: from -10 to 10, positive on the wrong side.
    """

    what: str
    value: str
    limit: str
    distance: str
    margin: float


def reading(finding: Finding, one: Measurement) -> MeasuredValue:
    """A measurement as it is laid out, beside the limit that was in force."""
    limit = limit_of(finding, one)
    unit = "share" if _is_share(one.threshold.unit) else ""
    what = clean(one.threshold.name).replace("_", " ").replace("-", " ")
    said = one.threshold.unit in {what, f"share of {what}"}
    return MeasuredValue(
        what,
        quantity(one.value, unit if said else one.threshold.unit),
        f"{one.threshold.direction} {quantity(limit, unit)}",
        _times(one.value, limit),
        one.threshold.margin(one.value, limit),
    )


def _times(value: float, limit: float) -> str:
    if not limit > 0 or not math.isfinite(value) or value < 0:
        return ""
    ratio, most = value / limit, 2.0**MOST
    if ratio >= most:
        return "> 1,000 × the limit"
    if ratio <= 1 / most:
        return "< 0.001 × the limit" if value else ""
    return f"{_factor(ratio)} × the limit"


def _factor(ratio: float) -> str:
    """A factor with two digits, without a power of ten: `1.3`, `310`."""
    if 0.9 < ratio < 1.1:  # noqa: PLR2004 -- so near to 1, two digits do not tell the side
        return figure(ratio, 3)
    return f"{float(f'{ratio:.2g}'):,.0f}" if ratio >= 10 else figure(ratio, 2)  # noqa: PLR2004 -- two digits need no point


def room(margin_: float) -> str:
    """How far a measurement that passed is from its limit, as a factor.

    Example:
    >>> room(-1.0), room(-10.0), room(0.0)
    ('2 ×', '> 1,000 ×', '1 ×')
    """
    if not math.isfinite(margin_):
        return ""
    return "> 1,000 ×" if margin_ <= -MOST else f"{_factor(2.0**-margin_)} ×"


def counts(findings: Sequence[Finding]) -> dict[str, int]:
    """How many findings there are of each outcome, in the order in which they are told; consequences apart."""
    return {
        "faults": sum(not each.cause for each in of(findings, "fault")),
        "consequences": sum(bool(each.cause) for each in of(findings, "fault")),
        **{
            outcome: len(of(findings, outcome))
            for outcome in ("suspected", "harmless", "advice", "passed", "not applicable", "not measured", "ignored")
        },  # type: ignore[arg-type]
    }


def reasons(findings: Sequence[Finding]) -> list[tuple[str, list[Finding]]]:
    """Why rules were not measured or do not apply: each reason once with its rules, the most frequent first."""
    found: dict[str, list[Finding]] = {}
    for each in findings:
        found.setdefault(clean(each.message).strip(), []).append(each)
    return sorted(found.items(), key=lambda entry: -len(entry[1]))


def trained(run: Run) -> str:
    """How much was trained, in one phrase, and whether it is less than was asked for; `""` where that is not known."""
    steps, epochs, planned = run.fit.steps, run.fit.epochs_run, run.fit.epochs
    if steps is None or epochs is None:
        return ""
    words = f"{plural(steps, 'step')} in {plural(epochs, 'epoch')}"
    per_epoch = run.fit.steps_per_epoch
    if run.fit.diverged:
        return f"{words}, until the loss was no longer finite"
    if run.fit.out_of_time:
        return f"{words}, until the budget was spent"
    if run.fit.cut and per_epoch and planned:
        return f"{plural(steps, 'step')} of the {count(per_epoch * planned)} that were asked for"
    if planned and epochs < planned:
        return f"{words}, of {count(planned)} that were planned"
    return words


def subject(run: Run) -> str:
    """What was diagnosed, in a word or two."""
    return text(run.model.name) or "a model"
