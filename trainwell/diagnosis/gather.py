"""From a model and its data to a Run: facts, a training under watch, looks between epochs, and probes.

The model is trained in place and put back as it was. What cannot be measured is said in the fact `not_measured`, and
the rest goes on.
"""

from __future__ import annotations

import math
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from trainwell import engine
from trainwell.diagnosis.data import Data, check, evenly_spaced, targets_by_output
from trainwell.diagnosis.observer import Observer
from trainwell.diagnosis.plan import Plan, plan
from trainwell.engine.generators import generators_left_as_they_are
from trainwell.engine.restoring import build, left_as_it_was
from trainwell.engine.watching import first_line
from trainwell.errors import InputError
from trainwell.facts import compile_facts, environment_facts, graph_facts, loss_facts, metric_facts, model_facts
from trainwell.probes import PROBES, Bench
from trainwell.run import Run, Series
from trainwell.signals import named as signals_named
from trainwell.trees import named, rows_in, take

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from trainwell.setup import Setup

LOOKED_AT = 512  # rows at most
INSIDE = (
    "output_mean",
    "output_deviation",
    "output_unit_deviation",
    "output_largest",
    "output_non_finite",
    "output_zero_units",
    "output_tail_share",
)
_HELD = 2000  # validation rows that a cut training looks at
_BY_BATCH = ("BatchNormalization",)  # behave in another way while they train
_STEERING = (
    keras.callbacks.EarlyStopping,
    keras.callbacks.ReduceLROnPlateau,
    keras.callbacks.LearningRateScheduler,
    keras.callbacks.TerminateOnNaN,
)


@dataclass
class Job:
    """What is diagnosed.

    Args:
        model: compiled.
        arguments: of its `compile`, as far as they are known.
        data: checked.
        epochs, batch_size, shuffle, class_weight, callbacks: as of `fit`.
        deadline: on `time.monotonic`.
        probes: names of those to be tried.
        settled: given a Run with all facts, whether its verdict is settled so that a short training will do.
        trained: called with the logs by epoch, while the model still holds what was reached.
    """

    model: keras.Model
    arguments: dict[str, Any]
    data: Data
    epochs: int
    batch_size: int
    shuffle: bool | str = True
    class_weight: dict[int, float] | None = None
    callbacks: list[keras.callbacks.Callback] = field(default_factory=list)
    deadline: float = math.inf
    probes: Iterable[str] = tuple(PROBES)
    settled: Callable[[Run], bool] = lambda _: False
    trained: Callable[[dict[str, list[float]]], None] = lambda _: None


def job_of(setup: Setup, callbacks: list[keras.callbacks.Callback], deadline: float = math.inf) -> Job:
    """The job of a Setup, compiled here.

    Args:
        setup: with arrays as data.
        callbacks: those that steer the training.
        deadline: as of `Job`.

    Raises:
        InputError: its data cannot be used.
    """
    data, fit = setup.data, setup.fit
    checked = check(
        data["x"],
        data["y"],
        data.get("validation_data"),
        fit.get("validation_split", 0.0),
        data.get("sample_weight"),
    )
    return Job(
        setup.compiled(),
        setup.compile,
        checked,
        fit["epochs"],
        fit["batch_size"],
        fit.get("shuffle", True),
        fit.get("class_weight"),
        callbacks,
        deadline,
    )


SHORT = 200  # steps of a training whose verdict is settled before it begins


def gather(job: Job) -> Run:
    """The Run of a job; the model is left as it was.

    Raises:
        InputError: the model cannot take the data.
    """
    with generators_left_as_they_are():
        run = static_run(job)
        calls = run.facts["model"].get("calls", [])
        short = SHORT if job.settled(run) else None
        planned = plan(calls, rows=job.data.rows, batch_size=job.batch_size, epochs=job.epochs, most=short)
        _train(job, run, planned, probe=short is None)
    return run


def static_run(job: Job) -> Run:
    """The Run before any training: facts of model, compile arguments, data and environment."""
    model = job.model
    x, y = job.data.some(min(job.batch_size, 32))
    _build(model, x, y)
    facts: dict[str, Any] = {"model": model_facts(model), **environment_facts(), "not_measured": {}}
    try:
        with generators_left_as_they_are():
            graph = engine.call_graph(model, x)
    except engine.CallError as error:
        raise _cannot_call(model, error.place, error.error, x) from error.error
    facts["compile"] = {**compile_facts(job.arguments), **rate_facts(model.optimizer)}
    add_graph(facts, model, job.arguments, graph)
    facts["data"] = job.data.facts(job.batch_size, list(graph.outputs), _layers_of_outputs(model))
    facts["fit"] = {
        "epochs": job.epochs,
        "batch_size": job.batch_size,
        "steps_per_epoch": math.ceil(job.data.rows / job.batch_size),
        "shuffle": bool(job.shuffle),
        "class_weight": job.class_weight is not None,
        "sample_weight": job.data.sample_weight is not None,
        "callbacks": [_callback_facts(each) for each in job.callbacks],
    }
    return Run(facts)


