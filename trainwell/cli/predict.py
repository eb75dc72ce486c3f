"""`trainwell predict RUN FILE`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def predict(
    run: Annotated[Path, typer.Argument(help="Run folder that `trainwell train` wrote.")],
    file: Annotated[
        Path, typer.Argument(help="New rows (CSV, Parquet), images (a file or a folder) or arrays (.npz, .npy).")
    ],
    out: Annotated[
        Path | None,
        typer.Option(help="Where to write, .csv or .parquet; FILE's name with -predictions.csv otherwise."),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an earlier file at --out.")] = False,
    uncertainty: Annotated[
        int | None,
        typer.Option(
            metavar="SAMPLES",
            help="Predict this many times with dropout on (100 is usual): the mean, and columns std, entropy and"
            " mutual_information.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the dropout of --uncertainty.")] = 0,
) -> None:
    """Predict new rows or images with a trained run."""
    from trainwell import predict as run_prediction
    from trainwell.prediction_file import choose_file, write_predictions

    path = choose_file(out, file, overwrite=overwrite)
    predictions = run_prediction(run, file, uncertainty=uncertainty, seed=seed, verbose=1)
    write_predictions(predictions.columns(), path)
    of = f" (means of {uncertainty} passes with dropout)" if uncertainty else ""
    typer.echo(f"{len(predictions.labels)} predictions of {predictions.target}{of}: {path}")
