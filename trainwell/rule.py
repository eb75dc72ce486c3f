"""What a rule is: one training fault, measured on a Run and compared with thresholds that say where they come from.

A rule measures and does not judge. It takes a Run and returns `Evidence`, each a place with its measurements; the fault
is there where all measurements of one piece of evidence lie on the wrong side of their thresholds. So a saved Run can
be judged again with other thresholds, and what passed has a margin too.

Nothing here trains, imports Keras or knows any rule.
"""

from __future__ import annotations

import inspect
import math
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trainwell.run import Run

Direction = Literal["above", "below"]
Family = Literal["data", "setup", "gradients", "speed", "overfitting"]
Severity = Literal["fatal", "serious", "minor"]
Level = Literal["fault", "advice"]
Outcome = Literal["fault", "advice", "passed", "not applicable", "not measured", "ignored"]

FAMILIES: dict[Family, str] = {"data": "TW0", "setup": "TW1", "gradients": "TW2", "speed": "TW3", "overfitting": "TW4"}
SEVERITIES: tuple[Severity, ...] = ("fatal", "serious", "minor")
HEADINGS = ("Symptom", "Why it happens", "How it is measured", "Known limits", "References")
MOST = 10.0  # the largest margin that is told: a thousand times the threshold is no worse than two thousand


class NotApplicable(Exception):  # noqa: N818 -- an answer, not an error
    """Raised by a rule that does not concern this Run; its text says why, as a part of a sentence."""


class NotMeasured(Exception):  # noqa: N818 -- an answer, not an error
    """Raised by a rule that concerns this Run but cannot see what it needs; its text says why."""


@dataclass(frozen=True)
class Threshold:
    """A number that separates a fault from what is in order.

    Args:
        name: unique in its rule, such as `"share"`; `TW203.share` names it from outside.
        value: the number.
        unit: of the number, such as `"share of units"`; `""` for a ratio.
        direction: the side on which the fault lies: `"above"` (greater than the value) or `"below"` (less).
        source: a citation, or the benchmark that calibrated it.
    """

    name: str
    value: float
    unit: str
    direction: Direction
    source: str

    def margin(self, measured: float, limit: float | None = None) -> float:
        """How far a measurement lies on the wrong side (positive) or the right one, from -10 to 10.

        For a positive limit, in doublings: 1 is twice the limit. Else the difference. NaN counts as the worst.

        Args:
            measured: the measurement.
            limit: used in place of `value`.

        Example:
        >>> Threshold("share", 0.25, "share", "above", "").margin(0.5)
        1.0
        """
        limit = self.value if limit is None else limit
        if math.isnan(measured):
            return MOST
        if limit > 0:
            ratio = measured / limit
            distance = math.log2(ratio) if ratio > 0 else -MOST
        else:
            distance = measured - limit
        return max(-MOST, min(MOST, distance if self.direction == "above" else -distance))


@dataclass(frozen=True)
class Measurement:
    """A number beside the threshold that it is compared with."""

    value: float
    threshold: Threshold


@dataclass(frozen=True)
class Evidence:
    """What was measured in one place.

    Args:
        where: a layer, an input, an output, a column; `""` for the whole training.
        measurements: the fault is there only where all of them lie on the wrong side.
        says: one sentence for people, with the numbers, true whether or not they are a fault.
        step: the global step of the measurement, from 1; `None` for what has none.
        level: what it is where all measurements lie on the wrong side: a fault, or only advice.
        series: names of the Run's signals that show it, for a picture.
    """

    where: str
    measurements: tuple[Measurement, ...]
    says: str
    step: int | None = None
    level: Level = "fault"
    series: tuple[str, ...] = ()


def evidence(
    where: str,
    *measured: tuple[float, Threshold],
    says: str,
    step: int | None = None,
    level: Level = "fault",
    series: Sequence[str] = (),
) -> Evidence:
    """Evidence from pairs of a number and its threshold; the other arguments are those of `Evidence`."""
    pairs = tuple(Measurement(float(value), threshold) for value, threshold in measured)
    return Evidence(where, pairs, says, step, level, tuple(series))


