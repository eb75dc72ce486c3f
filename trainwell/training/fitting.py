"""The training itself: a learning rate, 1cycle, early stopping."""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from trainwell import engine, report
from trainwell.errors import InputError
from trainwell.progress import stage
from trainwell.recording import Recorder
from trainwell.techniques import LearningRateSearch, find_lr

if TYPE_CHECKING:
    from collections.abc import Callable

    from trainwell.recipes import Recipe
    from trainwell.run import Run
    from trainwell.techniques.tensorboard import TensorBoard
    from trainwell.training_spec import TrainingSpec

LARGEST_SEED = 2**32 - 1  # what NumPy takes


@dataclass
class Options:
    """How to train; every field has the meaning of the command line's option of that name."""

    recipe: str = "default"
    net: Any = None
    depth: int | None = None
    units: int | None = None
    epochs: int | None = None
    batch_size: int = 32
    learning_rate: float | None = None
    seed: int = 0
    loading: dict[str, Any] = field(
        default_factory=dict
    )  # how the source is read, as `trainwell.datasets.load` takes it


def check(options: Options) -> None:
    """Refuses numbers that no training can be made with."""
    rate = options.learning_rate
    if rate is not None and not (np.isfinite(rate) and rate > 0):
        raise InputError(
            f"--learning-rate must be a finite number above 0, not {rate}.", "Leave it out to have it found."
        )
    if not 0 <= options.seed <= LARGEST_SEED:
        raise InputError(
            f"--seed must be a whole number from 0 to {LARGEST_SEED}, not {options.seed}.", "Any of these will do."
        )


@dataclass
class Fitted:
    """What the training itself brought."""

    history: dict[str, list[float]]
    best_epoch: int
    stopped: str
    diverged: bool
    seconds: float
    search: LearningRateSearch | None
    run: Run
    learning_rates: np.ndarray = field(default_factory=lambda: np.zeros(0))


def fit_spec(
    spec: TrainingSpec,
    recipe: Recipe,
    options: Options,
    *,
    say: Callable[[str], None],
    board: TensorBoard | None,
) -> Fitted:
    """Finds the learning rate where none is given, then trains under 1cycle with early stopping."""
    began = time.perf_counter()
    search, peak = None, options.learning_rate
    if peak is None:
        with stage("Finding a learning rate"):
            search = find_lr(
                spec.compiled(), spec.data["x"], spec.data["y"], batch_size=options.batch_size, seed=options.seed
            )
        peak = recipe.peak_rate(search)
        how = f"found by a range test of {len(search.losses)} steps" if search.suggestion else "no range test helped"
        say(f"Learning rate: {peak:.2g} at the peak of 1cycle ({how}).")
    schedule = recipe.follow_one_cycle(spec, peak)
    epochs = spec.fit["epochs"]
    early = stopping(spec)
    metric = spec.compile["metrics"][0]
    units = {metric: spec.target_scale}
    figures = report.TrainingFigures(epochs, metric, units)
    watch = _StopWhenDiverged()
    with stage("Looking at the model and the data"):
        recorder = _recorder(spec, early)
    callbacks = [early, watch, recorder.tap, figures, *([board] if board else [])]
    model = spec.model
    interrupted = False
    try:
        with stage("Training the model"):
            engine.fit(model, **spec.data, **spec.fit, callbacks=callbacks, verbose=0, recording=recorder.recording)
    except KeyboardInterrupt:
        interrupted = True
    finally:
        figures.stop()
        if board:
            board.on_train_end()  # which Keras leaves out where a training is broken off
    best = early.best_epoch + 1 if early.best_weights is not None else 0
    if watch.diverged and not best:
        raise InputError(
            f"The training diverged: the loss was no finite number in epoch 1, at a learning rate of {peak:.3g}.",
            "Give a lower --learning-rate, or leave it out to have it found.",
        )
    if early.best_weights is not None:
        model.set_weights(early.best_weights)
    stopped = "all epochs were trained"
    if interrupted:
        stopped = "interrupted by Ctrl-C"
        kept = (
            f"The best model so far, of epoch {best}, is kept"
            if best
            else "No epoch was complete: the weights as they are"
        )
        say(f"Stopped by Ctrl-C. {kept}; evaluating and writing it.")
    elif watch.diverged:
        stopped = "the loss was no longer a finite number"
        say(
            f"The training diverged; the best model so far, of epoch {best}, is kept. A lower --learning-rate may help."
        )
    elif early.stopped_epoch:
        stopped = f"early stopping: no better validation loss for {early.patience} epochs"
    run = recorder.finish(model.history.history, epochs=epochs)
    history = _in_target_units(model.history.history, units)
    steps = min(schedule.steps, spec.steps_per_epoch * len(history.get("loss", ())))
    seconds = time.perf_counter() - began
    return Fitted(history, best, stopped, watch.diverged, seconds, search, run, schedule.simulate(steps))


def _recorder(spec: TrainingSpec, early: keras.callbacks.EarlyStopping) -> Recorder:
    """Return the Recorder of the training that is about to begin; the model is compiled here."""
    spec.compiled()
    recorder = Recorder(dataclasses.replace(spec, fit={**spec.fit, "callbacks": [early]}))
    recorder.probe_without_training()
    return recorder


def stopping(spec: TrainingSpec) -> keras.callbacks.EarlyStopping:
    """What ends a recipe's training at its best epoch: patient for half of it, since 1cycle gets better late."""
    patience = max(10, spec.fit["epochs"] // 2)
    return keras.callbacks.EarlyStopping(monitor="val_loss", patience=patience, restore_best_weights=True)


class _StopWhenDiverged(keras.callbacks.Callback):
    """Ends a training whose loss is no finite number: the epochs that remain would not bring it back."""

    def __init__(self) -> None:
        super().__init__()
        self.diverged = False

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        del epoch
        if not np.isfinite((logs or {}).get("loss", 0.0)):
            self.diverged = True
            self.model.stop_training = True  # pyright: ignore[reportOptionalMemberAccess] -- set by Keras before


def _in_target_units(history: dict[str, list[float]], units: dict[str, float]) -> dict[str, list[float]]:
    """The curves of metrics that were measured on a scaled target, in the target's own units."""
    return {
        name: [value * units.get(name.removeprefix("val_"), 1.0) for value in curve] for name, curve in history.items()
    }
