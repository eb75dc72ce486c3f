"""`trainwell explain RULE`."""

from __future__ import annotations

from typing import Annotated

import typer


def explain(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="Its id or name: TW203, dying-relu.")],
    markdown: Annotated[bool, typer.Option("--markdown", help="As the page of the docs.")] = False,
) -> None:
    """Explain a rule: symptom, cause, measurement, condition, thresholds with their sources, remedies."""
    from trainwell.report.rule_page import rule_markdown, rule_text
    from trainwell.rules import find_rule

    found = find_rule(rule)
    if markdown:
        typer.echo(rule_markdown(found), nl=False)
        return
    import textwrap

    for block in rule_text(found).split("\n\n"):
        lines = block.split("\n")
        if len(lines) > 1 and all(line.startswith(("- ", "  ")) for line in lines):
            for line in lines:
                typer.echo(textwrap.fill(line, 80, subsequent_indent="  ", break_on_hyphens=False))
        else:
            indent = "  " if block.startswith("- ") else ""
            typer.echo(textwrap.fill(" ".join(lines), 80, subsequent_indent=indent, break_on_hyphens=False))
        typer.echo()