@dataclass(frozen=True)
class Rule:
    """One training fault.

    Args:
        id: such as `"TW203"`.
        name: such as `"dying-relu"`: the fault, never the fix.
        family: as in `FAMILIES`.
        severity: `"fatal"` where nothing useful is learned, `"serious"` where much is lost, `"minor"` else.
        measure: takes a Run and gives the evidence.
        thresholds: all that its evidence is compared with.
        needs: what a Run must hold: facts as `"data.inputs"`, signals as `"signal:output_zero_units"`, probes as
            `"probe:one_batch"`.
        remedies: names of remedies, the most likely first.
        explained_by: ids, beginnings of ids (`"TW0"`) or names of faults that this one follows from; it is then told as
            their consequence.
        doc: the rule file's own first words, with the headings of `HEADINGS`.
    """

    id: str
    name: str
    family: Family
    severity: Severity
    measure: Callable[[Run], Sequence[Evidence]] = field(repr=False, compare=False)
    thresholds: tuple[Threshold, ...] = ()
    needs: frozenset[str] = frozenset()
    remedies: tuple[str, ...] = ()
    explained_by: tuple[str, ...] = ()
    doc: str = field(default="", repr=False)

    @property
    def title(self) -> str:
        """The fault in one sentence."""
        return self.doc.strip().split("\n\n")[0].replace("\n", " ").removesuffix(".")

    def section(self, heading: str) -> str:
        """The text below one of `HEADINGS`; `""` where there is none."""
        found: list[str] = []
        inside = False
        for line in inspect.cleandoc(self.doc).splitlines():
            if line.strip().rstrip(":") in HEADINGS and not line.startswith(" "):
                inside = line.strip().rstrip(":") == heading
            elif inside and not (line and set(line) == {"-"}):
                found.append(line)
        return inspect.cleandoc("\n".join(found)).strip()

    def is_named_by(self, selector: str) -> bool:
        """Whether a selector means this rule: its id, the beginning of its id, or its name."""
        return selector == self.name or (selector.startswith("TW") and self.id.startswith(selector))


def rule(
    *,
    id: str,  # noqa: A002 -- what it is called everywhere
    family: Family,
    severity: Severity,
    thresholds: Sequence[Threshold],
    needs: Sequence[str] = (),
    remedies: Sequence[str] = (),
    explained_by: Sequence[str] = (),
) -> Callable[[Callable[[Run], Sequence[Evidence]]], Rule]:
    """Makes a Rule of a function that measures; its name, with dashes, is the rule's, and its file's text the doc."""

    def make(measure: Callable[[Run], Sequence[Evidence]]) -> Rule:
        doc = sys.modules[measure.__module__].__doc__ or ""
        name = measure.__name__.replace("_", "-")
        return Rule(
            id,
            name,
            family,
            severity,
            measure,
            tuple(thresholds),
            frozenset(needs),
            tuple(remedies),
            tuple(explained_by),
            doc,
        )

    return make


@dataclass(frozen=True)
class Finding:
    """What a rule says of a Run.

    Args:
        rule: the rule.
        outcome: fault, advice, passed, not applicable, not measured or ignored.
        evidence: the worst first.
        margin: of the worst evidence: positive on the wrong side, in doublings of the threshold; NaN without evidence.
        message: one sentence or two.
        consequences: names of the faults that follow from this one.
        cause: name of the fault that this one follows from; `""` for a cause.
        limits: thresholds that were given from outside, by their name in the rule.
    """

    rule: Rule
    outcome: Outcome
    evidence: tuple[Evidence, ...] = ()
    margin: float = math.nan
    message: str = ""
    consequences: tuple[str, ...] = ()
    cause: str = ""
    limits: dict[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain data that strict JSON can carry."""

        def number(value: float) -> float | None:
            return value if math.isfinite(value) else None

        return {
            "id": self.rule.id,
            "name": self.rule.name,
            "family": self.rule.family,
            "severity": self.rule.severity,
            "outcome": self.outcome,
            "message": self.message,
            "margin": number(self.margin),
            "cause": self.cause or None,
            "consequences": list(self.consequences),
            "evidence": [
                {
                    "where": each.where,
                    "says": each.says,
                    "step": each.step,
                    "level": each.level,
                    "measurements": [
                        {
                            "value": number(one.value),
                            "threshold": one.threshold.name,
                            "limit": self.limits.get(one.threshold.name, one.threshold.value),
                            "unit": one.threshold.unit,
                            "direction": one.threshold.direction,
                        }
                        for one in each.measurements
                    ],
                }
                for each in self.evidence
            ],
        }
