import importlib.util
from pathlib import Path

from trainwell.activations import ACTIVATIONS

DOCS = Path(__file__).parents[2] / "docs"


def builder():
    spec = importlib.util.spec_from_file_location("build_activations", DOCS / "build_activations.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_table_on_the_page_is_that_of_the_data():
    page = (DOCS / "activations.md").read_text(encoding="utf-8")
    assert page == builder().with_table(page), "Run: python docs/build_activations.py"
    rows = [line for line in page.splitlines() if line.startswith("| ") and entry_of(line)]
    assert len(rows) == len(ACTIVATIONS)


def entry_of(line):
    return next(
        (entry for entry in ACTIVATIONS.values() if f"| {entry.title} | `{entry.kernel_initializer}` |" in line), None
    )


def test_another_table_on_the_page_would_be_noticed():
    page = (DOCS / "activations.md").read_text(encoding="utf-8")
    drifted = page.replace("`lecun_normal`", "`he_normal`", 1)
    assert drifted != page == builder().with_table(drifted)