def add_graph(facts: dict[str, Any], model: keras.Model, arguments: dict[str, Any], graph: Any) -> None:
    """Adds how the model's layers are called, and the loss and the metrics of each output, which only the call tells.

    Args:
        facts: of the model and of what it was compiled with.
        model: that was called.
        arguments: of its `compile`.
        graph: what `trainwell.engine.call_graph` saw.
    """
    outputs, layers = list(graph.outputs), _layers_of_outputs(model)
    facts["model"].update(graph_facts(model, graph))
    facts["compile"]["losses"] = loss_facts(arguments, outputs, layers)
    facts["compile"]["metrics_by_output"] = metric_facts(arguments, outputs, layers)


def _targets(job: Job, run: Run, y: Any) -> dict[str, np.ndarray]:
    """Targets by the outputs that they belong to."""
    outputs = [each["name"] for each in run.facts["model"]["outputs"]]
    return targets_by_output(y, outputs, _layers_of_outputs(job.model))


def _layers_of_outputs(model: keras.Model) -> list[str]:
    """Names of the layers that give the outputs, in their order; none where the model does not tell them."""
    return list(getattr(model, "output_names", None) or ())


def _build(model: keras.Model, x: Any, y: Any) -> None:
    try:
        build(model, x, y)
    except Exception as error:
        try:  # Keras hides what a layer raised while it is built
            with generators_left_as_they_are():
                engine.call_graph(model, x)
        except engine.CallError as inner:
            raise _cannot_call(model, inner.place, inner.error, x) from error
        raise _cannot_call(model, "", error, x) from error


def _cannot_call(model: keras.Model, place: str, error: Exception, x: Any) -> InputError:
    shapes = ", ".join(f"{name or 'x'} {leaf.shape}" for name, leaf in named(x).items())
    where = f" in its layer {place!r}" if place and place != model.name else ""
    first = _what_happened(error)
    return InputError(
        f"The model {model.name!r} raised {type(error).__name__}{where} on a batch of {shapes}: {first}",
        "Call model(x[:2]) yourself to see the whole message; a diagnosis begins once that works.",
    )


def rate_facts(optimizer: Any) -> dict[str, Any]:
    """The facts `compile.learning_rate`, as it is now, and `compile.schedule`."""
    if isinstance(optimizer, keras.optimizers.MultiOptimizer):
        return {"learning_rate": None, "schedule": None}
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    config = inner.get_config().get("learning_rate")
    schedule = config.get("class_name") if isinstance(config, dict) else None
    return {"learning_rate": float(np.asarray(optimizer.learning_rate)), "schedule": schedule}


def _callback_facts(callback: keras.callbacks.Callback) -> dict[str, Any]:
    names = ("monitor", "mode", "patience", "min_delta", "restore_best_weights", "factor", "start_from_epoch")
    held = {name: getattr(callback, name) for name in names if hasattr(callback, name)}
    plain = {name: value for name, value in held.items() if isinstance(value, (bool, int, float, str))}
    better = getattr(callback, "monitor_op", None)
    if better is not None:
        plain["better"] = "greater" if better(1, 0) else "less"
    return {"class": type(callback).__name__, **plain}


