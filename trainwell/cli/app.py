"""The typer application, and how errors leave it."""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable
from typing import Annotated, Any

import typer

from trainwell.cli.cache import cache
from trainwell.cli.compare import compare
from trainwell.cli.diagnose import diagnose
from trainwell.cli.explain import explain
from trainwell.cli.find_lr import find_lr
from trainwell.cli.predict import predict
from trainwell.cli.repair import repair
from trainwell.cli.reproduce import reproduce
from trainwell.cli.rules import rules
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


def _guarded(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command with its errors said and turned into exit codes."""

    @functools.wraps(command)
    def run(*arguments: Any, **options: Any) -> Any:
        try:
            return command(*arguments, **options)
        except (typer.Exit, typer.Abort, typer.BadParameter, BrokenPipeError):
            raise
        except InputError as error:
            typer.echo(f"error: {error.message}", err=True)
            if error.hint:
                typer.echo(f"  {error.hint}", err=True)
            raise typer.Exit(USAGE_ERROR) from error
        except KeyboardInterrupt as error:
            typer.echo("Stopped by Ctrl-C; nothing was written.", err=True)
            raise typer.Exit(INTERRUPTED) from error
        except Exception as error:  # whatever else escapes is ours, and is said to be
            traceback.print_exc()
            typer.echo(
                "This is a bug in trainwell, not in your input. Please report it with the lines above.", err=True
            )
            raise typer.Exit(OUR_BUG) from error

    return run


for _command in (train, predict, diagnose, repair, find_lr, compare, reproduce, rules, explain, cache):
    app.command(_command.__name__.replace("_", "-"))(_guarded(_command))


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
    app()
