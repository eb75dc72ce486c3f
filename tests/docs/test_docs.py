"""What README and docs show is run: Python blocks, and every `trainwell` command on files of the names they use.

`make test` runs what README shows, `make test-heavy` the other pages; what takes a minute is run by `make docs` and
`make test-all` alone.
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import csv
from sklearn.datasets import load_digits, load_wine
from typer.testing import CliRunner

from trainwell.cli.app import app

ROOT = Path(__file__).parents[2]
LONG_COMMANDS = ("README.md", "docs/compare.md", "docs/uncertainty.md")  # train whole nets, several times
LONG_PYTHON = ("docs/chapter.md", "docs/pretraining.md", "docs/transfer.md")
PAGES = ["README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]


def blocks(page, language):
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)


def pages(long):
    marks = {"README.md": [], **dict.fromkeys(PAGES[1:], pytest.mark.heavy), **dict.fromkeys(long, pytest.mark.slow)}
    return [pytest.param(page, marks=marks[page]) for page in PAGES]


def commands(page):
    lines = [line for block in blocks(page, "sh") for line in block.splitlines()]
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("trainwell ")]


@pytest.fixture
def _place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    wine = load_wine()
    columns = dict(zip(wine.feature_names, wine.data.T, strict=True))
    csv.write_csv(pa.table({**columns, "species": wine.target_names[wine.target]}), "flowers.csv")
    for name in ("new.csv", "new-rows.csv"):
        csv.write_csv(pa.table({key: values[:5] for key, values in columns.items()}), name)
    digits = load_digits()
    np.savez("arrays.npz", x=digits.data[:300].astype("float32"), y=digits.target[:300])
    for number, (image, digit) in enumerate(zip(digits.images[:60], digits.target[:60] % 2, strict=True)):
        folder = Path("photos", "odd" if digit else "even")
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray((image * 15).astype("uint8")).save(folder / f"{number}.png")


@pytest.mark.parametrize("page", pages(LONG_COMMANDS))
@pytest.mark.usefixtures("_place")
def test_commands_run(page):
    for arguments in commands(page):
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0, (arguments, result.output)


@pytest.mark.parametrize("page", pages(LONG_PYTHON))
@pytest.mark.usefixtures("_place")
def test_python_runs(page):
    for block in blocks(page, "python"):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(block, page, "exec"), {})  # noqa: S102 -- our own page
        if page == "README.md":
            assert float(re.search(r"'accuracy': ([0-9.]+)", out.getvalue())[1]) > 0.9


@pytest.mark.parametrize("page", PAGES)
def test_trainwell_comes_before_keras(page):
    """Keras reads its backend when it is first imported, and falls back to TensorFlow, which a reader need not have."""
    for block in blocks(page, "python"):
        first = re.search(r"^(?:import|from) (keras|trainwell)\b", block, re.MULTILINE)
        assert first is None or first[1] == "trainwell", block


@pytest.mark.parametrize("page", [*PAGES, "CONTRIBUTING.md"])
def test_links_to_files_resolve(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    targets = [target for target in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in target]
    missing = [target for target in targets if not (ROOT / page).parent.joinpath(target).exists()]
    assert missing == []


def test_make_targets_that_are_named_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for page in ("README.md", "CONTRIBUTING.md"):
        for target in re.findall(r"`make ([a-z-]+)`", (ROOT / page).read_text(encoding="utf-8")):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
