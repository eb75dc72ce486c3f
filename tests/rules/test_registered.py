"""Rules and remedies that users register: by a decorator, or by the entry points of an installed package."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
import types

import pytest

from trainwell.errors import InputError
from trainwell.registry import REMEDIES, RULES
from trainwell.remedies import Remedy, all_remedies, find_remedy, remedy
from trainwell.rule import Threshold, evidence, rule
from trainwell.rules import all_rules, find_rule, judge, own_rules, selected
from trainwell.run import Run, Series

LIMIT = Threshold("limit", 1.0, "", "above", "the tests")


@pytest.fixture(autouse=True)
def _registries_as_before(monkeypatch):
    for registry in (RULES, REMEDIES):
        monkeypatch.setattr(registry, "_declared", {})
        monkeypatch.setattr(registry, "_are_loaded", True)


def declare(name="spiky-loss", *, place=None, **arguments):
    """Register a rule under a name, as a function of that name in the module `acme` would."""

    def measure(run):
        return [evidence("", (run.signals["spikes"].values[-1], LIMIT), says="The loss has spikes.")]

    measure.__name__ = name.replace("-", "_")
    measure.__qualname__ = place or measure.__name__
    measure.__module__ = "acme"
    measure.__doc__ = "The loss has spikes.\n\nSymptom\n-------\nSingle batches stand out.\n"
    settings = {"id": "ACME001", "family": "speed", "severity": "minor", "fault_if": LIMIT, **arguments}
    return rule(**settings)(measure)


def declare_remedy(name="smooth-loss", *, place=None, **arguments):
    def propose(case):
        del case
        return ()

    propose.__name__ = name.replace("-", "_")
    propose.__qualname__ = place or propose.__name__
    propose.__module__ = "acme"
    propose.__doc__ = "Smooth the loss."
    return remedy(**{"safety": "safe", **arguments})(propose)


# --- rules ----------------------------------------------------------------------------------------------------------


def test_a_rule_is_registered_where_it_is_declared():
    made = declare()
    assert made in all_rules()
    assert made not in own_rules()
    assert find_rule("acme001") is find_rule("spiky-loss") is made


@pytest.mark.parametrize("selector", ["ACME", "acme0", "ACME001", "spiky-loss"])
def test_it_is_selected_as_the_packages_own(selector):
    made = declare()
    assert selected(selector) == (made,)


def test_it_belongs_to_its_family_and_to_all():
    made = declare()
    assert made in selected("speed")
    assert made in selected("all")
    assert made not in selected("TW3")


def test_it_is_judged_with_all_others_and_can_be_ignored():
    declare()
    run = Run(signals={"spikes": Series.over("step", [4.0])})
    assert {each.rule.name for each in judge(run) if each.outcome == "fault"} == {"spiky-loss"}
    assert [each.outcome for each in judge(run, ignore=["ACME"]) if each.rule.name == "spiky-loss"] == ["ignored"]
    assert [each.margin for each in judge(run, selected("ACME"), thresholds={"ACME001.limit": 2.0})] == [1.0]


def test_its_text_is_the_docstring_of_its_function():
    made = declare()
    assert made.title == "The loss has spikes"
    assert made.section("Symptom") == "Single batches stand out."


def test_the_packages_own_rules_take_the_docstring_of_their_file_and_are_not_registered():
    assert find_rule("overfitting").section("Symptom")
    assert list(RULES) == []


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        ({"id": "TW999"}, "Ids that begin with TW belong to trainwell's own rules", "letters of your own"),
        ({"id": "tw999"}, "Ids that begin with TW", "letters of your own"),
        ({"id": "1"}, "not capital letters followed by a number", "ACME001"),
        ({"id": "ACME"}, "not capital letters followed by a number", "ACME001"),
        ({"family": "taste"}, "the family 'taste'", "overfitting"),
        ({"severity": "awful"}, "the severity 'awful'", "fatal, serious, minor"),
        ({"needs": ["fit.step"]}, "No Run holds 'fit.step'", "fit.steps"),
        ({"needs": ["probe:rate"]}, "No Run holds 'probe:rate'", "probe:rates"),
        ({"needs": ["data.rows.training"]}, "No Run holds", "fit.steps"),
        ({"name": "gradients"}, "cannot be named 'gradients'", "Rename"),
        ({"name": "dying-relu"}, r"trainwell/rules/gradients/dying_relu\.py", "another name"),
    ],
)
def test_what_cannot_be_used_is_refused_and_not_registered(arguments, message, hint):
    with pytest.raises(InputError, match=message) as error:
        declare(**arguments)
    assert hint in error.value.hint
    assert list(RULES) == []


def test_an_id_that_is_taken_is_an_error_that_names_both():
    declare("spiky-loss")
    with pytest.raises(
        InputError, match=r"acme\.noisy_loss and acme\.spiky_loss both declare a rule with the id 'ACME001'"
    ):
        declare("noisy-loss")


def test_a_name_that_is_taken_is_an_error_that_names_both():
    declare(place="one.spiky_loss")
    with pytest.raises(
        InputError, match=r"acme\.two\.spiky_loss and acme\.one\.spiky_loss both .* the name 'spiky-loss'"
    ):
        declare(place="two.spiky_loss", id="ACME002")


def test_a_cell_that_runs_again_replaces_its_rule():
    declare()
    again = declare(id="ACME002")
    assert list(RULES) == [again]


# --- remedies -------------------------------------------------------------------------------------------------------


def test_a_remedy_is_registered_where_it_is_declared():
    made = declare_remedy()
    assert find_remedy("Smooth_Loss") is all_remedies()["smooth-loss"] is made
    assert made.title == "Smooth the loss"


def test_a_remedy_can_answer_the_packages_own_rules():
    declare_remedy(answers=["dying-relu", "TW001"])
    assert find_rule("dying-relu").all_remedies == (*find_rule("dying-relu").remedies, "smooth-loss")
    assert find_rule("TW001").all_remedies[-1] == "smooth-loss"
    assert "smooth-loss" not in find_rule("TW002").all_remedies


def test_a_remedy_that_the_rule_names_itself_is_named_once():
    declare_remedy(answers=["spiky-loss"])
    assert declare(remedies=["smooth-loss"]).all_remedies == ("smooth-loss",)


def test_remedies_that_cannot_be_used_are_refused():
    with pytest.raises(InputError, match=r"trainwell/remedies/overfitting/dropout\.py"):
        declare_remedy("dropout")
    with pytest.raises(InputError, match="the safety 'hopeful'"):
        declare_remedy(safety="hopeful")
    declare_remedy(place="one.smooth_loss")
    with pytest.raises(InputError, match=r"acme\.two\.smooth_loss and acme\.one\.smooth_loss both declare a remedy"):
        declare_remedy(place="two.smooth_loss")
    assert [type(each) for each in REMEDIES] == [Remedy]


# --- entry points ---------------------------------------------------------------------------------------------------


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Install a package of one module, whose entry points are given as lines, into a folder of its own."""

    def install(module, entry_points):
        (tmp_path / "acme_rules.py").write_text(module)
        information = tmp_path / "acme_rules-1.0.dist-info"
        information.mkdir()
        (information / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-rules\nVersion: 1.0\n")
        (information / "entry_points.txt").write_text(entry_points)
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, "acme_rules", raising=False)
        for registry in (RULES, REMEDIES):
            monkeypatch.setattr(registry, "_are_loaded", False)
        return tmp_path

    return install


