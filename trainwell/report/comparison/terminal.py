"""A comparison on a terminal, within 80 columns and readable without colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from trainwell.report.comparison.wording import difference, limits, network, rate, rule, score, verdict
from trainwell.report.console import print_trimmed, printable
from trainwell.report.metrics import spoken
from trainwell.report.wording import count, duration, plural, shorten

if TYPE_CHECKING:
    from rich.console import Console

    from trainwell.report.comparison.result import Comparison, Outcome

_NAME = 16
_LONG = 600  # seconds


def print_comparison(comparison: Comparison, console: Console, written: str = "") -> None:
    """Prints the verdict, the table, and what it rests on.

    Args:
        comparison: the choices.
        console: where to print.
        written: the folder it was written to, or "".
    """

    def say(words: str, style: str = "") -> None:
        console.print(Text(printable(words, console), style=style))

    console.print()
    say(f"{comparison.source}  {comparison.plural} side by side", "bold")
    console.print()
    say(verdict(comparison))
    console.print()
    print_trimmed(_table(comparison, console), console)
    console.print()
    trained = (
        f"{network(comparison)}: {plural(comparison.epochs, 'epoch')}, batches of {count(comparison.batch_size)}, "
        f"{count(comparison.rows['train'])} rows; {duration(comparison.seconds)} in all, compiling included. "
    )
    say(trained + comparison.rule)
    say(rule(comparison))
    say(limits(comparison))
    if comparison.left_out:
        say(f"Stopped by Ctrl-C before: {', '.join(comparison.left_out)}.")
    if written:
        console.print()
        say(f"Written  {written}", "dim")


def _table(comparison: Comparison, console: Console) -> Table:
    several = comparison.epochs > 1
    named = "rate" if comparison.rule.startswith("Each trains at") else "peak"
    head = [comparison.over, spoken(comparison.metric), "±", *(["epoch 1"] if several else []), named, "time", "behind"]
    if comparison.metric != "accuracy":
        head[1] = "error"
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    for _ in head[1:]:
        table.add_column(justify="right", no_wrap=True)
    table.add_column()
    table.add_row(*(Text(printable(name, console), style="dim") for name in head), Text(""))
    for outcome in comparison.outcomes:
        cells = [printable(cell, console) for cell in _row(outcome, comparison, several=several)]
        style = {"best": "bold", "worse": "dim"}.get(outcome.standing, "")
        table.add_row(*(Text(cell, style=style) for cell in cells))
    return table


def _row(outcome: Outcome, comparison: Comparison, *, several: bool) -> list[str]:
    lost = outcome.standing == "diverged"
    leading = outcome.standing == "best"
    return [
        shorten(outcome.choice, _NAME),
        score(outcome.mean, comparison),
        "–" if lost else difference(outcome.spread, comparison),
        *([score(outcome.first_epoch, comparison)] if several else []),
        rate(outcome.learning_rate, found=True) + ("" if outcome.rate_found else "*"),
        _short(outcome.seconds),
        "" if leading or lost else difference(outcome.behind, comparison),
        {"within the noise": "within noise"}.get(outcome.standing, outcome.standing),
    ]


def _short(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < _LONG else f"{seconds / 60:.0f} min"
