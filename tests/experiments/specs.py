"""Small trainings for the tests of experiments: what they find is entered in the Run of a spec."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rules.runs import finding

from trainwell.experiments import BEFORE_TRAINING, ExperimentContext, experiment
from trainwell.recording import describe
from trainwell.training_spec import TrainingSpec

if TYPE_CHECKING:
    from trainwell.run import Run


def tried(name: str, model: Any, x: Any, y: Any = None, *, loss: Any = "mse", **fit: Any) -> Run:
    """The Run of a model that was not trained, with the record of one experiment, which must not raise."""
    model.compile("sgd", loss)
    spec = TrainingSpec.from_fit(model, x, y, **fit)
    run = describe(spec)
    experiment(ExperimentContext(spec, run), {name: BEFORE_TRAINING[name]})
    assert not [each for each in run.not_measured if each.startswith("experiment:")], run.not_measured
    return run


def outcome(run: Run, rule: str) -> str:
    """What the rule of that name says of a Run."""
    return finding(run, rule).outcome
