"""`trainwell find-lr SOURCE`."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer


def find_lr(
    source: Annotated[
        str,
        typer.Argument(
            help="Built-in name, CSV, TSV or Parquet file, .npz (x, y), or a folder of images (a folder a class)."
        ),
    ],
    target: Annotated[str | None, typer.Option(help="Column to predict (CSV and Parquet).")] = None,
    task: Annotated[
        str | None, typer.Option(help="binary, multi-class or regression; found from the target otherwise.")
    ] = None,
    figure: Annotated[Path | None, typer.Option(help="Write the curve here, .png or .svg.")] = None,
    rule: Annotated[str, typer.Option(help="fall, steepest, valley or minimum/10.")] = "fall",
    trainings: Annotated[bool, typer.Option("--trainings", help="Train at eleven rates side by side, too.")] = False,
    recipe: Annotated[str, typer.Option(help="default (Table 11-3) or self-normalizing (Table 11-4).")] = "default",
    net: Annotated[str | None, typer.Option(help="dense or conv (images); by the images' size otherwise.")] = None,
    depth: Annotated[int | None, typer.Option(help="Hidden layers, or convolution blocks.")] = None,
    units: Annotated[
        int | None, typer.Option(help="Units of a hidden layer, or filters of the first convolution.")
    ] = None,
    batch_size: Annotated[int, typer.Option(help="Rows per step.")] = 32,
    steps: Annotated[int, typer.Option(help="Steps of the range test, and of each training.")] = 200,
    seed: Annotated[int, typer.Option(help="Seed of split, weights and order.")] = 0,
    split_column: Annotated[str | None, typer.Option(help="Column that says train, validation or test.")] = None,
    group_column: Annotated[str | None, typer.Option(help="Column whose equal values stay in one part.")] = None,
    drop: Annotated[list[str] | None, typer.Option(help="Column to leave out; may be repeated.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON on standard output.")] = False,
) -> None:
    """Find a learning rate for a recipe's network on SOURCE by a range test."""
    from rich.console import Console

    from trainwell.errors import InputError
    from trainwell.rate_search import search_learning_rate
    from trainwell.report.figures import save
    from trainwell.report.figures.saving import check_format
    from trainwell.report.rate_search import print_rates, rates_json
    from trainwell.report.wording import figure as digits

    if figure is not None:
        check_format(figure.suffix or figure.name)
        if not figure.parent.is_dir():
            raise InputError(f"The folder of --figure {figure} does not exist.", "Create it first.")
    aloud = Console(stderr=True, highlight=False, soft_wrap=False)
    found = search_learning_rate(
        source,
        recipe=recipe,
        net=net,
        depth=depth,
        units=units,
        batch_size=batch_size,
        rule=rule,
        trainings=trainings,
        steps=steps,
        seed=seed,
        say=lambda sentence: aloud.print(sentence, markup=False),
        target=target,
        task=task,
        split_column=split_column,
        group_column=group_column,
        drop=tuple(drop or ()),
    )
    search, trials = found.search, found.trials
    if figure is not None:
        save(search.figure(), figure)
    pairs = list(zip(trials.learning_rates.tolist(), trials.losses.tolist(), strict=True)) if trials else []
    if json:
        import json as encoder

        document = rates_json(
            source=found.source,
            network=found.network,
            optimizer=found.optimizer,
            batch_size=found.batch_size,
            seed=seed,
            suggestion=search.suggestion,
            rule=rule,
            rules=search.suggestions,
            peak=found.peak,
            learning_rates=search.learning_rates.tolist(),
            losses=search.losses.tolist(),
            trainings=[{"learning_rate": rate, "loss": None if math.isnan(loss) else loss} for rate, loss in pairs],
        )
        typer.echo(encoder.dumps(document, indent=2, ensure_ascii=False))
        return
    last = search.learning_rates[-1]
    print_rates(
        Console(highlight=False),
        f"{found.source}  {found.network}, {found.optimizer}",
        suggestion=search.suggestion,
        rule=search.rule,
        peak=found.peak,
        rules=search.suggestions,
        tested=f"{digits(search.learning_rates[0], 3)} to {digits(last, 3)} in {len(search.losses)} steps"
        f" of {found.batch_size} rows",
        trials=pairs,
        written=str(figure or ""),
    )
