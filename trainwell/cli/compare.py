"""`trainwell compare SOURCE --over KIND`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trainwell.cli.options import (
    BatchSize,
    Depth,
    Drop,
    GroupColumn,
    Json,
    Net,
    Source,
    SplitColumn,
    Target,
    Task,
    Units,
)


def compare(
    source: Source,
    over: Annotated[
        str,
        typer.Option(
            help="activation, initializer, optimizer, schedule, normalization, regularization or recipe: what to vary."
        ),
    ],
    choices: Annotated[
        str | None, typer.Option(help="Which to compare, as elu,selu,relu; the usual ones otherwise.")
    ] = None,
    seeds: Annotated[int, typer.Option(help="Trainings of each choice; at least 2.")] = 5,
    epochs: Annotated[int, typer.Option(help="Epochs of each training.")] = 10,
    target: Target = None,
    task: Task = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write; a free one below runs/ otherwise.")] = None,
    recipe: Annotated[str, typer.Option(help="Where to start from: default or self-normalizing.")] = "default",
    net: Net = None,
    depth: Depth = None,
    units: Units = None,
    batch_size: BatchSize = 32,
    seed: Annotated[int, typer.Option(help="Seed of the split, and the first seed of the trainings.")] = 0,
    split_column: SplitColumn = None,
    group_column: GroupColumn = None,
    drop: Drop = None,
    json: Json = False,
) -> None:
    """Train choices of one thing side by side on SOURCE, and say which differ by more than the noise."""
    from rich.console import Console

    from trainwell import comparison as comparisons
    from trainwell.comparison.kinds import find_choices, find_kind
    from trainwell.report.comparison.terminal import print_comparison

    named = None if choices is None else [name.strip() for name in choices.split(",") if name.strip()]
    find_choices(find_kind(over), named)
    folder = comparisons.place_for(out, source, over)
    found = comparisons.compare(
        source,
        over=over,
        choices=named,
        seeds=seeds,
        epochs=epochs,
        recipe=recipe,
        net=net,
        depth=depth,
        units=units,
        batch_size=batch_size,
        seed=seed,
        verbose=1,
        target=target,
        task=task,  # pyright: ignore[reportArgumentType] -- `datasets.load` checks it
        split_column=split_column,
        group_column=group_column,
        drop=tuple(drop or ()),
    )
    comparisons.write(found, folder)
    if json:
        import json as encoder

        typer.echo(encoder.dumps(found.to_json(), indent=2, ensure_ascii=False))
    else:
        print_comparison(found, Console(highlight=False), str(folder))
