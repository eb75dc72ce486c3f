"""Writes docs/rules/: a table of all rules and a page for each, from the rules' own files.

    .venv/bin/python docs/build_rules.py

`tests/docs/test_rules_pages.py` holds the pages to what this writes.
"""

from __future__ import annotations

from pathlib import Path

from trainwell.report.rule_page import catalogue_markdown, rule_markdown
from trainwell.rules import own_rules

FOLDER = Path(__file__).parent / "rules"


def pages() -> dict[str, str]:
    """The text of each page by its file name."""
    rules = own_rules()
    return {"README.md": catalogue_markdown(rules), **{f"{rule.name}.md": rule_markdown(rule) for rule in rules}}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    written = pages()
    for stale in set(FOLDER.glob("*.md")) - {FOLDER / name for name in written}:
        stale.unlink()
    for name, text in written.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
