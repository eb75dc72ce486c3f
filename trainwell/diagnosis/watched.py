"""A training under watch: what is handed to `fit`, looks at the model between epochs, and is left in the Run.

What cannot be measured is said in the fact `not_measured`, and the rest goes on.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from trainwell import engine
from trainwell.diagnosis.data import evenly_spaced, targets_by_output
from trainwell.diagnosis.observer import Observer
from trainwell.diagnosis.static_run import layers_of_outputs
from trainwell.errors import telling_line
from trainwell.facts import progress_facts
from trainwell.probes import PROBES, Bench
from trainwell.progress import stage
from trainwell.run import Run, Series
from trainwell.signals import named as signals_named
from trainwell.trees import rows_in, take

if TYPE_CHECKING:
    from collections.abc import Iterable

    import keras

    from trainwell.diagnosis.job import Job
    from trainwell.diagnosis.plan import Plan

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
BY_BATCH = ("BatchNormalization",)  # behave in another way while they train


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
        if self.inspection is not None and any(call["class"] in BY_BATCH for call in run.facts["model"]["calls"]):
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
        run.facts["fit"] |= progress_facts(
            epochs_run=observer.epochs,
            epochs=planned.epochs,
            steps=observer.epochs * per_epoch,
            planned_steps=planned.steps,
            cut=planned.cut or observer.out_of_time,
            out_of_time=observer.out_of_time,
            diverged=observer.diverged,
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
            reason = f"the validation rows could not be looked at: {telling_line(error)}"
            self.run.facts["not_measured"]["held"] = reason


def only_the_baseline(watched: Watched, job: Job) -> None:
    """The one probe that trains nothing, for a training watched in place; the others are said to be left out."""
    bench = watched.bench(job, 0)
    if bench is not None:
        try_probes(watched.run, bench, ("baseline",))
    for name in set(PROBES) - {"baseline"}:
        watched.run.facts["not_measured"][f"probe:{name}"] = "short extra trainings are made by tw.diagnose alone"


def try_probes(run: Run, bench: Bench, names: Iterable[str], deadline: float = math.inf, *, takes: float = 1.0) -> None:
    """Tries probes while there is time; each leaves the model as it was.

    Args:
        run: where what they see is entered.
        bench: what they work on.
        names: of the probes.
        deadline: on `time.monotonic`.
        takes: parts of the stage around it that each probe stands for.
    """
    found: dict[str, Any] = run.facts.setdefault("probes", {})
    for name in names:
        if time.monotonic() > deadline:
            run.facts["not_measured"][f"probe:{name}"] = "the budget was spent before"
            continue
        try:
            with stage("", takes=takes):
                seen = PROBES[name](bench)
        except Exception as error:  # noqa: BLE001 -- the user's own step or loss may raise anything on other answers
            run.facts["not_measured"][f"probe:{name}"] = f"the probe {name} could not be made: {telling_line(error)}"
            continue
        found[name] = seen.facts
        run.signals.update(seen.signals)


def _inspection(model: keras.Model, x: Any, y: Any, missing: dict[str, str]) -> engine.Inspection | None:
    try:
        inspection = engine.Inspection(model, x, y, signals_named(INSIDE))
        inspection()
    except Exception as error:  # noqa: BLE001 -- a step of the user's own may ask for what a look cannot give
        missing["inference"] = f"the model could not be looked at outside its step: {telling_line(error)}"
        return None
    return inspection


def _targets(job: Job, run: Run, y: Any) -> dict[str, np.ndarray]:
    """Targets by the outputs that they belong to."""
    outputs = [each["name"] for each in run.facts["model"]["outputs"]]
    return targets_by_output(y, outputs, layers_of_outputs(job.model))
