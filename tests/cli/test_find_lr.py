"""`trainwell find-lr`: the rate, on a terminal, as JSON and as a figure."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from trainwell.cli.app import app


def run(*arguments):
    return CliRunner().invoke(app, ["find-lr", *arguments], env={"COLUMNS": "80"})


@pytest.mark.heavy
def test_the_suggestion_stands_first_and_lines_fit_80_columns(tmp_path):
    figure = tmp_path / "curve.svg"
    result = run("digits", "--trainings", "--steps", "60", "--figure", str(figure))
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[3].startswith("Suggested")
    assert any("lowest" in line for line in lines)
    assert figure.read_text(encoding="utf-8").startswith("<?xml")
    assert max(len(line) for line in lines if str(figure)[:9] not in line) <= 80


def test_json_holds_every_rule_and_the_rate_that_train_takes():
    document = json.loads(run("digits", "--json", "--rule", "steepest").stdout)
    assert document["schema_version"] == 1
    assert document["suggestion"] == document["rules"]["steepest"]
    assert document["peak"] == pytest.approx(2 * document["suggestion"])
    assert len(document["learning_rates"]) == len(document["losses"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("digits", "--rule", "vally"), "Did you mean 'valley'?"),
        (("digits", "--figure", "curve.bmp"), "PNG or SVG"),
        (("digits", "--figure", "absent/curve.png"), "does not exist"),
        (("digits", "--steps", "3"), "at least 10 steps"),
        (("digits", "--seed", "-1"), "--seed"),
        (("dgits",), "digits"),
    ],
)
def test_what_cannot_be_used_is_refused_with_advice(arguments, words):
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr
