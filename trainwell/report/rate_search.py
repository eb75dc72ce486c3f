"""What a range test found, on a terminal and as plain data for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from rich.table import Table
from rich.text import Text

from trainwell.report.console import print_trimmed
from trainwell.report.wording import figure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

SCHEMA_VERSION = 1
_BAR = 24  # characters


def print_rates(
    console: Console,
    heading: str,
    *,
    suggestion: float | None,
    rule: str,
    peak: float,
    rules: Mapping[str, float | None],
    tested: str,
    trials: Sequence[tuple[float, float]] = (),
    written: str = "",
) -> None:
    """Prints the suggestion first, then what the other rules say, what was tested, and where the figure is.

    Args:
        console: where to print.
        heading: data and network.
        suggestion: the suggested rate, or `None`.
        rule: the rule behind it, in words.
        peak: the peak of 1cycle that the recipe takes.
        rules: the suggestion of each rule.
        tested: what was tested, in words.
        trials: a rate and the loss after its training each; NaN where it diverged.
        written: the figure's file, or "".
    """
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(min_width=9, style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    found = "none: the loss never fell" if suggestion is None else f"{figure(suggestion, 3)}, {rule}"
    table.add_row("Suggested", Text(found, style="bold"))
    table.add_row("1cycle", f"peak {figure(peak, 3)}, what `trainwell train` takes")
    if suggestion is not None:
        table.add_row("Rules", ", ".join(f"{name} {figure(rate, 3)}" for name, rate in rules.items() if rate))
    table.add_row("Tested", tested)
    if written:
        table.add_row("Figure", written)
    console.print()
    console.print(Text(heading, style="bold"))
    console.print()
    print_trimmed(table, console)
    if trials:
        console.print()
        console.print(Text("Loss of the validation rows after a training at each rate", style="dim"))
        print_trimmed(_bars(trials), console)


def rates_json(**facts: Any) -> dict[str, Any]:
    """The same as plain data, with the schema's version."""
    return {"schema": "trainwell/find-lr", "schema_version": SCHEMA_VERSION, **facts}


def _bars(trials: Sequence[tuple[float, float]]) -> Table:
    losses = np.asarray([loss for _, loss in trials])
    largest, best = np.nanmax(losses) if np.isfinite(losses).any() else 1.0, None
    if np.isfinite(losses).any():
        best = int(np.nanargmin(losses))
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right")
    table.add_column(justify="right")
    table.add_column()
    for place, (rate, loss) in enumerate(trials):
        if np.isfinite(loss):
            bar = "█" * max(1, round(_BAR * loss / largest))
            table.add_row(figure(rate, 3), figure(loss, 3), bar + (" lowest" if place == best else ""))
        else:
            table.add_row(figure(rate, 3), "diverged", "")
    return table
