"""What can be drawn of a Run, in the order in which it is read, and all of it as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from trainwell.errors import InputError
from trainwell.report.figures import confusion, curves, range_test, recall, regression, schedule
from trainwell.report.figures.saving import check_format, save
from trainwell.report.palette import STYLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from trainwell.report.figures.plate import Plate
    from trainwell.run import Run

_KINDS: tuple[Callable[[Run], list[Plate]], ...] = (
    curves.plates,
    schedule.plates,
    range_test.plates,
    confusion.plates,
    recall.plates,
    regression.plates,
)


def plates(run: Run) -> list[Plate]:
    """The figures that `run` has the data for; an interrupted run has fewer."""
    return [plate for kind in _KINDS for plate in kind(run)]


def save_figures(
    run: Run,
    folder: str | Path,
    *,
    resolution: float = 150,
    format: str = "png",  # noqa: A002 -- matplotlib's own name
    style: str = "light",
) -> list[Path]:
    """Writes every figure of `run` into `folder`, which is created; returns the files.

    Args:
        run: a Run.
        folder: where to write `loss.png`, `confusion.png`, ...
        resolution: dots an inch; 150 suits a screen, 300 print.
        format: `"png"` or `"svg"`.
        style: `"light"` or `"dark"`.

    Raises:
        InputError: another format or style, or a resolution that is not above 0.
    """
    ending = check_format(format)
    if style not in STYLES:
        raise InputError(f"There is no style {style!r}.", f"Choose one of {', '.join(STYLES)}.")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return [save(plate.draw(STYLES[style]), folder / f"{plate.name}.{ending}", resolution) for plate in plates(run)]
