"""From a model and its data to a Run: facts, a training under watch, looks between epochs, and probes.

The model is trained in place and put back as it was. What cannot be measured is said in the fact `not_measured`, and
the rest goes on.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import keras

from trainwell import engine
from trainwell.diagnosis.data import evenly_spaced
from trainwell.diagnosis.plan import Plan, plan
from trainwell.diagnosis.static_run import facts_before_training, why_it_raised
from trainwell.diagnosis.watched import Watched, try_probes
from trainwell.engine.epochs import with_epoch_report
from trainwell.engine.generators import generators_left_as_they_are
from trainwell.engine.restoring import left_as_it_was
from trainwell.facts import progress_facts
from trainwell.progress import stage
from trainwell.trees import rows_in, take

if TYPE_CHECKING:
    from trainwell.diagnosis.job import Job
    from trainwell.run import Run

SHORT = 200  # steps of a training whose verdict is settled before it begins
_HELD = 2000  # validation rows that a cut training looks at
_WORK, _LOOKING, _PROBING, _TRAINING = 100, 10, 10, 40  # of the work, roughly: the bar shows them, nothing else does
_STEERING = (
    keras.callbacks.EarlyStopping,
    keras.callbacks.ReduceLROnPlateau,
    keras.callbacks.LearningRateScheduler,
    keras.callbacks.TerminateOnNaN,
)


def gather(job: Job) -> Run:
    """The Run of a job; the model is left as it was.

    Where no step can be trained, since the loss or a metric raises, and the facts alone settle why, these are all.

    Raises:
        InputError: the model cannot take the data, or no step can be trained and no fact tells why.
    """
    with stage("", _WORK), generators_left_as_they_are():
        with stage("Looking at the model and the data", takes=_LOOKING):
            run = facts_before_training(job)
            settled = job.settled(run)
        if run.facts["fit"]["raised"]:
            if not settled:
                raise why_it_raised(run)
            _enter_no_training(run)
            return run
        calls = run.facts["model"].get("calls", [])
        short = SHORT if settled else None
        planned = plan(calls, rows=job.data.rows, batch_size=job.batch_size, epochs=job.epochs, most=short)
        _train(job, run, planned, probe=short is None)
    return run


def _enter_no_training(run: Run) -> None:
    reason = f"no step can be trained: {run.facts['fit']['raised']}"
    run.facts["not_measured"].update(dict.fromkeys(("signals", "inference", "probes"), reason))
    run.facts["fit"] |= progress_facts(planned_steps=0, cut=True)


def _train(job: Job, run: Run, planned: Plan, *, probe: bool) -> None:
    began = time.monotonic()
    with left_as_it_was(job.model):
        with stage("Looking at the outputs before the training", takes=_LOOKING):
            watched = Watched.of(job, run)
            bench = watched.bench(job, planned.steps) if probe else None
        if bench is not None:
            try_probes(run, bench, job.probes, job.deadline, takes=_PROBING)
        with stage("Training the model", takes=_TRAINING):
            history = _fit(job, planned, watched)
        with stage("Looking at the trained model", takes=_LOOKING):
            watched.finish(job, planned, history, time.monotonic() - began)
            job.trained(history)


def _fit(job: Job, planned: Plan, watched: Watched) -> dict[str, list[float]]:
    observer = watched.observer
    held = job.data.held
    callbacks: list[keras.callbacks.Callback] = [observer]
    if planned.cut:
        held = None if held is None else _few(held)
    else:
        callbacks = [*(each for each in job.callbacks if isinstance(each, _STEERING)), observer]
    arguments: dict[str, Any] = {
        "batch_size": job.batch_size,
        "epochs": planned.epochs,
        "steps_per_epoch": planned.steps_per_epoch,
        "validation_data": held,
        "shuffle": job.shuffle,
        "class_weight": job.class_weight,
        "sample_weight": job.data.sample_weight,
        "callbacks": callbacks,
        "verbose": 0,
    }
    reason = engine.reason_for_keras(job.model, callbacks)
    if reason:
        watched.run.facts["not_measured"]["signals"] = reason
        arguments["callbacks"] = with_epoch_report(callbacks)
        return job.model.fit(job.data.x, job.data.y, **arguments).history
    return engine.fit(job.model, job.data.x, job.data.y, **arguments, recording=watched.recording).history


def _few(held: tuple[Any, ...]) -> tuple[Any, ...]:
    rows = rows_in(held[0])
    chosen = evenly_spaced(rows, _HELD)
    return tuple(take(part, chosen) for part in held)
