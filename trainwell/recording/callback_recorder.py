"""The Recorder of a training that a callback sees from within: batches, logs, and the model between its epochs.

It trains nothing and changes nothing. What Keras does not show a callback is said to be not measured, and so is what
fails while it looks: a training must not fail by being watched.
"""

from __future__ import annotations

import copy
import logging
import math
import time
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from trainwell.engine import InferenceProbe
from trainwell.engine.generators import preserve_rng
from trainwell.engine.rows import Rows
from trainwell.engine.step_tap import (
    TappedFunction,
    copy_of_weights,
    holding,
    reason_against_batches,
    reason_against_signals,
)
from trainwell.errors import telling_line
from trainwell.recording.callback_description import described_at_begin, described_by_rows, described_once_built
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
from trainwell.trees import named, rows_in, take

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from trainwell.engine.feeds import FeedPart
    from trainwell.engine.rows import Kept
    from trainwell.engine.step_tap import StepTap
    from trainwell.run import Run

_logger = logging.getLogger("trainwell")


class CallbackRecorder:
    """One training, seen from within it.

    Args:
        model: compiled, about to be trained.
        params: what Keras tells a callback: `epochs` and `steps`.
        watching: the signals that are read.
        in_engine: whether `tw.fit` trains, which hands out no `train_function`.
        first: steps after which the training is judged for the first time, though no epoch has ended.
        news: called then, and when a step's loss is no number; the model's variables hold its values meanwhile.
    """

    def __init__(
        self,
        model: Any,
        params: Mapping[str, Any],
        watching: StepTap,
        *,
        in_engine: bool,
        first: int,
        news: Callable[[], None],
    ) -> None:
        self.epochs = 0
        self.planned: int | None = params.get("epochs")
        self.whole_epoch = self.diverged = self.over = False
        self._model, self._params, self._watching = model, params, watching
        self._first, self._news = first, news
        self._at_begin = self._described = described_at_begin(model, params)
        self._function: TappedFunction | None = None
        self._tap: EpochTap | None = None
        self._rows: Rows | None = None
        self._early = False
        self._weights: Any = None
        self._loss_in_training: float | None = None
        self._curves: dict[str, tuple[list[int], list[float]]] = {}
        self._steps = 0
        self._began = time.monotonic()
        self._go_in(in_engine=in_engine)

    def begin_epoch(self) -> None:
        """From here on the batches are those of the training."""
        if self._function is not None:
            self._function.begin_epoch()

    def end_epoch(self, epoch: int, logs: Mapping[str, Any]) -> None:
        """Takes the epoch's logs, and looks at the model."""
        if self._function is not None:
            self._function.end_epoch()
        self.epochs += 1
        for name, value in logs.items():
            if np.ndim(value) == 0:
                at, values = self._curves.setdefault(name, ([], []))
                at.append(self.epochs)
                values.append(float(value))
        self.diverged = self.diverged or not math.isfinite(logs.get("loss", 0.0))
        if self._at_begin.model.is_empty:
            self._at_begin = self._described = described_once_built(self._model, self._at_begin, self._params)
        self._guarded(self._look, epoch, logs)

    def end(self) -> None:
        """Puts back what it stood in for, and looks a last time."""
        self.leave()
        self._guarded(self._look_at_end)
        self.over = True

    def leave(self) -> None:
        """Puts back what it stood in for."""
        if self._function is not None:
            self._function.leave()

    def before_steps(self, step: int, values: Any, part: FeedPart) -> None:
        """Told by the engine of the batches that come next, and of the model's state before them."""
        self._steps = step + part.steps
        self._guarded(self._take, step, values, part)

    def run(self) -> Run:
        """Return the Run of the training, as far as it has come."""
        found = self._described  # of which only what is entered below is copied: this is asked for after each epoch
        parts = {"fit": copy.copy(found.fit), "data": copy.copy(found.data)}
        run = msgspec.structs.replace(found, **parts, not_measured=dict(found.not_measured), signals={})
        steps, epochs = run.fit.steps_per_epoch, self.planned
        run.fit.record_progress(
            epochs_run=self.epochs,
            epochs=epochs,
            steps=self._steps or (steps or 0) * self.epochs,
            planned_steps=steps * epochs if steps and epochs else None,
            cut=not self.over,
            diverged=self.diverged,
            over=self.over,
            seconds=time.monotonic() - self._began,
        )
        if self._function is not None and self._function.reason:
            run.not_measured["signals"] = self._function.reason
        if not run.data.is_empty and self.epochs and not any(name.startswith("val_") for name in self._curves):
            run.data.split_kind = ""  # what is never validated has no validation data
        for name, (at, values) in self._curves.items():
            enter_log(run, name, values, at)
        enter_signals(run, self._watching, self._tap)
        enter_loss_in_training_mode(run, self._loss_in_training, self.epochs)
        return run

    def _go_in(self, *, in_engine: bool) -> None:
        """Goes where the batches pass, or says why it cannot."""
        model, missing = self._model, self._at_begin.not_measured
        reason = "" if in_engine else reason_against_batches(model)
        if not reason:
            against = "" if in_engine else reason_against_signals(model)
            if against:
                missing["signals"] = against
            if not in_engine:
                self._function = TappedFunction.put(model, self._watching, measures=not against)
                reason = "" if self._function else "another tw.Watch is at work in this training"
        if reason:
            missing.update(signals=reason, facts=reason)
        else:
            self._rows = Rows()

    def _take(self, step: int, values: Any, part: FeedPart) -> None:
        if self._rows is not None and not self.whole_epoch:
            if step == 0:
                self._weights = copy_of_weights(values)
            self._rows.take(part)
        if values is None:
            return
        if not self._early and step >= max(1, self._first):
            self._early = True
            self._tell(values)
        if not self.diverged and self._watching.until_due(step) == 0:
            loss = self._watching.latest_loss()
            if loss is not None and not math.isfinite(loss):
                self.diverged = True
                self._tell(values)

    def _tell(self, values: Any) -> None:
        """Describe the rows so far, and report that there is news, while the model holds `values`."""
        kept = None if self._rows is None or self.whole_epoch else self._rows.kept()
        if self._rows is not None and kept is not None:
            self._describe(self._rows, kept, values, whole_epoch=False)
        with holding(self._model, values):
            self._news()

    def _describe(self, rows: Rows, kept: Kept, values: Any = (), *, whole_epoch: bool) -> None:
        """Describe the rows, and the model with the weights that it had before the first step."""
        with holding(self._model, (*self._weights, *values[2:])):  # the others as they are: optimizer and metrics
            self._described = described_by_rows(self._model, self._at_begin, rows, kept, whole_epoch=whole_epoch)

    def _look(self, epoch: int, logs: dict[str, Any]) -> None:
        if self._rows is None and self._tap is None:
            return
        with preserve_rng():
            if self._rows is not None:
                self._first_look(self._rows)
            if self._tap is not None:
                self._tap.on_epoch_end(epoch, logs)

    def _first_look(self, rows: Rows) -> None:
        """Describe the data once an epoch went by, and look at the model as it was before the first step."""
        model = self._model
        kept, weights = rows.kept(), self._weights
        self.whole_epoch, self._rows = True, None
        if kept is None:
            self._not_measured(rows.reason or "no batch was seen")
            return
        self._describe(rows, kept, whole_epoch=True)
        self._weights = None
        chosen = evenly_spaced(rows_in(kept.x), LOOKED_AT)
        self._looked_at = take(kept.x, chosen), take(kept.y, chosen)
        inspection = InferenceProbe(model, *self._looked_at, signals_named(INSIDE))
        tap = EpochTap(inspection, named(self._looked_at[1]), math.inf, stops=False)
        tap.set_model(model)
        with holding(model, weights):
            tap.on_train_begin()
        self._tap = tap

    def _look_at_end(self) -> None:
        if self._tap is None:
            return
        with preserve_rng():
            self._tap.on_train_end()
            self._loss_in_training = loss_in_training_mode(self._described, self._model, *self._looked_at)

    def _not_measured(self, reason: str) -> None:
        """Record why the data are not described and the model is not looked at."""
        general = {"facts": reason, "signals": reason, "inference": reason}
        self._described.not_measured = {**general, **self._described.not_measured}

    def _guarded(self, action: Callable[..., None], *arguments: Any) -> None:
        """Does what a training must not fail by; where it fails, looking ends and is said to be not measured."""
        try:
            action(*arguments)
        except Exception as error:  # noqa: BLE001 -- a user's own step or layer may ask for what a look cannot give
            reason = f"the model could not be looked at outside its step: {telling_line(error)}"
            _logger.warning("trainwell: tw.Watch goes on with less, because %s", reason)
            self._not_measured(reason)
            self._rows = self._tap = self._weights = None
