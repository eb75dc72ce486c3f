"""`trainwell diagnose`, `rules` and `explain`: a saved run judged again, the catalogue, one rule."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from trainwell.cli.app import app
from trainwell.rules import all_rules
from trainwell.run import Run, Series


def run_cli(*arguments):
    return CliRunner().invoke(app, [str(each) for each in arguments])


@pytest.fixture
def saved(tmp_path):
    """A Run of which the facts show a softmax on one unit, and the signals a loss that is no number."""
    call = {
        "place": "head",
        "name": "head",
        "class": "Dense",
        "of_keras": True,
        "config": {"units": 1, "activation": "softmax"},
        "parameters": 5,
        "trainable_parameters": 5,
        "trainable": True,
        "inputs": ["@x"],
        "input_shapes": [[None, 4]],
        "output_shapes": [[None, 1]],
        "kernels": [],
    }
    model = {"kind": "Sequential", "calls": [call], "outputs": [{"name": "", "place": "head", "shape": [None, 1]}]}
    facts = {"model": model, "compile": {"losses": [], "metrics_by_output": []}, "fit": {"epochs": 2, "epochs_run": 2}}
    Run.from_plain(facts, {"train/loss": Series.over("epoch", [1.0, float("nan")])}).save(tmp_path / "run")
    return tmp_path / "run"


def test_a_saved_run_is_judged(saved):
    result = run_cli("diagnose", saved, "--select", "softmax-on-one-unit")
    assert result.exit_code == 1
    assert "TW103" in result.output


def test_it_fails_only_as_asked(saved):
    assert run_cli("diagnose", saved, "--select", "TW103", "--fail-on", "never").exit_code == 0
    assert run_cli("diagnose", saved, "--select", "TW103", "--fail-on", "fatal").exit_code == 1
    assert run_cli("diagnose", saved, "--ignore", "TW1", "--ignore", "TW2").exit_code == 0


def test_it_is_told_as_json(saved):
    document = json.loads(run_cli("diagnose", saved, "--json").stdout)
    outcomes = {each["name"]: each["outcome"] for each in document["findings"]}
    assert outcomes["softmax-on-one-unit"] == "fault"
    assert len(outcomes) == len(all_rules())


def test_a_page_is_written(saved, tmp_path):
    run_cli("diagnose", saved, "--html", tmp_path / "page.html")
    assert "softmax" in (tmp_path / "page.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--threshold", "TW203"], "is not ID.NAME=NUMBER"),
        (["--threshold", "TW203.units=much"], "is not ID.NAME=NUMBER"),
        (["--threshold", "TW203.nothing=1"], "sets no threshold"),
        (["--select", "TW9"], "There is no rule"),
    ],
)
def test_what_means_nothing_is_said(saved, options, message):
    result = run_cli("diagnose", saved, *options)
    assert result.exit_code == 2
    assert message in result.output


def test_a_folder_without_a_run_is_said(tmp_path):
    result = run_cli("diagnose", tmp_path)
    assert result.exit_code == 2
    assert "No run in" in result.output


def test_all_rules_are_listed():
    result = run_cli("rules")
    assert all(rule.id in result.output and rule.name in result.output for rule in all_rules())
    assert all(len(line) <= 80 for line in result.output.splitlines())


def test_rules_are_told_as_json():
    document = json.loads(run_cli("rules", "TW2", "--json").stdout)
    assert [each["id"] for each in document["rules"]] == [rule.id for rule in all_rules() if rule.family == "gradients"]
    assert all(each["thresholds"] for each in document["rules"])


@pytest.mark.parametrize("rule", all_rules(), ids=[rule.name for rule in all_rules()])
def test_each_rule_is_explained_within_80_columns(rule):
    result = run_cli("explain", rule.id)
    assert result.exit_code == 0
    assert result.output.startswith(f"{rule.id} {rule.name}")
    assert all(each.source.split()[0] in result.output for each in rule.thresholds)
    assert all(len(line) <= 80 or " " not in line.strip() for line in result.output.splitlines())


def test_a_page_for_the_docs_is_markdown():
    assert run_cli("explain", "dying-relu", "--markdown").output.startswith("# TW203 dying-relu\n")


def test_an_unknown_rule_is_said():
    result = run_cli("explain", "dying-rule")
    assert result.exit_code == 2
    assert "dying-relu" in result.output
