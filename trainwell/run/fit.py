"""The section `fit` of a Run: what the training was asked for, and how far it came."""

from __future__ import annotations

from typing import Any

import msgspec

from trainwell.run.section import Section


class CallbackRecord(Section):
    """One callback of the training; its settings are recorded if they have these types.

    Args:
        kind: class of the callback, `class` in the file.
        monitor: name of the quantity that it watches.
        mode: `"min"`, `"max"` or `"auto"`.
        patience: epochs without improvement after which it acts.
        min_delta: change that counts as an improvement.
        restore_best_weights: whether the best epoch's weights are put back.
        factor: by which it multiplies the learning rate.
        start_from_epoch: epochs before it begins to watch.
        better: `"greater"` or `"less"`: which values are better.
    """

    kind: str = msgspec.field(name="class")
    monitor: str | None = None
    mode: str | None = None
    patience: float | None = None
    min_delta: float | None = None
    restore_best_weights: bool | None = None
    factor: float | None = None
    start_from_epoch: float | None = None
    better: str | None = None


class FitRecord(Section):
    """The training.

    Args:
        recipe: name of the recipe, as for `tw.train`.
        net: kind of network that the recipe made.
        options: all options of `tw.train`.
        variant: what sets this training apart, as for `tw.fit_many`.
        epochs: epochs that were asked for.
        batch_size: rows of a batch.
        steps_per_epoch: steps of an epoch.
        shuffle: whether rows are shuffled. Not recorded for data in batches.
        class_weight: whether classes are weighted.
        sample_weight: whether rows are weighted.
        callbacks: callbacks of the user's own.
        raised: what the loss or a metric raises, so that no step can be trained; `""` for nothing.
        learning_rate: learning rate, or the largest of its schedule.
        learning_rate_from: where it comes from: `"given"` or `"range test"`.
        epochs_run: epochs that were trained.
        best_epoch: epoch whose weights were kept, counted from 1.
        steps: steps that were trained.
        planned_steps: steps that were to be trained.
        cut: whether more was to be trained, or still is, than what this Run holds.
        out_of_time: whether the clock cut the training.
        diverged: whether a loss was not a finite number.
        stopped_by_callback: whether a callback ended it before its last epoch.
        stopped: why it ended, in words.
        seconds: time that it took.
    """

    recipe: str | None = None
    net: str | None = None
    options: dict[str, Any] = {}
    variant: dict[str, Any] = {}
    epochs: int | None = None
    batch_size: int | None = None
    steps_per_epoch: int | None = None
    shuffle: bool | None = None
    class_weight: bool | None = None
    sample_weight: bool | None = None
    callbacks: list[CallbackRecord] | None = None
    raised: str | None = None
    learning_rate: float | None = None
    learning_rate_from: str | None = None
    epochs_run: int | None = None
    best_epoch: int | None = None
    steps: int | None = None
    planned_steps: int | None = None
    cut: bool | None = None
    out_of_time: bool | None = None
    diverged: bool | None = None
    stopped_by_callback: bool | None = None
    stopped: str | None = None
    seconds: float | None = None

    def record_progress(
        self,
        *,
        epochs_run: int = 0,
        epochs: int | None = None,
        steps: int = 0,
        planned_steps: int | None = None,
        cut: bool = False,
        out_of_time: bool = False,
        diverged: bool = False,
        over: bool = True,
        seconds: float = 0.0,
    ) -> None:
        """Record how far the training came.

        Args:
            epochs_run: epochs that were trained.
            epochs: epochs that were to be trained, if known.
            steps: steps that were trained.
            planned_steps: steps that were to be trained, if known.
            cut: whether more was to be trained, or still is.
            out_of_time: whether the clock cut it.
            diverged: whether a loss was not a finite number.
            over: whether the training has ended. If it ended before its last epoch and for none of these reasons, a
                callback ended it.
            seconds: time that it took.
        """
        self.epochs_run, self.steps, self.planned_steps, self.seconds = epochs_run, steps, planned_steps, seconds
        self.cut, self.out_of_time, self.diverged = cut, out_of_time, diverged
        self.stopped_by_callback = over and not (out_of_time or diverged) and epochs_run < (epochs or 0)
