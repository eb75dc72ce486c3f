"""The command line, run in this process: importing Keras for each command would take seconds."""

from __future__ import annotations

import contextlib
import csv
import io
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from trainwell.cli.app import main


@dataclass(frozen=True)
class Answer:
    """What a command left: exit code, standard output and standard error, and the paths that are new or gone."""

    code: int
    out: str
    err: str
    changed: frozenset[str]


def paths_below(folder):
    return {path.relative_to(folder).as_posix() for path in Path(folder).rglob("*")}


@pytest.fixture(scope="session")
def command():
    """Runs `trainwell ARGUMENTS` inside a folder, as on a terminal of 80 columns that is piped."""

    def run(*arguments, inside):
        before = paths_below(inside)
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            patch.chdir(inside)
            patch.setenv("COLUMNS", "80")
            patch.setattr(sys, "argv", ["trainwell", *map(os.fspath, arguments)])
            try:
                main()
                code = 0
            except SystemExit as end:
                code = end.code or 0
        return Answer(code, out.getvalue(), err.getvalue(), frozenset(before ^ paths_below(inside)))

    return run


@pytest.fixture(scope="session")
def write_csv():
    """Writes column names and rows as a CSV file and gives its path."""

    def write(path, names, rows):
        with Path(path).open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(names)
            writer.writerows(rows)
        return Path(path)

    return write


@pytest.fixture(scope="session")
def refused():
    """Checks that a command ended as bad input must: code 2, one message with a hint, and nothing written."""

    def check(answer, *words):
        assert "Traceback" not in answer.err
        assert answer.code == 2, answer.err
        said, error, hint = answer.err.rpartition("error: ")
        assert error
        assert "error: " not in said
        for word in words:
            assert word in hint, hint
        assert "\n  " in hint, "no hint on what to do"
        assert not answer.out
        assert not answer.changed

    return check
