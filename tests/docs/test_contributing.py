"""The rule and the remedy that CONTRIBUTING.md shows are judged and proposed as the package's own."""

from __future__ import annotations

import re
import sys
import types
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from trainwell.cli.app import app
from trainwell.registry import REMEDIES, RULES
from trainwell.remedies import Case, find_remedy
from trainwell.rules import faults, judge
from trainwell.run import Run, Series

PAGE = Path(__file__).parents[2] / "CONTRIBUTING.md"
SPIKES = [1.0] * 9 + [40.0]


@pytest.fixture
def _example(monkeypatch):
    for registry in (RULES, REMEDIES):
        monkeypatch.setattr(registry, "_declared", {})
        monkeypatch.setattr(registry, "_are_loaded", True)
    section = PAGE.read_text(encoding="utf-8").partition("## Rules and remedies in a package of your own\n")[2]
    (code,) = re.findall(r"```py\n(.*?)```", section.partition("\n## ")[0], re.DOTALL)
    module = types.ModuleType("acme")
    monkeypatch.setitem(sys.modules, "acme", module)
    exec(compile(code, PAGE, "exec"), vars(module))  # noqa: S102 -- the text that is shown is what is tested


def judged(losses):
    run = Run.from_plain({}, {"loss": Series.over("step", np.asarray(losses))})
    return run, [each for each in faults(judge(run)) if each.rule.id == "ACME001"]


@pytest.mark.usefixtures("_example")
def test_the_fault_is_found_and_its_remedy_proposed():
    run, (finding,) = judged(SPIKES)
    assert finding.message == "The largest loss of a batch is 40 times the median loss."
    assert finding.margin == 2.0
    assert finding.remedies == ("clip-spikes",)
    ((edit,),) = find_remedy("clip-spikes").propose(Case(finding, run, spec=None))
    assert edit.arguments == {"global_clipnorm": 1.0}


@pytest.mark.usefixtures("_example")
def test_a_steady_loss_is_no_fault():
    assert judged([1.0] * 10)[1] == []


@pytest.mark.usefixtures("_example")
@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["rules", "ACME"], ["ACME001  spiky-loss", "Speed"]),
        (["explain", "spiky-loss"], ["ACME001 spiky-loss", "is more than 10 (times the median loss)", "clip spikes"]),
    ],
)
def test_the_command_line_explains_it(command, words):
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0
    for each in words:
        assert each in result.output


def test_what_is_shown_of_a_condition_is_that_of_overfitting():
    shown = "fault_if=RISE & APART & FELL | GAP | HEART & UNKNOWN"
    assert shown in PAGE.read_text(encoding="utf-8")
    rule = PAGE.parent / "trainwell" / "rules" / "overfitting" / "overfitting.py"
    assert shown in rule.read_text(encoding="utf-8")
