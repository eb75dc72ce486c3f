"""`trainwell train SOURCE`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trainwell.cli.options import (
    BatchSize,
    Depth,
    Drop,
    FailOn,
    GroupColumn,
    Json,
    Net,
    RecipeName,
    Source,
    SplitColumn,
    Target,
    Task,
    Units,
    exit_on_faults,
)


def train(
    source: Source,
    target: Target = None,
    task: Task = None,
    out: Annotated[Path | None, typer.Option(help="Run folder; a free one below runs/ otherwise.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an earlier run at --out.")] = False,
    recipe: RecipeName = "default",
    net: Net = None,
    depth: Depth = None,
    units: Units = None,
    epochs: Annotated[int | None, typer.Option(help="Epochs at most; by the number of rows otherwise.")] = None,
    batch_size: BatchSize = 32,
    learning_rate: Annotated[
        float | None, typer.Option(help="Peak of 1cycle; found by a range test otherwise.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of split, weights, order and dropout.")] = 0,
    split_column: SplitColumn = None,
    group_column: GroupColumn = None,
    drop: Drop = None,
    tensorboard: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder for TensorBoard, filled while the training runs.")
    ] = None,
    no_samples: Annotated[bool, typer.Option("--no-samples", help="Keep rows and pictures out of the report.")] = False,
    repair: Annotated[
        bool, typer.Option("--repair", help="Where a fault is found, repair it into a run folder beside this one.")
    ] = False,
    fail_on: FailOn = "never",
    json: Json = False,
) -> None:
    """Train a network on SOURCE and write a run folder with the model and a report."""
    from rich.console import Console

    from trainwell import report
    from trainwell import train as run_training

    training = run_training(
        source,
        out=out,
        overwrite=overwrite,
        samples=not no_samples,
        verbose=1,
        recipe=recipe,
        net=net,
        depth=depth,
        units=units,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        seed=seed,
        tensorboard=tensorboard,
        target=target,
        task=task,  # pyright: ignore[reportArgumentType] -- `datasets.load` checks it
        split_column=split_column,
        group_column=group_column,
        drop=tuple(drop or ()),
    )
    if json:
        import json as encoder

        document = {**report.summary_json(training.run), "diagnosis": training.diagnosis.to_json()}
        typer.echo(encoder.dumps(document, indent=2, ensure_ascii=False))
    else:
        console = Console(highlight=False)
        report.print_summary(training.run, console, training.folder)
        found = training.diagnosis
        console.print()
        report.print_diagnosis(found.run, list(found.findings), found.faults, console)
    if repair and not training.diagnosis.healthy:
        from trainwell.cli.repair import repair_folder

        repair_folder(training.folder, data=source, json=json)
    exit_on_faults(training.diagnosis, fail_on)
