"""Printed against measured on a terminal of 80 columns, and as plain data for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from trainwell.report.console import print_trimmed, printable
from trainwell.report.wording import plural, share
from trainwell.reproduce.comparison import DIGITS, chance_of_inside
from trainwell.reproduce.experiment import TEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from trainwell.reproduce.comparison import FigureComparison, ResultRow
    from trainwell.reproduce.experiment import Experiment
    from trainwell.reproduce.reproduce import Reproduction

SCHEMA_VERSION = 1
HEAD = ("", "printed", "median", "lowest–highest", "seeds", "printed figure is")


def accuracy(value: float | None) -> str:
    """As the notes print it: `.8280`."""
    return "" if value is None else f"{value:.{DIGITS}f}".removeprefix("0")


def span(row: ResultRow) -> str:
    """Lowest and highest of the seeds; one value where they are alike."""
    low, high = accuracy(row.lowest), accuracy(row.highest)
    return low if low == high else f"{low}–{high}"


def judgement(row: ResultRow) -> str:
    """What becomes of the printed value, in a few words."""
    if row.printed is None:
        return "none printed"
    if row.inside:
        return "inside"
    return f"MISS: {abs(row.beside):.{DIGITS}f} {'above' if row.beside > 0 else 'below'}"


def where(row: ResultRow) -> str:
    """Which figure a row is: `validation, epoch 6`."""
    return "test, at the end" if row.series == TEST else f"{row.series}, epoch {row.epoch}"


def print_comparisons(reproduction: Reproduction, console: Console, *, written: str = "") -> None:
    """Prints the final figures, then every epoch that the notes print, then what was missed and why.

    Args:
        reproduction: what stands in the folder.
        console: where to print.
        written: the page, or "".
    """
    console.print()
    console.print(Text("Last printed accuracy against the seeds", style="bold"))
    console.print()
    _print(_final_table(reproduction.comparisons), console)
    for comparison in reproduction.comparisons:
        if comparison.experiment.printed:
            console.print()
            console.print(_heading(comparison, console), soft_wrap=True)
            _print(_epochs_table(comparison), console)
    lines = misses(reproduction.comparisons)
    if lines:
        console.print()
        console.print(Text("Misses", style="bold"))
        for line in lines:
            console.print(Text(printable(line, console)))
    if written:
        console.print()
        console.print(Text(printable(f"Open  {written}", console)), soft_wrap=True)


def print_list(experiments: Sequence[Experiment], console: Console) -> None:
    """Prints what can be reproduced, two lines each."""
    for experiment in experiments:
        values = [accuracy(series[-1]) for series in experiment.printed.values()]
        printed = f"printed {', '.join(values)}" if values else "none printed"
        title = f"{experiment.name}  {experiment.title}; notes {experiment.note}, {printed}"
        console.print(Text(printable(title, console), style="bold"))
        console.print(Text(printable(f"  {experiment.recipe}", console)))


def misses(comparisons: Sequence[FigureComparison]) -> list[str]:
    """A sentence for each printed final figure outside the range of the seeds, with the best explanation found."""
    lines = []
    for comparison in comparisons:
        for row in comparison.misses:
            side = "above" if row.beside > 0 else "below"
            lines.append(
                f"{comparison.experiment.name}, {where(row)}: {accuracy(row.printed)} is printed, "
                f"{abs(row.beside):.{DIGITS}f} {side} the range {span(row)} of "
                f"{plural(len(comparison.seeds), 'seed')}. " + _explained(comparison)
            )
    return lines


def _explained(comparison: FigureComparison) -> str:
    """The explanation that measuring led to; for fewer seeds than that needs, what chance alone does."""
    seeds = len(comparison.seeds)
    if seeds < comparison.experiment.seeds:
        return (
            f"With so few seeds one more run of the same training lies outside in "
            f"{share(1 - chance_of_inside(seeds), 0)} of cases: {comparison.experiment.seeds} seeds tell more."
        )
    return comparison.experiment.explanation or "No explanation was found."


def comparisons_json(reproduction: Reproduction) -> dict[str, Any]:
    """The same as plain data, with the schema's version; every epoch of every series."""
    return {
        "schema": "trainwell/reproduce",
        "schema_version": SCHEMA_VERSION,
        "folder": str(reproduction.folder),
        "versions": reproduction.versions,
        "rows": reproduction.rows,
        "misses": misses(reproduction.comparisons),
        "experiments": [_experiment_json(comparison) for comparison in reproduction.comparisons],
    }


def experiments_json(experiments: Sequence[Experiment]) -> dict[str, Any]:
    """The list of experiments as plain data, with every printed value."""
    told = [
        {
            "name": experiment.name,
            "title": experiment.title,
            "recipe": experiment.recipe,
            "notes": experiment.note,
            "differs": list(experiment.differs),
            "seeds": experiment.seeds,
            "printed": {name: list(values) for name, values in experiment.printed.items()},
        }
        for experiment in experiments
    ]
    return {"schema": "trainwell/reproduce-list", "schema_version": SCHEMA_VERSION, "experiments": told}


def _experiment_json(comparison: FigureComparison) -> dict[str, Any]:
    experiment = comparison.experiment
    return {
        "name": experiment.name,
        "title": experiment.title,
        "recipe": experiment.recipe,
        "notes": experiment.note,
        "differs": list(experiment.differs),
        "seeds": list(comparison.seeds),
        "seconds": comparison.seconds,
        "finals": [_row_json(row) for row in comparison.finals],
        "epochs": [_row_json(row) for row in comparison.rows],
    }


def _row_json(row: ResultRow) -> dict[str, Any]:
    return {
        "series": row.series,
        "epoch": row.epoch,
        "printed": row.printed,
        "median": row.median,
        "lowest": row.lowest,
        "highest": row.highest,
        "inside": row.inside,
        "values": list(row.values),
    }


def _heading(comparison: FigureComparison, console: Console) -> Text:
    experiment = comparison.experiment
    words = Text(printable(experiment.name, console), style="bold")
    return words.append(printable(f"  {experiment.title}, {plural(len(comparison.seeds), 'seed')}", console), "dim")


def _final_table(comparisons: Sequence[FigureComparison]) -> Table:
    table = _table("", *HEAD[1:])
    for comparison in comparisons:
        for place, row in enumerate(comparison.finals):
            name = comparison.experiment.name if not place else f"  {row.series.split(',')[0]}"
            style = "bold" if row.inside is False else ""
            table.add_row(
                Text(name),
                accuracy(row.printed) or "–",
                accuracy(row.median),
                span(row),
                str(len(row.values)),
                Text(judgement(row), style=style),
            )
    return table


def _epochs_table(comparison: FigureComparison) -> Table:
    """Every printed epoch, and the last one that was trained."""
    table = _table("", "printed", "median", "lowest–highest")
    table.columns[0].min_width = 30
    for name in comparison.series:
        rows = comparison.of(name)
        last_printed = max((row.epoch for row in rows if row.printed is not None), default=0)
        for row in rows:
            if row.printed is not None or row is rows[-1]:
                gap = "…" if row.printed is None and row.epoch > last_printed + 1 else ""
                mark = "" if row.inside is not False else "  outside"
                table.add_row(
                    f"{gap or ' '} {where(row)}", accuracy(row.printed), accuracy(row.median), span(row) + mark
                )
    return table


def _table(*head: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim", show_edge=False)
    for place, name in enumerate(head):
        table.add_column(name, justify="right" if name in {"printed", "median", "seeds"} else "left", no_wrap=place < 5)  # noqa: PLR2004
    return table


def _print(table: Table, console: Console) -> None:
    print_trimmed(table, console)