@dataclass
class Watched:
    """A training under watch: what is handed to `fit`, and what it leaves in the Run.

    Args:
        run: with the facts of `static_run`.
        observer: a callback that looks at the model between epochs.
        recording: signals of the steps.
        inspection: a look at some rows; `None` where the model allows none.
    """

    run: Run
    observer: Observer
    recording: engine.Recording
    inspection: engine.Inspection | None

    @classmethod
    def of(cls, job: Job, run: Run, recording: engine.Recording | None = None) -> Watched:
        """What watches a job's training, on evenly spaced training rows."""
        some_x, some_y = job.data.some(LOOKED_AT)
        inspection = _inspection(job.model, some_x, some_y, run.facts["not_measured"])
        observer = Observer(inspection, _targets(job, run, some_y), job.deadline)
        return cls(run, observer, recording or engine.Recording(), inspection)

    def bench(self, job: Job, steps: int) -> Bench | None:
        """What probes work on; `None` where the model cannot be looked at."""
        if self.inspection is None:
            return None
        _, some_y = job.data.some(LOOKED_AT)
        return Bench(
            job.model,
            job.data.x,
            job.data.y,
            job.batch_size,
            steps,
            self.inspection,
            _targets(job, self.run, some_y),
            self.inspection().outputs,
            job.data.sample_weight,
            job.class_weight,
        )

    def finish(self, job: Job, planned: Plan, history: dict[str, list[float]], seconds: float) -> None:
        """Enters into the Run what was seen; called while the model holds the weights reached."""
        run, observer = self.run, self.observer
        if self.inspection is not None and any(call["class"] in _BY_BATCH for call in run.facts["model"]["calls"]):
            look = engine.Inspection(job.model, *job.data.some(LOOKED_AT), (), training=True)()
            run.signals["inference/loss_in_training_mode"] = Series(
                np.asarray([look.loss]), np.asarray([observer.epochs]), "epoch"
            )
        self._look_at_held(job)
        for name, values in history.items():
            metric = name.removeprefix("val_")
            part = "train" if metric == name else "validation"
            run.signals[f"{part}/{metric}"] = Series.over("epoch", values)
        run.signals.update(self.recording.series())
        run.signals.update(observer.series())
        run.facts["not_measured"].update(self.recording.not_measured)
        per_epoch = planned.steps_per_epoch or run.facts["fit"]["steps_per_epoch"]
        run.facts["fit"].update(
            epochs_run=observer.epochs,
            steps=observer.epochs * per_epoch,
            planned_steps=planned.steps,
            cut=planned.cut or observer.out_of_time,
            out_of_time=observer.out_of_time,
            diverged=observer.diverged,
            stopped_by_callback=observer.epochs < planned.epochs and not (observer.out_of_time or observer.diverged),
            seconds=seconds,
        )

    def _look_at_held(self, job: Job) -> None:
        """Looks at evenly spaced validation rows, again and again where there are too few for a look."""
        if self.inspection is None or job.data.held is None:
            return
        held_x, held_y = job.data.held[:2]
        rows = rows_in(held_x)
        looked_at = min(LOOKED_AT, job.data.rows)
        chosen = np.resize(evenly_spaced(rows, looked_at), looked_at)
        some_x, some_y = take(held_x, chosen), take(held_y, chosen)
        try:
            self.observer.look_at(some_x, some_y, _targets(job, self.run, some_y))
        except Exception as error:  # noqa: BLE001 -- validation rows may be of another form than those trained on
            self.run.facts["not_measured"]["held"] = f"the validation rows could not be looked at: {first_line(error)}"


def _train(job: Job, run: Run, planned: Plan, *, probe: bool) -> None:
    began = time.monotonic()
    with left_as_it_was(job.model):
        watched = Watched.of(job, run)
        bench = watched.bench(job, planned.steps) if probe else None
        if bench is not None:
            try_probes(run, bench, job.probes, job.deadline)
        history = _fit(job, planned, watched)
        watched.finish(job, planned, history, time.monotonic() - began)
        job.trained(history)


def _inspection(model: keras.Model, x: Any, y: Any, missing: dict[str, str]) -> engine.Inspection | None:
    try:
        inspection = engine.Inspection(model, x, y, signals_named(INSIDE))
        inspection()
    except Exception as error:  # noqa: BLE001 -- a step of the user's own may ask for what a look cannot give
        missing["inference"] = f"the model could not be looked at outside its step: {first_line(error)}"
        return None
    return inspection


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
        return job.model.fit(job.data.x, job.data.y, **arguments).history
    return engine.fit(job.model, job.data.x, job.data.y, **arguments, recording=watched.recording).history


def _few(held: tuple[Any, ...]) -> tuple[Any, ...]:
    rows = rows_in(held[0])
    chosen = evenly_spaced(rows, _HELD)
    return tuple(take(part, chosen) for part in held)


def only_the_baseline(watched: Watched, job: Job) -> None:
    """The one probe that trains nothing, for a training watched in place; the others are said to be left out."""
    bench = watched.bench(job, 0)
    if bench is not None:
        try_probes(watched.run, bench, ("baseline",))
    for name in set(PROBES) - {"baseline"}:
        watched.run.facts["not_measured"][f"probe:{name}"] = "short extra trainings are made by tw.diagnose alone"


def try_probes(run: Run, bench: Bench, names: Iterable[str], deadline: float = math.inf) -> None:
    """Tries probes while there is time; each leaves the model as it was."""
    found: dict[str, Any] = run.facts.setdefault("probes", {})
    for name in names:
        if time.monotonic() > deadline:
            run.facts["not_measured"][f"probe:{name}"] = "the budget was spent before"
            continue
        try:
            seen = PROBES[name](bench)
        except Exception as error:  # noqa: BLE001 -- the user's own step or loss may raise anything on other answers
            run.facts["not_measured"][f"probe:{name}"] = f"the probe {name} could not be made: {first_line(error)}"
            continue
        found[name] = seen.facts
        run.signals.update(seen.signals)


def _what_happened(error: Exception) -> str:
    """The first line that says something: Keras puts one in front that names the layer alone."""
    text = str(error).rpartition("Error encountered:")[2]
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    told = [line for line in lines if not line.startswith("Exception encountered when calling")]
    return re.sub(r"\x1b\[[0-9;]*m", "", (told or lines or [type(error).__name__])[0])