MODULE = '''
from trainwell.remedies import remedy
from trainwell.rule import Threshold, evidence, rule

LIMIT = Threshold("limit", 1.0, "", "above", "the tests")

@rule(id="ACME001", family="speed", severity="minor", fault_if=LIMIT)
def spiky_loss(run):
    """The loss has spikes."""
    return [evidence("", (run.signals["spikes"].values[-1], LIMIT), says="The loss has spikes.")]

@remedy(safety="safe", answers=["spiky-loss"])
def smooth_loss(case):
    """Smooth the loss."""
    return ()
'''
BOTH = "[trainwell.rules]\nacme = acme_rules\n[trainwell.remedies]\nacme = acme_rules\n"


@pytest.mark.parametrize("entry_points", [BOTH, BOTH.replace("acme_rules\n[", "acme_rules:spiky_loss\n[")])
def test_an_installed_package_brings_its_rules_and_remedies(installed, entry_points):
    installed(MODULE, entry_points)
    assert find_rule("spiky-loss").all_remedies == ("smooth-loss",)
    assert "smooth-loss" in all_remedies()


@pytest.mark.parametrize(
    ("module", "entry_points", "reason"),
    [
        ("raise ImportError('no acme here')", BOTH, "raised ImportError: no acme here"),
        (MODULE.replace("ACME001", "TW001"), BOTH, "raised InputError: .* belong to trainwell's own rules"),
        (MODULE, "[trainwell.rules]\nacme = acme_rules:missing\n", "raised AttributeError"),
        (MODULE, "[trainwell.rules]\nacme = acme_rules:LIMIT\n", "names neither a module nor a rule"),
    ],
)
def test_an_entry_point_that_cannot_be_loaded_is_reported_once(installed, caplog, module, entry_points, reason):
    installed(module, entry_points)
    with caplog.at_level(logging.WARNING, "trainwell"):
        for _ in range(2):
            assert set(own_rules()) <= set(all_rules())
    (record,) = caplog.records
    assert record.name == "trainwell"
    message = record.getMessage()
    assert message.startswith("The entry point 'acme' of acme-rules (group trainwell.rules, acme_rules")
    assert re.search(reason, message.replace("\n", " "))


@pytest.mark.heavy
def test_the_command_line_knows_the_rules_of_installed_packages(installed):
    folder = installed(MODULE, BOTH)

    def command(*words):
        done = subprocess.run(
            [sys.executable, "-c", "from trainwell.cli import main; main()", *words],
            capture_output=True,
            text=True,
            check=True,
            cwd=folder,
        )
        return done.stdout

    assert "spiky-loss" in command("rules", "ACME")
    assert json.loads(command("rules", "ACME", "--json"))["rules"][0]["remedies"] == ["smooth-loss"]
    assert "The loss has spikes." in command("explain", "spiky-loss")


def test_nothing_is_looked_up_before_rules_are_used(monkeypatch):
    """Importing the rules reads no metadata of packages; the first look at the catalogue does, once."""
    asked = []
    module = types.ModuleType("importlib.metadata")
    module.entry_points = lambda *, group: asked.append(group) or ()
    monkeypatch.setitem(sys.modules, "importlib.metadata", module)
    monkeypatch.setattr(RULES, "_are_loaded", False)
    declare()
    assert asked == []
    all_rules()
    all_rules()
    assert asked == ["trainwell.rules"]
