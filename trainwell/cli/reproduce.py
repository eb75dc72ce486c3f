"""`trainwell reproduce [NAME|all]`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trainwell.cli.options import Json

INTERRUPTED = 130  # as a shell reports Ctrl-C


def reproduce(
    name: Annotated[str, typer.Argument(help="An experiment, or all; --list names them.")] = "all",
    seeds: Annotated[int | None, typer.Option(help="Seeds of each; 10 otherwise, 5 of the nets of 100 layers.")] = None,
    out: Annotated[Path, typer.Option(help="Folder; a second call goes on with what is there.")] = Path(
        "runs/reproduce"
    ),
    listed: Annotated[bool, typer.Option("--list", help="List the experiments and train nothing.")] = False,
    json: Json = False,
) -> None:
    """Train the chapter's experiments again over several seeds, and set them beside what its notes print."""
    from rich.console import Console

    from trainwell.reproduce import find_experiments
    from trainwell.reproduce.reproduce import reproduce as run
    from trainwell.reproduce.table import comparisons_json, experiments_json, print_comparisons, print_list

    console = Console(highlight=False)
    if listed:
        experiments = find_experiments(name)
        if json:
            _print_json(experiments_json(experiments))
        else:
            print_list(experiments, console)
        return
    try:
        found = run(name, seeds=seeds, out=out, verbose=1)
    except KeyboardInterrupt as error:
        typer.echo(f"Stopped by Ctrl-C. What was done is kept in {out}; the same command goes on from there.", err=True)
        raise typer.Exit(INTERRUPTED) from error

    from trainwell.reproduce.written import write_page

    page = write_page(found)
    if json:
        _print_json(comparisons_json(found))
    else:
        print_comparisons(found, console, written=str(page))


def _print_json(document: dict) -> None:
    import json as encoder

    typer.echo(encoder.dumps(document, indent=2, ensure_ascii=False))
