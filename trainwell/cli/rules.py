"""`trainwell rules`."""

from __future__ import annotations

from typing import Annotated

import typer

from trainwell.cli.options import Json


def rules(
    select: Annotated[
        list[str] | None, typer.Argument(metavar="[RULE]...", help="Ids, beginnings of ids (TW2), names or families.")
    ] = None,
    json: Json = False,
) -> None:
    """List the rules with their families and severities."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from trainwell.report.console import print_trimmed
    from trainwell.rule import FAMILIES
    from trainwell.rules import selected

    found = selected(select or "all")
    if json:
        import json as encoder

        document = [
            {
                "id": rule.id,
                "name": rule.name,
                "family": rule.family,
                "severity": rule.severity,
                "title": rule.title,
                "needs": sorted(rule.needs),
                "remedies": list(rule.all_remedies),
                "explained_by": list(rule.explained_by),
                "fault_if": rule.fault_if.to_json(),
                "advice_if": rule.advice_if.to_json(),
                "thresholds": [
                    {
                        "name": each.name,
                        "value": each.value,
                        "unit": each.unit,
                        "direction": each.direction,
                        "source": each.source,
                    }
                    for each in rule.thresholds
                ],
            }
            for rule in found
        ]
        typer.echo(encoder.dumps({"schema_version": 1, "rules": document}, indent=2, ensure_ascii=False))
        return
    console = Console(highlight=False)
    for family in FAMILIES:
        rows = [rule for rule in found if rule.family == family]
        if not rows:
            continue
        console.print()
        console.print(Text(family.capitalize(), style="bold"))
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True, style="dim")
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True, style="dim")
        for rule in rows:
            table.add_row(rule.id, Text(rule.name), rule.severity)
        print_trimmed(table, console)
    console.print()
    console.print(Text("`trainwell explain TW203` explains one of them.", style="dim"))
