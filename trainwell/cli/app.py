"""The typer application, and how errors leave it."""

from __future__ import annotations

import sys
import traceback
from typing import Annotated

import typer

from trainwell.cli.predict import predict
from trainwell.cli.train import train
from trainwell.errors import InputError

USAGE_ERROR = 2
OUR_BUG = 101
INTERRUPTED = 130

app = typer.Typer(
    name="trainwell",
    help="Train deep Keras networks well: one command from data to a trained model and a report of it.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("train")(train)
app.command("predict")(predict)


def _version(asked: bool) -> None:
    if asked:
        from trainwell import __version__

        typer.echo(f"trainwell {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Options of all commands."""


def main() -> None:
    """Runs the command line and exits with its code."""
    try:
        app()
    except InputError as error:
        typer.echo(f"error: {error.message}", err=True)
        if error.hint:
            typer.echo(f"  {error.hint}", err=True)
        sys.exit(USAGE_ERROR)
    except KeyboardInterrupt:
        typer.echo("Stopped by Ctrl-C; nothing was written.", err=True)
        sys.exit(INTERRUPTED)
    except Exception:  # noqa: BLE001 -- whatever else escapes is ours, and is said to be
        traceback.print_exc()
        typer.echo("This is a bug in trainwell, not in your input. Please report it with the lines above.", err=True)
        sys.exit(OUR_BUG)
