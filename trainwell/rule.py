"""A rule: one training fault, measured on a Run and judged by a condition that is declared as data.

A rule measures and does not judge. It takes a Run and returns `Evidence`, one piece for each place and each alternative
of its condition. The judge (`trainwell.rules.judge`) compares the measurements with the thresholds. A saved Run can
therefore be judged again with other limits, and a rule that passes has a margin too.

    from trainwell.rule import Threshold, evidence, rule

declares a rule in a program or a package of your own; CONTRIBUTING.md has an example. Nothing here trains, imports
Keras or knows any rule.
"""

from __future__ import annotations

import inspect
import itertools
import math
import re
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

from trainwell.condition import MOST, Circumstance, Condition, Conjunction, Term, Threshold, if_measured
from trainwell.errors import InputError
from trainwell.registry import REMEDIES, RULES
from trainwell.run import NotMeasured, check_needs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from trainwell.run import Run

Family = Literal["data", "setup", "gradients", "speed", "overfitting"]
Severity = Literal["fatal", "serious", "minor"]
Level = Literal["fault", "advice"]
_Value = TypeVar("_Value")
Proof = Literal["facts", "experiment"]
Outcome = Literal["fault", "suspected", "harmless", "advice", "passed", "not applicable", "not measured", "ignored"]

__all__ = [
    "FAMILIES",
    "HEADINGS",
    "MOST",
    "SEVERITIES",
    "Circumstance",
    "Condition",
    "Conjunction",
    "Evidence",
    "Family",
    "Finding",
    "Level",
    "Measurement",
    "NotApplicable",
    "NotMeasured",
    "Outcome",
    "Proof",
    "Rule",
    "Severity",
    "Term",
    "Threshold",
    "evidence",
    "if_measured",
    "need",
    "rule",
]

FAMILIES: dict[Family, str] = {"data": "TW0", "setup": "TW1", "gradients": "TW2", "speed": "TW3", "overfitting": "TW4"}
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
HEADINGS = ("Symptom", "Why it happens", "How it is measured", "Known limits", "References")
_OWN = "trainwell.rules."  # modules of the package's own rules, which are found by their files
_OWN_IDS = "TW"


class NotApplicable(Exception):  # noqa: N818 -- an answer, not an error
    """Raised by a rule that does not concern this Run; its text says why, as a part of a sentence."""


def need(value: _Value | None, name: str) -> _Value:
    """Return a value of a Run that a rule cannot do without.

    Args:
        value: as recorded.
        name: what it is, such as `"fit.steps"`.

    Raises:
        NotMeasured: it is not recorded.
    """
    if value is None:
        raise NotMeasured(f"the Run does not hold {name}")
    return value


@dataclass(frozen=True)
class Measurement:
    """A measured number and the threshold that it is compared with."""

    value: float
    threshold: Threshold


@dataclass(frozen=True)
class Evidence:
    """Measurements in one place, for one conjunction of the rule's condition.

    Args:
        where: a layer, an input, an output or a column; `""` for the whole training.
        measurements: one for each threshold of the conjunction.
        says: one sentence for people, with the numbers, true whether or not they are a fault.
        step: the global step of the measurement, counted from 1; `None` where there is none.
        series: names of the Run's signals that show it, for a figure.
        circumstances: circumstances of the conjunction.
    """

    where: str
    measurements: tuple[Measurement, ...]
    says: str
    step: int | None = None
    series: tuple[str, ...] = ()
    circumstances: tuple[Circumstance, ...] = ()


def evidence(
    where: str,
    *measured: tuple[float, Threshold] | Circumstance,
    says: str,
    step: int | None = None,
    series: Sequence[str] = (),
) -> Evidence:
    """Return evidence from pairs of a number and its threshold, and from circumstances.

    Args:
        where: as in `Evidence`.
        *measured: `(number, threshold)` for each measurement; a circumstance where the condition names one. A number
            that is not known is NaN. It counts as the worst, so that the other measurements decide.
        says: as in `Evidence`.
        step: as in `Evidence`.
        series: as in `Evidence`.
    """
    pairs = [each for each in measured if not isinstance(each, Circumstance)]
    return Evidence(
        where,
        tuple(Measurement(float(value), threshold) for value, threshold in pairs),
        says,
        step,
        tuple(series),
        tuple(each for each in measured if isinstance(each, Circumstance)),
    )


