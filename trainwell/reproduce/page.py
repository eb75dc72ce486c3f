"""The reproduction as one HTML page: a single file that loads nothing, in light and dark, without JavaScript."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from trainwell.report.embedding import embedded
from trainwell.report.palette import DARK, LIGHT
from trainwell.report.wording import count, duration, plural, share
from trainwell.reproduce.comparison import chance_of_inside
from trainwell.reproduce.experiment import TEST
from trainwell.reproduce.figures import depth_plates, plate
from trainwell.reproduce.table import accuracy, judgement, misses, span, where

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainwell.reproduce.comparison import FigureComparison, ResultRow
    from trainwell.reproduce.reproduce import Reproduction


def render_page(reproduction: Reproduction) -> str:
    """The page as text, to be written as UTF-8.

    Args:
        reproduction: with at least one comparison.
    """
    found = reproduction.comparisons
    finals = [row for comparison in found for row in comparison.finals if row.printed is not None]
    environment = Environment(
        loader=PackageLoader("trainwell", "report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("reproduction.html.j2").render(
        light=LIGHT,
        dark=DARK,
        verdict=verdict(finals),
        few=_few(found),
        tiles=[_tile(comparison) for comparison in found if comparison.experiment.printed],
        finals=[_final(comparison, row) for comparison in found for row in comparison.finals],
        misses=misses(found),
        depth=[embedded(each) for each in depth_plates(found)],
        experiments=[_experiment(comparison) for comparison in found],
        facts=_facts(reproduction),
        version=reproduction.versions.get("trainwell", ""),
    )


def verdict(finals: Sequence[ResultRow]) -> str:
    """The outcome in a sentence."""
    if not finals:
        return "The notes print no figure for what was trained here; its curves stand below."
    inside = sum(row.inside is True for row in finals)
    if inside == len(finals):
        return f"{_all(len(finals))} inside the range of the seeds."
    out = len(finals) - inside
    return (
        f"{inside} of {plural(len(finals), 'last printed figure')} {'lies' if inside == 1 else 'lie'} inside the range "
        f"of the seeds; {out} {'is a miss' if out == 1 else 'are misses'}."
    )


def _all(number: int) -> str:
    return "The last printed figure lies" if number == 1 else f"All {number} last printed figures lie"


def _few(found: Sequence[FigureComparison]) -> str:
    """What the range of so few seeds can say."""
    counts = sorted({len(comparison.seeds) for comparison in found if comparison.experiment.printed})
    if not counts:
        return ""
    said = [f"{share(chance_of_inside(number), 0)} for {plural(number, 'seed')}" for number in counts]
    return (
        "A printed figure comes from one run, of a seed that no other framework draws. Even where everything else is "
        f"alike, such a figure lies inside the range of the seeds with a chance of {' and '.join(said)} only."
    )


def _tile(comparison: FigureComparison) -> dict[str, str]:
    row = comparison.finals[0]
    return {
        "name": comparison.experiment.title,
        "value": accuracy(row.median),
        "beside": f"printed {accuracy(row.printed)}: {judgement(row)}",
    }


def _final(comparison: FigureComparison, row: ResultRow) -> dict[str, Any]:
    return {
        "anchor": comparison.experiment.name,
        "name": comparison.experiment.title,
        "where": where(row),
        "printed": accuracy(row.printed),
        "median": accuracy(row.median),
        "span": span(row),
        "seeds": len(row.values),
        "judgement": judgement(row),
        "miss": row.inside is False,
    }


def _experiment(comparison: FigureComparison) -> dict[str, Any]:
    experiment = comparison.experiment
    return {
        "name": experiment.name,
        "title": experiment.title,
        "recipe": experiment.recipe,
        "note": experiment.note,
        "differs": experiment.differs,
        "figure": embedded(plate(comparison)),
        "parts": [
            {
                "name": name,
                "head": "" if name == TEST else "epoch",
                "rows": [_cells(row) for row in comparison.of(name)],
            }
            for name in comparison.series
        ],
        "seeds": plural(len(comparison.seeds), "seed"),
        "seconds": duration(comparison.seconds),
    }


def _cells(row: ResultRow) -> dict[str, Any]:
    return {
        "at": "at the end" if row.series == TEST else row.epoch,
        "printed": accuracy(row.printed),
        "median": accuracy(row.median),
        "span": span(row),
        "outside": row.inside is False,
    }


def _facts(reproduction: Reproduction) -> list[tuple[str, str]]:
    versions = ", ".join(f"{name} {version}" for name, version in reproduction.versions.items())
    return [
        ("Data", f"Fashion-MNIST, {count(reproduction.rows)} training pictures in their published order"),
        ("Seeds", "0, 1, 2, …; each draws initial weights, order of rows and dropout"),
        ("Versions", versions),
        ("Printed by", "Keras 3 on TensorFlow, one run each"),
        ("To repeat", "trainwell reproduce all"),
    ]
