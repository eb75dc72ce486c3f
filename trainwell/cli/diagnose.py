"""`trainwell diagnose RUN`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trainwell.cli.options import FailOn, Json, exit_on_faults


def diagnose(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder that was written by train.")],
    select: Annotated[list[str] | None, typer.Option(help="Rules to judge by; all otherwise.")] = None,
    ignore: Annotated[list[str] | None, typer.Option(help="Rules to leave out.")] = None,
    threshold: Annotated[
        list[str] | None, typer.Option(metavar="ID.NAME=NUMBER", help="Use this number, as in TW203.units=0.5.")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write the page to this file.")] = None,
    fail_on: FailOn = "minor",
    verbose: Annotated[bool, typer.Option("--verbose", help="Show what passed too.")] = False,
    json: Json = False,
) -> None:
    """Judge a saved run again, with other rules or thresholds; nothing is trained."""
    from rich.console import Console

    from trainwell.diagnosis import Diagnosis
    from trainwell.report import print_diagnosis
    from trainwell.rules import judge, selected
    from trainwell.run import Run

    limits = dict(map(_limit, threshold or ()))
    rules = selected(select or "all")
    saved = Run.load(run)
    found = Diagnosis(saved, tuple(judge(saved, rules, ignore=ignore or (), thresholds=limits)))
    if html is not None:
        found.to_html(html)
    if json:
        import json as encoder

        typer.echo(encoder.dumps(found.to_json(), indent=2, ensure_ascii=False))
    else:
        print_diagnosis(saved, list(found.findings), found.faults, Console(highlight=False), verbose=verbose)
    exit_on_faults(found, fail_on)


def _limit(text: str) -> tuple[str, float]:
    from trainwell.errors import InputError

    name, equals, value = text.partition("=")
    try:
        number = float(value)
    except ValueError:
        equals = ""
        number = 0.0
    if not equals:
        raise InputError(f"--threshold {text!r} is not ID.NAME=NUMBER.", "Write for instance TW203.units=0.5.")
    return name.strip(), number
