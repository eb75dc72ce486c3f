"""The training loop: Keras's own, callback by callback, with passes over the data in few calls of one program."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from trainwell.engine import compat, state
from trainwell.engine.hooks import Hooks
from trainwell.engine.interrupt import Interrupt, deferred_interrupt
from trainwell.engine.programs import Programs, WatchedProgram
from trainwell.engine.resume import Resume

if TYPE_CHECKING:
    from pathlib import Path

    from trainwell.engine.feeds import Feed, FeedPart
    from trainwell.engine.programs import Fold, Held, Program
    from trainwell.engine.recording import Recording


@dataclass
class TrainingLoop:
    """One training of a compiled model.

    Args:
        model: a compiled model.
        feed: the training data.
        validation: the validation data; `None` without one.
        validation_freq: as of `keras.Model.fit`.
        epochs: the epoch at which training ends, counted from 0.
        initial_epoch: the epoch to begin with.
        verbose: as of `keras.Model.fit`.
        callbacks: as of `keras.Model.fit`.
        exact: as of `tw.fit`.
        fold: as of `tw.fit`.
        resume: as of `tw.fit`.
        recording: as of `tw.fit`.
    """

    model: keras.Model
    feed: Feed
    validation: Feed | None
    validation_freq: int | list[int]
    epochs: int
    initial_epoch: int
    verbose: str | int
    callbacks: Any
    exact: bool
    fold: Fold
    resume: str | Path | None = None
    recording: Recording | None = None
    interrupt: Interrupt = field(default_factory=Interrupt, init=False)

    def run(self) -> keras.callbacks.History:
        """Trains, and returns Keras's `History`."""
        model = self.model
        self.feed.build(model)
        self.feed.reset()
        callbacks = keras.callbacks.CallbackList(
            self.callbacks,
            add_history=True,
            add_progbar=self.verbose != 0,
            verbose=1 if self.verbose == "auto" else self.verbose,
            epochs=self.epochs,
            steps=self.feed.steps,
            model=model,
        )
        # Signals are read layer by layer.
        fold: Fold = self.fold if self.recording is None else False
        planned = (self.epochs - self.initial_epoch) * (self.feed.steps or math.inf)
        self._programs = Programs.of(model, exact=self.exact, fold=fold, steps=planned)
        self._train_hooks, self._test_hooks = Hooks(callbacks, model, "train"), Hooks(callbacks, model, "test")
        model.stop_training = False
        logs: dict[str, Any] = {}
        finished = False
        resume = Resume(self.resume, model, self.feed, callbacks.callbacks) if self.resume else None
        callbacks.on_train_begin()
        first = compat.initial_epoch(model, self.initial_epoch)
        if resume is not None:
            first = resume.restore() or first
            model.stop_training = resume.stopped
        try:
            with deferred_interrupt() as self.interrupt:
                for epoch in range(self.epochs if model.stop_training else first, self.epochs):
                    logs = self._run_epoch(epoch, callbacks)
                    if resume is not None:
                        resume.save(epoch + 1)
                    self.interrupt.check()
                    if model.stop_training:
                        break
            finished = True
        finally:
            if self.epochs > 0:
                model.optimizer.finalize_variable_values(model.trainable_weights)
                state.give_back_train(model, state.train_state(model))  # EMA leaves weights and averages on one buffer
            if finished:
                callbacks.on_train_end(logs=logs)
        return model.history

    def _run_epoch(self, epoch: int, callbacks: keras.callbacks.CallbackList) -> dict[str, Any]:
        model = self.model
        model.reset_metrics()
        callbacks.on_epoch_begin(epoch)
        program: Program | WatchedProgram = self._programs.train
        if self.recording is not None:
            program = WatchedProgram(self._programs, self.recording, int(model.optimizer.iterations))
        with self._programs.training() as held:
            last = self._pass(program, self.feed, held, self._train_hooks)
        logs = compat.epoch_logs(model, last)
        if self.validation is not None and self._validates(epoch):
            values = self._validate(self.validation, callbacks)
            logs.update({f"val_{name}": value for name, value in values.items()})
        callbacks.on_epoch_end(epoch, logs)
        return logs

    def _validates(self, epoch: int) -> bool:
        if isinstance(self.validation_freq, int):
            return (epoch + 1) % self.validation_freq == 0
        return epoch + 1 in self.validation_freq

    def _validate(self, feed: Feed, callbacks: keras.callbacks.CallbackList) -> dict[str, float]:
        model = self.model
        feed.build(model)
        feed.reset()
        model.stop_evaluating = False
        callbacks.on_test_begin()
        model.reset_metrics()
        with self._programs.testing() as held:
            last = self._pass(self._programs.test, feed, held, self._test_hooks)
        logs = compat.pythonify_logs(compat.epoch_logs(model, last))
        callbacks.on_test_end(logs)
        return logs

    def _pass(self, program: Program | WatchedProgram, feed: Feed, held: Held, hooks: Hooks) -> dict[str, Any]:
        """One pass over a feed's epoch; `held` has the values reached, however it ends. Gives the last logs."""
        last: dict[str, Any] = {}
        untold = 0
        hooks.begin()
        for part in feed.epoch():
            start = 0
            while start < part.steps:
                # Asked to stop before the pass began, Keras still takes one step.
                call = part.cut(start, start + (1 if hooks.stopped else program.steps_of_next_call()))
                start += call.steps
                logs, done = _call(program, call, held, hooks)
                untold += done
                if program.may_go_on and start < part.steps and not hooks.replays:
                    continue
                last = {name: np.asarray(values)[-1] for name, values in logs.items()}  # waits for the device
                hooks.steps_done(untold, last)
                untold = 0
                self.interrupt.check()
                if hooks.stopped:
                    return last
        hooks.end()
        return last


def _call(program: Program | WatchedProgram, call: FeedPart, held: Held, hooks: Hooks) -> tuple[dict[str, Any], int]:
    """Runs one call and replays its steps to the callbacks; repeats it up to the step at which one of them stopped.

    Returns:
        The logs, and how many steps were done.
    """
    before = state.copy(held.values) if hooks.replays else None
    held.values, logs = program(held.values, call)
    if before is None:
        return logs, call.steps
    told = 0
    try:
        for told in hooks.replay({name: np.asarray(values) for name, values in logs.items()}):  # noqa: B007 -- where it stood is needed below, however the loop ends
            pass
    finally:
        if told < call.steps:
            held.values, logs = program(before, call.cut(0, told))
    return logs, told
