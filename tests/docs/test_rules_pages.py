"""The rules' pages are what `docs/build_rules.py` writes."""

from __future__ import annotations

import importlib.util
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def builder():
    spec = importlib.util.spec_from_file_location("build_rules", DOCS / "build_rules.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_pages_are_up_to_date():
    expected = builder().pages()
    found = {path.name: path.read_text(encoding="utf-8") for path in (DOCS / "rules").glob("*.md")}
    assert found.keys() == expected.keys()
    stale = [name for name in expected if found[name] != expected[name]]
    assert not stale, "run `python docs/build_rules.py`"
