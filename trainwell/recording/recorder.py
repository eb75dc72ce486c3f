"""The Recorder of a training of a TrainingSpec: it looks at the model between epochs, reads its steps, writes the Run.

What cannot be measured is a reason in `not_measured`, and everything else goes on.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from trainwell import engine
from trainwell.engine.generators import preserve_rng
from trainwell.errors import OutOfTimeError, telling_line
from trainwell.probes import PROBES, ProbeContext
from trainwell.progress import stage
from trainwell.recording.data_description import targets_by_output
from trainwell.recording.description import described, layers_of_outputs
from trainwell.recording.entries import (
    INSIDE,
    LOOKED_AT,
    enter_log,
    enter_loss_in_training_mode,
    enter_signals,
    loss_in_training_mode,
)
from trainwell.recording.epoch_tap import EpochTap
from trainwell.signals import named as signals_named
from trainwell.training_spec import evenly_spaced
from trainwell.trees import rows_in, take

if TYPE_CHECKING:
    from collections.abc import Iterable

    import keras

    from trainwell.run import Run
    from trainwell.training_spec import TrainingSpec


PROBES_SHARE = 0.4
"""Of the time that is left: probes take no more, so that the training itself gets the rest."""
_SPENT = "the budget was spent before it was done"


class Recorder:
    """Instruments one training of a spec, and writes its Run.

    `tap` is a callback for the training, and `recording` is what `engine.fit(recording=)` takes. Nothing is trained
    here but by the probes.

    Args:
        spec: what is trained; its model is compiled and built.
        run: of `describe`; the spec is described if it is not given.
        recording: signals of the steps; all of them where not given.
        deadline: on `time.monotonic`, after which the training ends with its call of the compiled program.
        stops: whether a training that has diverged or is late is ended.
    """

    def __init__(
        self,
        spec: TrainingSpec,
        run: Run | None = None,
        recording: engine.Recording | None = None,
        *,
        deadline: float = math.inf,
        stops: bool = True,
    ) -> None:
        self.spec = spec
        self.recording = recording or engine.Recording()
        with preserve_rng():
            self.run = run or described(spec)
            self._looked_at = spec.some(LOOKED_AT)
            self._inspection = _inspection(spec.model, *self._looked_at, self.run.not_measured)
        self.tap = EpochTap(self._inspection, self._targets(self._looked_at[1]), deadline, stops=stops)
        self._deadline = deadline
        self._began = time.monotonic()

    def probe(self, names: Iterable[str], steps: int, *, takes: float = 1.0) -> None:
        """Make probes while there is time; each leaves the model as it was.

        Args:
            names: of `trainwell.probes.PROBES`.
            steps: of the planned training.
            takes: parts of the stage around it that each probe stands for in the progress.
        """
        names = tuple(names)
        if self._inspection is None or not names:
            return
        missing = self.run.not_measured
        bench = self._bench(self._inspection, steps)
        for name in names:
            if time.monotonic() > bench.deadline:
                missing[f"probe:{name}"] = _SPENT
                continue
            try:
                with stage("", takes=takes):
                    seen = PROBES[name](bench)
            except OutOfTimeError:
                missing[f"probe:{name}"] = _SPENT
                continue
            except Exception as error:  # noqa: BLE001 -- the user's own step or loss may raise anything on other answers
                missing[f"probe:{name}"] = f"the probe {name} could not be made: {telling_line(error)}"
                continue
            setattr(self.run.probes, name, seen.record)
            self.run.signals.update(seen.signals)

    def probe_without_training(self) -> None:
        """Make the one probe that trains nothing; a training that is recorded in place has no others."""
        with preserve_rng():
            self.probe(("baseline",), 0)
        self.run.not_measured["experiments"] = "experiments are made by tw.diagnose alone"
        for name in set(PROBES) - {"baseline"}:
            self.run.not_measured[f"probe:{name}"] = "short extra trainings are made by tw.diagnose alone"

    def finish(
        self,
        history: dict[str, list[float]],
        *,
        epochs: int,
        steps_per_epoch: int | None = None,
        planned_steps: int | None = None,
        cut: bool = False,
    ) -> Run:
        """Return the Run once the training is over, while the model holds the weights reached.

        Args:
            history: the logs by epoch.
            epochs: that were planned.
            steps_per_epoch: of the training; the spec's own where not given.
            planned_steps: of all epochs together.
            cut: whether the training was planned to be shorter than the spec says.
        """
        run, tap = self.run, self.tap
        with preserve_rng():
            if self._inspection is not None:
                loss = loss_in_training_mode(run, self.spec.model, *self._looked_at)
                enter_loss_in_training_mode(run, loss, tap.epochs)
            self._look_at_validation()
        for name, values in history.items():
            enter_log(run, name, values)
        enter_signals(run, self.recording, tap)
        per_epoch = steps_per_epoch or run.fit.steps_per_epoch or 0
        run.fit.record_progress(
            epochs_run=tap.epochs,
            epochs=epochs,
            steps=(tap.epochs - 1) * per_epoch + tap.steps_of_last_epoch
            if tap.steps_of_last_epoch is not None and tap.epochs
            else tap.epochs * per_epoch,
            planned_steps=planned_steps if planned_steps is not None else epochs * per_epoch,
            cut=cut or tap.out_of_time,
            out_of_time=tap.out_of_time,
            diverged=tap.diverged,
            seconds=time.monotonic() - self._began,
        )
        return run

    def _bench(self, inspection: engine.InferenceProbe, steps: int) -> ProbeContext:
        spec, began = self.spec, time.monotonic()
        return ProbeContext(
            spec.model,
            spec.data["x"],
            spec.data["y"],
            spec.batch_size,
            steps,
            inspection,
            self._targets(self._looked_at[1]),
            inspection().outputs,
            spec.data.get("sample_weight"),
            spec.fit.get("class_weight"),
            deadline=began + PROBES_SHARE * (self._deadline - began) if math.isfinite(self._deadline) else math.inf,
        )

    def _look_at_validation(self) -> None:
        """Look at evenly spaced validation rows, repeated where there are too few for a look."""
        if self._inspection is None or self.spec.validation is None:
            return
        held_x, held_y = self.spec.validation[:2]
        looked_at = min(LOOKED_AT, self.spec.rows)
        chosen = np.resize(evenly_spaced(rows_in(held_x), looked_at), looked_at)
        some_x, some_y = take(held_x, chosen), take(held_y, chosen)
        try:
            self.tap.look_at(some_x, some_y, self._targets(some_y))
        except Exception as error:  # noqa: BLE001 -- validation rows may be of another form than those trained on
            reason = f"the validation rows could not be looked at: {telling_line(error)}"
            self.run.not_measured["held"] = reason

    def _targets(self, y: Any) -> dict[str, np.ndarray]:
        """Targets by the outputs that they belong to."""
        outputs = [each.name for each in self.run.model.outputs or ()]
        return targets_by_output(y, outputs, layers_of_outputs(self.spec.model))


def _inspection(model: keras.Model, x: Any, y: Any, missing: dict[str, str]) -> engine.InferenceProbe | None:
    try:
        inspection = engine.InferenceProbe(model, x, y, signals_named(INSIDE))
        inspection()
    except Exception as error:  # noqa: BLE001 -- a step of the user's own may ask for what a look cannot give
        missing["inference"] = f"the model could not be looked at outside its step: {telling_line(error)}"
        return None
    return inspection
