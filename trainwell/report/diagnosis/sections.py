"""What the page shows of a diagnosis, section by section, as plain rows: the template lays out and does not compute."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from trainwell.report import descriptions
from trainwell.report.diagnosis.headroom import headroom
from trainwell.report.diagnosis.wording import (
    capital,
    causes,
    counts,
    decisive,
    is_wrong,
    margin,
    of,
    reading,
    reasons,
    room,
    spoken,
    title,
    trained,
    verdict_of,
    wrong,
)
from trainwell.report.embedding import embedded
from trainwell.report.figures import curves, gradient_norm, heat_map, schedule, update_ratios
from trainwell.report.figures import finding as drawn
from trainwell.report.tables import Table, Tile
from trainwell.report.wording import clean, count, plural, shorten
from trainwell.rule import MOST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainwell.rule import Finding
    from trainwell.run import Run

_MOST_ROWS = 6  # places of a finding that are listed
_FEW_ROWS = 3  # where all are drawn beside it
_MOST_DRAWN = 8  # findings with a picture: each picture stands in the page twice
_LONG = 300  # characters of a reason


@dataclass(frozen=True)
class Gauge:
    """A bar from the limit in the middle: to the right into the fault, to the left away from it; in percent."""

    left: float
    width: float
    wrong: bool


def gauge(margin_: float) -> Gauge:
    """The bar of a margin from -10 to 10 doublings, drawn by its root, so that small ones are seen.

    Example:
    >>> gauge(10.0)
    Gauge(left=50.0, width=50.0, wrong=True)
    """
    size = 50 * (min(abs(margin_), MOST) / MOST) ** 0.5 if margin_ == margin_ else 0.0  # noqa: PLR0124 -- NaN is not itself
    return Gauge(round(50.0 if margin_ > 0 else 50 - size, 1), round(size, 1), margin_ > 0)


@dataclass(frozen=True)
class PlaceRow:
    """One measurement in a finding's table."""

    where: str
    what: str
    value: str
    limit: str
    distance: str
    gauge: Gauge


@dataclass(frozen=True)
class Follows:
    """A fault that follows from another."""

    id: str
    title: str
    message: str


@dataclass(frozen=True)
class Article:
    """A fault, or advice, as the page shows it."""

    id: str
    title: str
    severity: str
    family: str
    message: str
    proof: str
    rows: list[PlaceRow]
    more: str
    follows: list[Follows]
    remedies: list[str]
    why: list[str]
    figures: list[dict[str, Any]]


@dataclass(frozen=True)
class Passed:
    """A rule that passed."""

    id: str
    name: str
    where: str
    value: str
    limit: str
    room: str
    gauge: Gauge


@dataclass(frozen=True)
class DiagnosisSections:
    """All that is shown of a diagnosis.

    Args:
        verdict: one sentence.
        tiles: how many rules said what.
        headroom: what the network and other learners reach; `""` if not measured.
        faults, suspected, advice: what was found, the worst first.
        harmless: what was suspected, and what was tried.
        curves: of the loss, the metrics, the rate and the gradient norm.
        layers: what is seen layer by layer.
        passed: the tightest first.
        not_applicable, not_measured: why, and which rules.
        missing: signals and probes that were not taken, and why.
        ignored: names of rules that were ignored as asked.
        about: facts of model, data and training.
    """

    verdict: str
    tiles: list[Tile]
    headroom: str
    faults: list[Article]
    suspected: list[Article]
    harmless: Table
    advice: list[Article]
    layers: list[dict[str, Any]]
    passed: list[Passed]
    not_applicable: Table
    not_measured: Table
    missing: Table
    ignored: list[str] = field(default_factory=list)
    curves: list[dict[str, Any]] = field(default_factory=list)
    about: list[tuple[str, str]] = field(default_factory=list)


def sections(run: Run, findings: Sequence[Finding], faults: Sequence[Finding]) -> DiagnosisSections:
    """What a report of the Run shows of its diagnosis beside curves and facts of its own."""
    advice = of(findings, "advice")
    suspected, harmless = causes(findings, "suspected"), causes(findings, "harmless")
    shown = (*faults, *suspected, *advice)
    pictured = {id(each) for each in islice(shown, _MOST_DRAWN)}
    articles = {id(each): _article(run, each, findings, draw=id(each) in pictured) for each in shown}
    return DiagnosisSections(
        verdict=verdict_of(run, findings, faults),
        headroom=headroom(run),
        tiles=_tiles(findings),
        faults=[articles[id(each)] for each in faults],
        suspected=[articles[id(each)] for each in suspected],
        harmless=Table(("what", "tried"), [(spoken(each.rule.name), clean(each.proof)) for each in harmless]),
        advice=[articles[id(each)] for each in advice],
        layers=[embedded(plate) for kind in (heat_map, update_ratios) for plate in kind.plates(run)],
        passed=_passed(findings),
        not_applicable=_reasons(of(findings, "not applicable")),
        not_measured=_reasons(of(findings, "not measured")),
        missing=_missing(run),
        ignored=[f"{each.rule.id} {spoken(each.rule.name)}" for each in of(findings, "ignored")],
    )


