"""A comparison as one HTML page: a single file that loads nothing, in light and dark, readable without JavaScript."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from trainwell.report.comparison.wording import (
    difference,
    limits,
    network,
    rate,
    rule,
    score,
    standing,
    verdict,
)
from trainwell.report.embedding import embedded
from trainwell.report.figures.comparison import plates
from trainwell.report.metrics import spoken
from trainwell.report.palette import DARK, LIGHT
from trainwell.report.tables import Tile
from trainwell.report.wording import clean, count, duration, plural

if TYPE_CHECKING:
    from trainwell.report.comparison.result import Comparison, Outcome


def render_page(comparison: Comparison) -> str:
    """The page as text, to be written as UTF-8."""
    environment = Environment(
        loader=PackageLoader("trainwell", "report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    versions = comparison.facts.get("versions", {})
    return environment.get_template("comparison.html.j2").render(
        light=LIGHT,
        dark=DARK,
        title=f"{clean(comparison.source)}: {comparison.plural} side by side",
        kicker=f"Comparison · {plural(len(comparison.outcomes), 'choice')} · {plural(len(comparison.seeds), 'seed')}",
        verdict=verdict(comparison),
        tiles=_tiles(comparison),
        head=_head(comparison),
        rows=[_row(outcome, comparison) for outcome in comparison.outcomes],
        defaulted=any(not outcome.rate_found for outcome in comparison.outcomes),
        rule=rule(comparison),
        limits=limits(comparison),
        figures={plate.name: embedded(plate) for plate in plates(comparison)},
        trained=_trained(comparison),
        left_out=comparison.left_out,
        notes=[clean(note) for note in comparison.notes],
        environment=[(name, clean(value)) for name, value in versions.items()],
        version=clean(versions.get("trainwell", "")),
    )


def _tiles(comparison: Comparison) -> list[Tile]:
    best = comparison.best
    close, worse = comparison.standing("within the noise"), comparison.standing("worse")
    seeds, what = len(comparison.seeds), spoken(comparison.metric)
    found = []
    if best is not None:
        spread = f"validation {what} {score(best.mean, comparison)} ± {difference(best.spread, comparison)}"
        found.append(Tile("Best", best.choice, spread))
    found += [
        Tile("Within the noise", count(len(close)), "may be the best as well"),
        Tile("Worse", count(len(worse)), "by more than the noise"),
    ]
    if lost := comparison.standing("diverged"):
        found.append(Tile("Diverged", count(len(lost)), "from one seed or more"))
    trainings = plural(len(comparison.outcomes) * seeds, "training")
    found.append(Tile("Time", duration(comparison.seconds), f"{trainings}, compiling and range tests included"))
    return found


def _head(comparison: Comparison) -> list[tuple[str, bool]]:
    """Names of the columns, and whether each holds numbers."""
    what = spoken(comparison.metric)
    found = [(comparison.over, False), ("", False), (f"validation {what}", True), ("±", True)]
    if comparison.epochs > 1:
        found.append(("after epoch 1", True))
    return [*found, ("learning rate", True), ("time", True), ("behind", True), ("", False)]


def _row(outcome: Outcome, comparison: Comparison) -> dict[str, object]:
    lost = outcome.standing == "diverged"
    cells = [score(outcome.mean, comparison), "–" if lost else difference(outcome.spread, comparison)]
    if comparison.epochs > 1:
        cells.append(score(outcome.first_epoch, comparison))
    behind = outcome.standing in {"best", "diverged"}
    cells += [
        rate(outcome.learning_rate, found=True) + ("" if outcome.rate_found else "*"),
        duration(outcome.seconds),
        "" if behind else difference(outcome.behind, comparison),
    ]
    return {
        "name": clean(outcome.choice),
        "meaning": clean(outcome.meaning),
        "cells": cells,
        "standing": standing(outcome, comparison),
        "kind": outcome.standing.replace(" ", "-"),
    }


def _trained(comparison: Comparison) -> list[tuple[str, str]]:
    first, last = comparison.seeds[0], comparison.seeds[-1]
    return [
        ("Network", network(comparison)),
        ("Rows", f"{count(comparison.rows['train'])} training, {count(comparison.rows['validation'])} validation"),
        ("Epochs", f"{comparison.epochs}, batches of {count(comparison.batch_size)} rows"),
        ("Seeds", f"{first} to {last}"),
        ("Learning rate", comparison.rule),
        ("Time", "of a choice: its range test, compiling, and the trainings of all seeds"),
    ]
