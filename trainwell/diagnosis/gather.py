"""From a TrainingSpec to a Run: facts, a training under watch, looks between epochs, and probes.

The model is trained in place and put back as it was. What cannot be measured is a reason in `not_measured`,
and everything else goes on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras

from trainwell import engine
from trainwell.diagnosis.plan import TrainingPlan, plan
from trainwell.engine.epochs import with_epoch_report
from trainwell.engine.generators import preserve_rng
from trainwell.engine.restoring import preserve_state
from trainwell.experiments import AFTER_TRAINING, BEFORE_TRAINING, ExperimentContext, experiment
from trainwell.probes import PROBES
from trainwell.progress import stage
from trainwell.recording import Recorder, describe, why_it_raised
from trainwell.training_spec import evenly_spaced
from trainwell.trees import rows_in, take

if TYPE_CHECKING:
    from collections.abc import Callable

    from trainwell.run import Run
    from trainwell.training_spec import TrainingSpec

SHORT = 200  # steps of a training whose verdict the facts alone decide
_WORK, _LOOKING, _PROBING, _TRAINING, _EXPERIMENTS = (
    110,
    10,
    10,
    40,
    5,
)  # rough shares of the work, which only the progress bar shows
_VALIDATION_ROWS = 2000  # that a cut training is validated on
_STEERING = (
    keras.callbacks.EarlyStopping,
    keras.callbacks.ReduceLROnPlateau,
    keras.callbacks.LearningRateScheduler,
    keras.callbacks.TerminateOnNaN,
)


@dataclass(frozen=True)
class Effort:
    """Amount of training and probing, decided once the facts are known.

    Args:
        probes: names of the probes that are made.
        steps: of the training, at most; as many as are planned where not given.
        explained: whether the facts alone explain why no step can be trained, where none can.
    """

    probes: tuple[str, ...] = tuple(PROBES)
    steps: int | None = None
    explained: bool = False


@dataclass(frozen=True)
class Gathered:
    """A Run, and what the training left.

    Args:
        run: facts and signals.
        history: logs by epoch; empty where no step could be trained.
        weights: that the training reached; `None` where no step could be trained.
    """

    run: Run
    history: dict[str, list[float]]
    weights: list[Any] | None


def gather(
    spec: TrainingSpec, *, decide: Callable[[Run], Effort] = lambda _: Effort(), deadline: float = math.inf
) -> Gathered:
    """Return the Run of a spec; the model is left as it was.

    Where no step can be trained, since the loss or a metric raises, and the facts alone explain why, the Run holds the
    facts only.

    Args:
        spec: whose model is compiled.
        decide: returns the effort, given a Run with all facts.
        deadline: on `time.monotonic`.

    Raises:
        InputError: the model cannot take the data, or no step can be trained and no fact explains why.
    """
    with stage("", _WORK), preserve_rng():
        with stage("Looking at the model and the data", takes=_LOOKING):
            run = describe(spec)
            effort = decide(run)
        if run.fit.raised:
            if not effort.explained:
                raise why_it_raised(run)
            _enter_no_training(run)
            return Gathered(run, {}, None)
        planned = plan(
            run.model.calls or [],
            rows=spec.steps_per_epoch * spec.batch_size,
            batch_size=spec.batch_size,
            epochs=spec.epochs,
            most=effort.steps,
        )
        return _train(spec, run, planned, effort, deadline)


def _enter_no_training(run: Run) -> None:
    reason = f"no step can be trained: {run.fit.raised}"
    run.not_measured.update(dict.fromkeys(("signals", "inference", "probes"), reason))
    run.fit.record_progress(planned_steps=0, cut=True)


def _train(spec: TrainingSpec, run: Run, planned: TrainingPlan, effort: Effort, deadline: float) -> Gathered:
    with preserve_state(spec.model):
        with stage("Looking at the outputs before the training", takes=_LOOKING):
            recorder = Recorder(spec, run, deadline=deadline)
        context = ExperimentContext(spec, run, deadline)
        with stage("Checking the model with a few rows", takes=_EXPERIMENTS):
            experiment(context, BEFORE_TRAINING)
        recorder.probe(effort.probes, planned.steps, takes=_PROBING)
        with stage("Training the model", takes=_TRAINING):
            history = _fit(spec, planned, recorder)
        with stage("Looking at the trained model", takes=_LOOKING):
            recorder.finish(
                history,
                epochs=planned.epochs,
                steps_per_epoch=planned.steps_per_epoch,
                planned_steps=planned.steps,
                cut=planned.cut,
            )
        with stage("Comparing with other learners", takes=_EXPERIMENTS):
            experiment(context, AFTER_TRAINING)
        return Gathered(run, dict(history), spec.model.get_weights())


def _fit(spec: TrainingSpec, planned: TrainingPlan, recorder: Recorder) -> dict[str, list[float]]:
    model, data, tap = spec.model, spec.data, recorder.tap
    callbacks: list[keras.callbacks.Callback] = [tap]
    if not planned.cut:
        callbacks = [*(each for each in spec.callbacks if isinstance(each, _STEERING)), tap]
    arguments: dict[str, Any] = {
        **{name: spec.fit.get(name) for name in ("class_weight", "validation_batch_size") if name in spec.fit},
        "epochs": planned.epochs,
        "steps_per_epoch": planned.steps_per_epoch or spec.fit.get("steps_per_epoch"),
        "validation_data": _validation(spec, cut=planned.cut),
        "callbacks": callbacks,
        "verbose": 0,
    }
    if not planned.cut:
        steering = ("validation_freq", "initial_epoch", "validation_steps")
        arguments |= {name: spec.fit[name] for name in steering if name in spec.fit}
        arguments["epochs"] = spec.fit.get("initial_epoch", 0) + spec.epochs
    if spec.batches is not None:
        source = (spec.batches.for_fit(), None)
        arguments["shuffle"] = spec.batches.is_shuffled_by_fit and spec.fit.get("shuffle", True)
        if spec.batches.steps is None:  # endless: an epoch ends somewhere
            arguments["steps_per_epoch"] = planned.steps_per_epoch or spec.steps_per_epoch
    else:
        source = (data["x"], data["y"])
        arguments |= {"batch_size": spec.batch_size, "sample_weight": data.get("sample_weight")}
        arguments["shuffle"] = spec.fit.get("shuffle", True)
    reason = engine.reason_for_keras(model, callbacks)
    if reason:
        recorder.run.not_measured["signals"] = reason
        arguments["callbacks"] = with_epoch_report(callbacks)
        return model.fit(*source, **arguments).history
    return engine.fit(model, *source, **arguments, recording=recorder.recording).history


def _validation(spec: TrainingSpec, *, cut: bool) -> Any:
    if spec.validation_batches is not None and not cut:
        return spec.validation_batches.for_fit()
    if not cut or spec.validation is None:
        return spec.validation
    chosen = evenly_spaced(rows_in(spec.validation[0]), _VALIDATION_ROWS)
    return tuple(take(part, chosen) for part in spec.validation)
