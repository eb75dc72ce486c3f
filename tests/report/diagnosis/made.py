"""Findings made by hand on Runs as a diagnosis leaves them."""

import numpy as np

from trainwell.rule import Condition, NotApplicable, NotMeasured, Rule, Threshold, evidence
from trainwell.rules import faults, judge
from trainwell.run import Run, Series

NASTY = "<script>alert(1)</script> & $x_1$"
DOC = """The fault in one sentence.

Symptom
-------
It stands still.

Why it happens
--------------
Because of <b>something</b>.

How it is measured
------------------
By looking.

Known limits
------------
None.

References:
----------
A paper.
"""

RATIO = Threshold("ratio", 100.0, "", "above", "a paper")
UNITS = Threshold("units", 0.7, "share of units", "above", "a paper")
COUNT = Threshold("values", 0.0, "values", "above", "a paper")
RATE = Threshold("rate", 0.01, "per step", "above", "a paper")


def make_rule(id, name, family, severity, measure, fault_if=None, advice_if=None, *, remedies=(), explained_by=()):  # noqa: A002
    fault_if, advice_if = ((each or Condition()).as_condition() for each in (fault_if, advice_if))
    return Rule(
        id,
        name,
        family,
        severity,
        measure,
        fault_if,
        advice_if,
        remedies=tuple(remedies),
        explained_by=explained_by,
        doc=DOC,
    )


def layer_names(depth):
    return [NASTY if number == 1 else f"dense_{number}" for number in range(depth)]


def make_run(depth=4, moments=12, *, signals=True):
    """A Run of a deep net: gradients that vanish towards the inputs, units that die, a loss that ends as NaN."""
    names = layer_names(depth)
    facts = {
        "model": {
            "name": "net",
            "parameters": 1234,
            "layers": [{"name": name, "class": "Dense"} for name in names],
            "calls": [{"place": name, "class": "Dense"} for name in names],
        },
        "data": {"inputs": [{"name": "", "shape": [4], "rows": 64}], "targets": []},
        "compile": {"optimizer": {"class": "SGD", "config": {}}, "loss": "mse", "metrics": ["mae"]},
        "fit": {"epochs": 5, "epochs_run": 5, "steps": 600, "batch_size": 32, "steps_per_epoch": 120},
        "not_measured": {"flatten": "it only arranges its inputs anew", NASTY: NASTY},
        "versions": {"trainwell": "0.1.0", "keras": "3.15.1"},
        "probes": {},
    }
    found = {}
    if signals:
        at = np.unique(np.linspace(1, 600, moments).round().astype(int))
        for number, name in enumerate(names):
            decay = 10.0 ** (number - depth + 1)
            found[f"gradient_rms/{name}/kernel"] = Series(decay * np.linspace(1, 0.5, len(at)), at, "step")
            found[f"gradient_rms/{name}/bias"] = Series(decay * np.linspace(1, 0.5, len(at)), at, "step")
            found[f"weight_rms/{name}/kernel"] = Series(np.full(len(at), 0.5), at, "step")
            found[f"update_rms/{name}/kernel"] = Series(5e-4 * decay * np.ones(len(at)), at, "step")
            found[f"output_deviation/{name}"] = Series(np.linspace(1, 2, len(at)), at, "step")
            share = np.linspace(0, 0.9 - 0.22 * (number % 4), 6)
            found[f"inference/output_zero_units/{name}"] = Series.over("epoch", share, start=0)
        loss = np.geomspace(1, 1e6, len(at))
        loss[-2:] = np.nan
        found["loss"] = Series(loss, at, "step")
        found["gradient_norm"] = Series(loss, at, "step")
        found["learning_rate"] = Series(np.full(len(at), 0.02), at, "step")
        found["train/loss"] = Series.over("epoch", np.geomspace(1, 0.1, 5))
        found["validation/loss"] = Series.over("epoch", np.geomspace(1.1, 0.4, 5))
    return Run.from_plain(facts, found)


def unscaled(run):
    del run
    says = "The deviations of the columns differ by a factor of 5,210."
    return [evidence("x", (5210.0, RATIO), says=says)]


def dying(run):
    found = []
    for name in layer_names(len(run.model.layers)):
        signal = f"inference/output_zero_units/{name}"
        if signal not in run.signals:
            raise NotMeasured("no units were looked at")
        share = float(run.signals[signal].values[-1])
        says = f"{share:.0%} of the units of {name!r} give 0."
        found.append(evidence(name, (share, UNITS), says=says, series=(signal,)))
    return found


def nan_loss(run):
    lost = int(np.isnan(run.signals["loss"].values).sum()) if "loss" in run.signals else 0
    return [evidence("", (lost, COUNT), says=f"The loss was NaN at {lost} of the steps.", series=("loss",))]


def rate(run):
    del run
    return [evidence("", (0.02, RATE), says="The rate is 0.02.", series=("learning_rate",))]


def slow(run):
    del run
    return [evidence("dense_0", (0.005, RATE), says="The rate is 0.005.")]


def missing(run):
    del run
    raise NotMeasured("there is no validation data")


def of_no_concern(run):
    del run
    raise NotApplicable("no output is a choice among classes")


UNSCALED = make_rule("TW001", "unscaled-inputs", "data", "serious", unscaled, RATIO, remedies=["normalize-inputs"])
DYING = make_rule("TW203", "dying-relu", "gradients", "serious", dying, UNITS, remedies=["he-initialization"])
NAN = make_rule("TW210", "nan-loss", "gradients", "fatal", nan_loss, COUNT, explained_by=("TW0",))
SICK = (
    UNSCALED,
    make_rule("TW101", "classes-missing", "setup", "fatal", of_no_concern),
    DYING,
    NAN,
    make_rule("TW301", "learning-rate-high", "speed", "minor", rate, None, RATE, remedies=["lower-learning-rate"]),
    make_rule("TW302", "learning-rate-low", "speed", "minor", slow, RATE),
    make_rule("TW401", "overfitting", "overfitting", "serious", missing),
)
WELL = (make_rule("TW302", "learning-rate-low", "speed", "minor", slow, RATE), SICK[1])


def judged(run, rules):
    """The arguments of all that show a diagnosis."""
    findings = judge(run, rules)
    return run, findings, faults(findings)
