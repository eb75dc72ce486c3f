"""Options that several commands share: where data comes from, and the network that a recipe makes for it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

Source = Annotated[
    str,
    typer.Argument(
        help="Built-in name, CSV, TSV or Parquet file, .npz (x, y), or a folder of images (a folder a class)."
    ),
]
Target = Annotated[str | None, typer.Option(help="Column to predict (CSV and Parquet).")]
Task = Annotated[str | None, typer.Option(help="binary, multi-class or regression; found from the target otherwise.")]
SplitColumn = Annotated[str | None, typer.Option(help="Column that says train, validation or test.")]
GroupColumn = Annotated[str | None, typer.Option(help="Column whose equal values stay in one part.")]
Drop = Annotated[list[str] | None, typer.Option(help="Column to leave out; may be repeated.")]
RecipeName = Annotated[str, typer.Option(help="default (Table 11-3) or self-normalizing (Table 11-4).")]
Net = Annotated[str | None, typer.Option(help="dense or conv (images); by the images' size otherwise.")]
Depth = Annotated[int | None, typer.Option(help="Hidden layers, or convolution blocks.")]
Units = Annotated[int | None, typer.Option(help="Units of a hidden layer, or filters of the first convolution.")]
BatchSize = Annotated[int, typer.Option(help="Rows per step.")]
FailOn = Annotated[
    Literal["fatal", "serious", "minor", "never"], typer.Option(help="Exit with 1 for faults at least this bad.")
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON on standard output.")]


FAULTS_FOUND = 1  # the exit code where faults at or above --fail-on were found


def exit_on_faults(found: Any, fail_on: str) -> None:
    """Ends the command with exit code 1 where a diagnosis has a fault at least as bad as `--fail-on` says."""
    from trainwell.rule import SEVERITIES

    bad = () if fail_on == "never" else SEVERITIES[: SEVERITIES.index(fail_on) + 1]
    if any(each.rule.severity in bad for each in found.faults):
        raise typer.Exit(FAULTS_FOUND)
