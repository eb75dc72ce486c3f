"""`trainwell compare SOURCE --over KIND`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def compare(
    source: Annotated[
        str,
        typer.Argument(
            help="Built-in name, CSV, TSV or Parquet file, .npz (x, y), or a folder of images (a folder a class)."
        ),
    ],
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
    target: Annotated[str | None, typer.Option(help="Column to predict (CSV and Parquet).")] = None,
    task: Annotated[
        str | None, typer.Option(help="binary, multi-class or regression; found from the target otherwise.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write; a free one below runs/ otherwise.")] = None,
    recipe: Annotated[str, typer.Option(help="Where to start from: default or self-normalizing.")] = "default",
    net: Annotated[str | None, typer.Option(help="dense or conv (images); by the images' size otherwise.")] = None,
    depth: Annotated[int | None, typer.Option(help="Hidden layers, or convolution blocks.")] = None,
    units: Annotated[
        int | None, typer.Option(help="Units of a hidden layer, or filters of the first convolution.")
    ] = None,
    batch_size: Annotated[int, typer.Option(help="Rows per step.")] = 32,
    seed: Annotated[int, typer.Option(help="Seed of the split, and the first seed of the trainings.")] = 0,
    split_column: Annotated[str | None, typer.Option(help="Column that says train, validation or test.")] = None,
    group_column: Annotated[str | None, typer.Option(help="Column whose equal values stay in one part.")] = None,
    drop: Annotated[list[str] | None, typer.Option(help="Column to leave out; may be repeated.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON on standard output.")] = False,
) -> None:
    """Train choices of one thing side by side on SOURCE, and say which differ by more than the noise."""
    from rich.console import Console

    from trainwell import comparison as comparisons
    from trainwell.comparison.kinds import find_choices, find_kind
    from trainwell.report.comparison.terminal import print_comparison

    named = None if choices is None else [name.strip() for name in choices.split(",") if name.strip()]
    find_choices(find_kind(over), named)
    folder = comparisons.place_for(out, source, over)
    aloud = Console(stderr=True, highlight=False, soft_wrap=False)
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
        say=lambda sentence: aloud.print(sentence, markup=False),
        target=target,
        task=task,
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