@dataclass(frozen=True)
class Rule:
    """One training fault.

    Args:
        id: such as `"TW203"`: capital letters and a number.
        name: such as `"dying-relu"`: the fault, never the fix.
        family: one of `FAMILIES`.
        severity: `"fatal"` where nothing useful is learned, `"serious"` where much is lost, `"minor"` otherwise.
        measure: takes a Run and returns the evidence.
        fault_if: condition of the fault.
        advice_if: condition of what is only advice.
        needs: what a Run must hold: values as `"data.inputs"`, signals as `"signal:output_zero_units"`, probes as
            `"probe:one_batch"`.
        remedies: names of remedies, the most likely first.
        explained_by: ids, beginnings of ids (`"TW0"`) or names of faults that cause this one. Where one of them is
            found too, this fault is reported as its consequence.
        doc: the text of the rule, with the headings of `HEADINGS`.
        proof: `"facts"` where the evidence is a contradiction or an experiment's own result, which proves the fault;
            `"experiment"` where it only suggests the fault, so that a trial of a remedy or a reference must confirm it.

    Raises:
        ValueError: the condition is ambiguous: two thresholds have one name, a conjunction has no threshold that is
            always measured, or the same measurements could belong to two conjunctions.
    """

    id: str
    name: str
    family: Family
    severity: Severity
    measure: Callable[[Run], Sequence[Evidence]] = field(repr=False, compare=False)
    fault_if: Condition = field(default_factory=Condition, repr=False)
    advice_if: Condition = field(default_factory=Condition, repr=False)
    needs: frozenset[str] = frozenset()
    remedies: tuple[str, ...] = ()
    explained_by: tuple[str, ...] = ()
    doc: str = field(default="", repr=False)
    proof: Proof = "experiment"

    def __post_init__(self) -> None:
        names = [each.name for each in self.thresholds]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"{self.id} {self.name} has two thresholds that are named {name!r}. Rename one.")
        for each in self._conjunctions():
            if not each.thresholds:
                raise ValueError(
                    f"{self.id} {self.name} declares {each.formula()!r}, in which no threshold is always measured. "
                    "Join it with one that is."
                )
        for one, two in itertools.combinations(self._conjunctions(), 2):
            if one.overlaps(two):
                raise ValueError(
                    f"{self.id} {self.name} declares {one.formula()!r} and {two.formula()!r}. The same measurements "
                    "could belong to both. Add a Circumstance to one of them, or give it a threshold of its own."
                )

    def _conjunctions(self) -> tuple[Conjunction, ...]:
        return (*self.fault_if.conjunctions, *self.advice_if.conjunctions)

    @property
    def thresholds(self) -> tuple[Threshold, ...]:
        """Return all thresholds of both conditions, each once."""
        return tuple(dict.fromkeys((*self.fault_if.thresholds, *self.advice_if.thresholds)))

    @property
    def all_remedies(self) -> tuple[str, ...]:
        """Return the names of the rule's remedies, then those of registered remedies that answer this rule."""
        more = [each.name for each in REMEDIES if not each.answers.isdisjoint({self.id, self.name})]
        return tuple(dict.fromkeys((*self.remedies, *more)))

    @property
    def title(self) -> str:
        """Return the fault in one sentence."""
        return self.doc.strip().split("\n\n")[0].replace("\n", " ").removesuffix(".")

    def section(self, heading: str) -> str:
        """Return the text below one of `HEADINGS`; `""` where there is none."""
        found: list[str] = []
        inside = False
        for line in inspect.cleandoc(self.doc).splitlines():
            if line.strip().rstrip(":") in HEADINGS and not line.startswith(" "):
                inside = line.strip().rstrip(":") == heading
            elif inside and not (line and set(line) == {"-"}):
                found.append(line)
        return inspect.cleandoc("\n".join(found)).strip()

    def is_named_by(self, selector: str) -> bool:
        """Return True if a selector means this rule: its id, its name, or a beginning of its id with all letters."""
        letters = self.id.rstrip("0123456789")
        return selector == self.name or (selector.startswith(letters) and self.id.startswith(selector))

    def conjunction_of(self, each: Evidence) -> Conjunction:
        """Return the declared conjunction that a piece of evidence belongs to.

        Args:
            each: evidence that this rule measured.

        Raises:
            ValueError: the rule declares no conjunction of these thresholds and circumstances.
        """
        measured = {one.threshold for one in each.measurements}
        circumstances = set(each.circumstances)
        is_each_once = len(measured) == len(each.measurements)
        for conjunction in self._conjunctions():
            if is_each_once and conjunction.accepts(measured, circumstances):
                return conjunction
        names = [*(one.threshold.name for one in each.measurements), *(one.text for one in each.circumstances)]
        declared = "; or ".join(one.formula() for one in self._conjunctions()) or "nothing"
        raise ValueError(
            f"The evidence of {self.id} {self.name} matches no conjunction that the rule declares. It measured: "
            f"{' and '.join(names)}. Declared: {declared}. Add the conjunction to fault_if or advice_if, or measure "
            "exactly the thresholds of a declared one."
        )

    def exceptions(self, conjunction: Conjunction) -> tuple[Circumstance, ...]:
        """Return the circumstances in which a conjunction of `fault_if` is only advice.

        Args:
            conjunction: one of `fault_if`.
        """
        given = set(conjunction.circumstances)
        found: list[Circumstance] = []
        for each in self.advice_if.conjunctions:
            same = each.thresholds == conjunction.thresholds and each.if_measured == conjunction.if_measured
            if same and given < set(each.circumstances):
                found += [one for one in each.circumstances if one not in given]
        return tuple(found)

    def level_of(self, each: Evidence) -> Level:
        """Return what a piece of evidence stands for where all its measurements are on the wrong side.

        Args:
            each: evidence that this rule measured.
        """
        return "fault" if self.conjunction_of(each) in self.fault_if.conjunctions else "advice"

    def margin_of(self, each: Evidence, limits: Mapping[str, float] | None = None) -> float:
        """Return the margin of a piece of evidence: positive where all measurements are on the wrong side.

        Args:
            each: evidence that this rule measured.
            limits: limits to use in place of the thresholds' own, by name.
        """
        values = {one.threshold.name: one.value for one in each.measurements}
        return self.conjunction_of(each).margin(values, limits)


