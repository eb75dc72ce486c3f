"""`trainwell repair RUN`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from trainwell.cli.options import Json

BUDGET = 600.0  # seconds


def repair(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder that was written by train.")],
    data: Annotated[
        str | None, typer.Option(metavar="SOURCE", help="The data, where they are not where the run found them.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Run folder of the answer; a free one below runs/ otherwise.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an earlier run at --out.")] = False,
    budget: Annotated[float, typer.Option(help="Seconds at most; the best so far is kept.")] = BUDGET,
    metric: Annotated[str | None, typer.Option(help="What is to become better; by the targets otherwise.")] = None,
    safe_only: Annotated[bool, typer.Option("--safe-only", help="Never change the architecture.")] = False,
    workers: Annotated[int, typer.Option(help="Processes that trials are spread over.")] = 1,
    json: Json = False,
) -> None:
    """Set the training of RUN up again, try remedies for its faults, prove one, and write the answer as a run."""
    repair_folder(
        run,
        data=data,
        out=out,
        overwrite=overwrite,
        budget=budget,
        metric=metric,
        safe_only=safe_only,
        workers=workers,
        json=json,
    )


def repair_folder(run: Path, *, json: bool, **options: Any) -> None:
    """Repair a run folder, show the progress on stderr, and print the result."""
    from trainwell.training import repair_run

    found = repair_run(run, verbose=1, **options)
    if json:
        import json as encoder

        typer.echo(encoder.dumps(found.repair.to_json(), indent=2, ensure_ascii=False))
    else:
        typer.echo(str(found.repair))
        typer.echo(f"\nWritten to {found.folder}: model.keras, report.html, repair.patch, repaired.py, repair.json.")