def all_sections(run: Run, findings: Sequence[Finding], faults: Sequence[Finding]) -> DiagnosisSections:
    """The same with curves and facts, for a page that stands alone."""
    found = sections(run, findings, faults)
    drawable = msgspec.structs.replace(
        run, signals={name: each for name, each in run.signals.items() if _is_seen(each.values)}
    )
    plates = [plate for kind in (curves, schedule, gradient_norm) for plate in kind.plates(drawable)]
    found.curves.extend(embedded(plate) for plate in plates)
    found.about.extend(_about(run))
    return found


def _is_seen(values: np.ndarray) -> bool:
    """Whether a curve has a point to be seen; that a loss was never finite is said by the findings."""
    return values.dtype.kind != "f" or bool(np.isfinite(values).any())


def _article(run: Run, finding: Finding, findings: Sequence[Finding], *, draw: bool) -> Article:
    bad = wrong(finding)
    plates = drawn.plates(run, finding) if draw else []
    most = _FEW_ROWS if any(plate.name.endswith("_places") for plate in plates) else _MOST_ROWS
    rows = [
        PlaceRow(
            shorten(each.where or "all", 40) if place == 0 else "",
            told.what,
            told.value,
            told.limit,
            told.distance,
            gauge(told.margin),
        )
        for each in bad[:most]
        for place, one in enumerate(each.measurements)
        for told in [reading(finding, one)]
    ]
    by_name = {each.rule.name: each for each in findings}
    why = finding.rule.section("Why it happens")
    return Article(
        id=finding.rule.id,
        title=title(finding.rule),
        severity=finding.rule.severity,
        family=finding.rule.family,
        message=clean(finding.message),
        proof=clean(finding.proof),
        rows=rows,
        more=f"and {plural(len(bad) - most, 'more place')}" if len(bad) > most else "",
        follows=[
            Follows(by_name[name].rule.id, title(by_name[name].rule), clean(by_name[name].message))
            for name in finding.consequences
            if name in by_name
        ],
        remedies=[clean(remedy) for remedy in finding.remedies],
        why=[" ".join(clean(part).split()) for part in why.split("\n\n") if part.strip()],
        figures=[embedded(plate) for plate in plates],
    )


def _tiles(findings: Sequence[Finding]) -> list[Tile]:
    number_of = counts(findings)
    follow = number_of["consequences"]
    beside = f"and {plural(follow, 'consequence')}" if follow else ""
    return [
        Tile("Faults" if number_of["faults"] != 1 else "Fault", count(number_of["faults"]), beside),
        *([Tile("Suspected", count(number_of["suspected"]))] if number_of["suspected"] else []),
        Tile("Advice", count(number_of["advice"])),
        Tile("Passed", count(number_of["passed"])),
        Tile("Not applicable", count(number_of["not applicable"])),
        Tile("Not measured", count(number_of["not measured"])),
    ]


def _passed(findings: Sequence[Finding]) -> list[Passed]:
    found = []
    for each in of(findings, "passed"):
        if not each.evidence:
            found.append((0.0, Passed(each.rule.id, spoken(each.rule.name), "", "", "", "", gauge(0.0))))
            continue
        nearest = max(each.evidence, key=lambda one: margin(each, one) if not is_wrong(each, one) else float("-inf"))
        one = decisive(each, nearest)
        if one is None:
            continue
        told = reading(each, one)
        has_room = bool(told.distance) or told.margin < 0
        found.append(
            (
                told.margin if has_room else -MOST - 1,
                Passed(
                    each.rule.id,
                    spoken(each.rule.name),
                    shorten(nearest.where, 40),
                    f"{told.what} {told.value}",
                    told.limit,
                    room(told.margin) if one.threshold.value > 0 and told.distance else "",
                    gauge(told.margin),
                ),
            )
        )
    return [passed for _, passed in sorted(found, key=lambda entry: -entry[0])]


def _reasons(findings: Sequence[Finding]) -> Table:
    rows = [
        (shorten(reason, _LONG), ", ".join(f"{each.rule.id} {spoken(each.rule.name)}" for each in those))
        for reason, those in reasons(findings)
    ]
    return Table(("why", "rules"), rows)


def _missing(run: Run) -> Table:
    rows = [(shorten(name, 60), shorten(capital(clean(why)), _LONG)) for name, why in run.not_measured.items()]
    return Table(("what", "why"), rows)


def _about(run: Run) -> list[tuple[str, str]]:
    inputs = run.data.inputs or []
    shapes = ", ".join(
        " ".join(filter(None, (clean(each.name), descriptions.dimensions(each.shape)))) for each in inputs
    )
    rows = next((each.rows for each in inputs), None)
    batch = run.fit.batch_size
    pairs = [
        ("Model", capital(descriptions.model(run))),
        ("Inputs", " of ".join(filter(None, (plural(rows, "training row") if rows else "", shapes)))),
        ("Optimizer", descriptions.optimizer(run)),
        ("Loss", descriptions.loss(run)),
        ("Metrics", ", ".join(filter(None, map(descriptions.phrase, (run.compile.metrics or []))))),
        ("Batch size", plural(batch, "row") if batch is not None else ""),
        ("Trained", trained(run)),
        ("Versions", descriptions.phrase(run.versions)),
    ]
    return [(name, value) for name, value in pairs if value]