def rule(
    *,
    id: str,  # noqa: A002 -- what it is called everywhere
    family: Family,
    severity: Severity,
    fault_if: Term,
    advice_if: Term | None = None,
    needs: Sequence[str] = (),
    remedies: Sequence[str] = (),
    explained_by: Sequence[str] = (),
    proof: Proof = "experiment",
) -> Callable[[Callable[[Run], Sequence[Evidence]]], Rule]:
    """Make a Rule of a function that measures, and register it.

    The rule has the name of the function, with dashes in place of underscores. Its text is the function's docstring:
    the first sentence names the fault, sections under `HEADINGS` may follow. A rule of the package itself is not
    registered but found by its file, and its text is the docstring of the file.

    Args:
        id: capital letters of your own and a number, such as `"ACME001"`. `TW` is for the package's own rules.
        family: as in `Rule`.
        severity: as in `Rule`.
        fault_if: thresholds joined by `&` and `|`.
        advice_if: the same for what is only advice.
        needs: as in `Rule`.
        remedies: as in `Rule`.
        explained_by: as in `Rule`.
        proof: as in `Rule`.

    Raises:
        InputError: the id, the family or the severity cannot be used, no Run can hold what is needed, or the id or the
            name is taken.
    """

    def make(measure: Callable[[Run], Sequence[Evidence]]) -> Rule:
        is_own = measure.__module__.startswith(_OWN)
        doc = sys.modules[measure.__module__].__doc__ if is_own else measure.__doc__
        check_needs(needs)
        made = Rule(
            id,
            measure.__name__.replace("_", "-"),
            family,
            severity,
            measure,
            fault_if.as_condition(),
            (advice_if or Condition()).as_condition(),
            frozenset(needs),
            tuple(remedies),
            tuple(explained_by),
            doc or "",
            proof,
        )
        if not is_own:
            _check(made)
            RULES.add(made, f"{measure.__module__}.{measure.__qualname__}")
        return made

    return make


