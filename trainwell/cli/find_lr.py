"""`trainwell find-lr SOURCE`."""

from __future__ import annotations

import math
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
    RecipeName,
    Source,
    SplitColumn,
    Target,
    Task,
    Units,
)


def find_lr(
    source: Source,
    target: Target = None,
    task: Task = None,
    figure: Annotated[Path | None, typer.Option(help="Write the curve here, .png or .svg.")] = None,
    rule: Annotated[str, typer.Option(help="fall, steepest, valley or minimum/10.")] = "fall",
    trainings: Annotated[bool, typer.Option("--trainings", help="Train at eleven rates side by side, too.")] = False,
    recipe: RecipeName = "default",
    net: Net = None,
    depth: Depth = None,
    units: Units = None,
    batch_size: BatchSize = 32,
    steps: Annotated[int, typer.Option(help="Steps of the range test, and of each training.")] = 200,
    seed: Annotated[int, typer.Option(help="Seed of split, weights and order.")] = 0,
    split_column: SplitColumn = None,
    group_column: GroupColumn = None,
    drop: Drop = None,
    json: Json = False,
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
        verbose=1,
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
