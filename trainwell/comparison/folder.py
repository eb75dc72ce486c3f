"""The folder of a comparison: `compare.json`, `compare.html` and figures, put in its place whole or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from trainwell import run_folder
from trainwell.errors import InputError
from trainwell.report.comparison.page import render_page
from trainwell.report.figures.comparison import plates
from trainwell.report.figures.saving import save
from trainwell.report.palette import LIGHT

if TYPE_CHECKING:
    from trainwell.report.comparison.result import Comparison

DOCUMENT_FILE = "compare.json"
PAGE_FILE = "compare.html"


def place_for(out: str | Path | None, source: str, over: str) -> Path:
    """Where a comparison goes: `out`, or a free name below `runs/`; tried out before the work.

    Args:
        out: the folder, where one was named.
        source: what is compared on.
        over: what is varied.

    Raises:
        InputError: something is there already, or nothing can be written there.
    """
    if out is not None and Path(out).is_dir() and any(Path(out).iterdir()):
        raise InputError(f"The folder {os.fspath(out)!r} is not empty.", "Name another place with --out.")
    return run_folder.choose_folder(out, f"{Path(source).stem}-{over}", overwrite=False)


def write(comparison: Comparison, folder: str | Path) -> None:
    """Writes the document, the page and the figures.

    Raises:
        InputError: the place cannot be written to, or the disk is full.
    """
    with run_folder.writing(Path(folder)) as temporary:
        document = json.dumps(comparison.to_json(), indent=2, ensure_ascii=False, allow_nan=False)
        (temporary / DOCUMENT_FILE).write_text(document + "\n", encoding="utf-8")
        (temporary / PAGE_FILE).write_text(render_page(comparison), encoding="utf-8")
        for plate in plates(comparison):
            for ending in ("png", "svg"):
                save(plate.draw(LIGHT), temporary / f"{plate.name}.{ending}")