def _check(made: Rule) -> None:
    if made.id.upper().startswith(_OWN_IDS):
        raise InputError(
            f"The rule {made.name!r} has the id {made.id!r}. Ids that begin with TW belong to trainwell's own rules.",
            'Choose letters of your own and a number, such as "ACME001".',
        )
    if not re.fullmatch(r"[A-Z]+[0-9]+", made.id):
        raise InputError(
            f"The rule {made.name!r} has the id {made.id!r}, which is not capital letters followed by a number.",
            'Write it like "ACME001".',
        )
    for what, value, known in (
        ("family", made.family, tuple(FAMILIES)),
        ("severity", made.severity, SEVERITIES),
    ):
        if value not in known:
            raise InputError(f"The rule {made.name!r} has the {what} {value!r}.", f"Choose one of {', '.join(known)}.")
    if made.name in {"all", *FAMILIES}:
        raise InputError(
            f"A rule cannot be named {made.name!r}: that selects all rules or a family.", "Rename the function."
        )


@dataclass(frozen=True)
class Finding:
    """What a rule found in a Run.

    Args:
        rule: the rule.
        outcome: fault, suspected, harmless, advice, passed, not applicable, not measured or ignored.
        evidence: all pieces of evidence, the worst first.
        margin: margin of the worst evidence: positive on the side of the fault, in doublings of the threshold; NaN
            without evidence.
        message: one sentence or two.
        consequences: names of the faults that follow from this one.
        cause: name of the fault that this one follows from; `""` where it is a cause itself.
        limits: limits that were given in place of the rule's own, by the names of the thresholds.
        proof: what an experiment said of it, in a sentence or two; `""` where none was needed or made.
    """

    rule: Rule
    outcome: Outcome
    evidence: tuple[Evidence, ...] = ()
    margin: float = math.nan
    message: str = ""
    consequences: tuple[str, ...] = ()
    cause: str = ""
    limits: dict[str, float] = field(default_factory=dict)
    proof: str = ""

    @property
    def level(self) -> Level | None:
        """Return what the evidence stands for, whatever experiments said of it; `None` where nothing is wrong."""
        if self.outcome in {"fault", "suspected", "harmless"}:
            return "fault"
        return "advice" if self.outcome == "advice" else None

    @property
    def remedies(self) -> tuple[str, ...]:
        """Return the names of remedies for this finding, the most likely first."""
        return self.rule.all_remedies

    def is_wrong(self, each: Evidence) -> bool:
        """Return True if all measurements of a piece of evidence are on the wrong side of the limits in force."""
        return self.rule.margin_of(each, self.limits) > 0

    def wrong(self) -> Iterator[Evidence]:
        """Yield the evidence that makes the finding a fault or advice, the worst first."""
        for each in self.evidence:
            if self.rule.level_of(each) == self.level and self.is_wrong(each):
                yield each

    def to_json(self) -> dict[str, Any]:
        """Return plain data for strict JSON: no NaN and no infinity."""
        return {
            "id": self.rule.id,
            "name": self.rule.name,
            "family": self.rule.family,
            "severity": self.rule.severity,
            "outcome": self.outcome,
            "message": self.message,
            "proof": self.proof or None,
            "margin": _finite(self.margin),
            "cause": self.cause or None,
            "consequences": list(self.consequences),
            "evidence": [self._evidence_json(each) for each in self.evidence],
        }

    def _evidence_json(self, each: Evidence) -> dict[str, Any]:
        return {
            "where": each.where,
            "says": each.says,
            "step": each.step,
            "level": self.rule.level_of(each),
            "condition": self.rule.conjunction_of(each).formula(self.limits),
            "measurements": [
                {
                    "value": _finite(one.value),
                    "threshold": one.threshold.name,
                    "limit": self.limits.get(one.threshold.name, one.threshold.value),
                    "unit": one.threshold.unit,
                    "direction": one.threshold.direction,
                }
                for one in each.measurements
            ],
        }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
