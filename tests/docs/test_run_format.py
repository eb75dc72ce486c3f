"""The page of the files of a Run is what `docs/build_run_format.py` writes."""

from __future__ import annotations

import importlib.util
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_is_up_to_date():
    spec = importlib.util.spec_from_file_location("build_run_format", DOCS / "build_run_format.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (DOCS / "run-format.md").read_text(encoding="utf-8") == module.page(), (
        "run `python docs/build_run_format.py`"
    )
