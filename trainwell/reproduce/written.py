"""Writes what is shown of a reproduction into its folder: the page and a picture of each experiment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.report.figures.saving import save
from trainwell.report.palette import LIGHT
from trainwell.reproduce.figures import depth_plates, plate
from trainwell.reproduce.page import render_page
from trainwell.storage import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from trainwell.reproduce.reproduce import Reproduction

PAGE = "reproduction.html"
FIGURES = "figures"


def write_page(reproduction: Reproduction) -> Path:
    """Writes page and figures, and gives the page's path."""
    folder = reproduction.folder / FIGURES
    folder.mkdir(parents=True, exist_ok=True)
    found = reproduction.comparisons
    for drawn in [*map(plate, found), *depth_plates(found)]:
        save(drawn.draw(LIGHT), folder / f"{drawn.name}.png")
    page = reproduction.folder / PAGE
    with write_atomically(page) as path:
        path.write_text(render_page(reproduction), encoding="utf-8")
    return page
