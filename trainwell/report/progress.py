"""A live bar for a whole training, on standard error, by the hooks of a Keras callback.

It moves within the epoch as often as the trainer reports, on a terminal and in a notebook; elsewhere (a file, a pipe, a
terminal without cursor control) it prints plain lines, of some twenty epochs at most. It is a Keras callback; under
Keras's own `fit`, which does not call `on_train_steps_end`, it moves once an epoch. The time left assumes that all
epochs are run; early stopping ends sooner.
"""

from __future__ import annotations

import math
import time
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

import keras
from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, Task, TaskID, TextColumn
from rich.text import Text

from trainwell.report.console import is_live, printable
from trainwell.report.wording import count, duration, figure, plural, reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType

_REFRESHES_A_SECOND = 8
_MOST_LINES = 18  # of epochs, the first and the last not counted: a log is read, not watched


class TrainingProgress(keras.callbacks.Callback):
    """Shows a training as it runs: epoch, bar, steps a second, time left, loss, metric and the best validation loss.

    Use it as a context manager, or call `stop` in the end, so that the terminal is left clean on Ctrl-C too.

    Args:
        epochs: the planned number of epochs, at least 1.
        steps_per_epoch: training steps in one epoch, at least 1.
        metric: the metric to show, by its name in the logs, such as `"accuracy"`; `"loss"` shows the loss alone.
        console: where to show it; standard error by default.
        scale: for a regression on a scaled target, what to multiply logs of these names by (and their `val_`
            counterparts) so that they are in the target's own units, such as `{"mae": 77.0}`. The loss stays as it is
            and is called that of the scaled target.
    """

    def __init__(
        self,
        epochs: int,
        steps_per_epoch: int,
        metric: str,
        console: Console | None = None,
        scale: Mapping[str, float] = MappingProxyType({}),
    ) -> None:
        super().__init__()
        if epochs < 1 or steps_per_epoch < 1:
            raise ValueError(
                f"A training has at least 1 epoch and 1 step, got {epochs} epochs of {steps_per_epoch} steps."
            )
        self.epochs = epochs
        self.steps_per_epoch = steps_per_epoch
        self.metric = metric
        self.console = console or Console(stderr=True)
        self.scale = scale
        self._epoch = 0  # of the running epoch, counted from 0
        self._epochs_done = 0
        self._steps_done = 0
        self._started: float | None = None
        self._epoch_began = 0.0
        self._speed = 0.0  # steps a second
        self._logs: dict[str, float] = {}
        self._best: tuple[float, int] | None = None  # lowest validation loss, epoch counted from 1
        self._unprinted = False  # whether the last whole epoch still lacks its line
        self._bar: _Bar | None = None
        self._task = TaskID(0)

    # The hooks of a Keras callback.

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Starts the bar."""
        del logs
        if self._started is None:
            self._started = time.perf_counter()
            if is_live(self.console):
                self._bar = _Bar(self)
                self._task = self._bar.add_task("", total=self.epochs * self.steps_per_epoch)
                self._bar.start()

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Notes the epoch, counted from 0."""
        del logs
        self._epoch = epoch
        self._epoch_began = time.perf_counter()
        self._advance(0)

    def on_train_steps_end(self, step: int, logs: Mapping[str, Any] | None = None) -> None:
        """Moves the bar to `step` steps done in this epoch."""
        self._note(logs)
        self._speed = step / max(time.perf_counter() - self._epoch_began, 1e-9)
        self._advance(step)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Completes the epoch; without a live bar, prints its line, or that of every few epochs."""
        self._epoch = epoch
        self._epochs_done += 1
        self._note(logs)
        value = self._logs.get("val_loss")
        if value is not None and math.isfinite(value) and (self._best is None or value < self._best[0]):
            self._best = (value, epoch + 1)
        self._advance(self.steps_per_epoch)
        self._unprinted = self._bar is None
        every = -(-self.epochs // _MOST_LINES)
        if epoch in {0, self.epochs - 1} or (epoch + 1) % every == 0:
            self._print_epoch()

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Ends the bar and leaves one line."""
        del logs
        self.stop()

    # Ending.

    def stop(self) -> None:
        """Takes the bar away and leaves one line that says how far the training came; a second call does nothing."""
        if self._started is None:
            return
        self._print_epoch()
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
        seconds = time.perf_counter() - self._started
        pace = self.pace()
        self._started = None
        words = f"Trained {count(self._epochs_done)} of {plural(self.epochs, 'epoch')} in {duration(seconds)}"
        words += f" ({pace} in the last epoch)" if pace else ""
        if self._best is not None:
            of_what = " of the scaled target" if self._is_scaled() else ""
            words += f"; best validation loss{of_what} {reading(self._best[0])} in epoch {count(self._best[1])}"
        self._print(words)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # What is shown.

    def heading(self) -> str:
        """`epoch 3/20`, of one width throughout the training."""
        planned = count(self.epochs)
        return f"epoch {count(self._epoch + 1):>{len(planned)}}/{planned}"

    def figures(self) -> str:
        """Loss and metric, each with its validation value, and the best validation loss so far."""
        words = []
        for name in dict.fromkeys(("loss", self.metric)):
            value, validation = self._logs.get(name), self._logs.get(f"val_{name}")
            beside = [] if validation is None else [f"validation {reading(validation)}"]
            if name == "loss" and self._best is not None:
                beside.append(f"best {reading(self._best[0])}")
            if value is not None:
                called = "scaled loss" if name == "loss" and self._is_scaled() else name.replace("_", " ")
                words.append(f"{called} {reading(value)}" + (f" ({', '.join(beside)})" if beside else ""))
        return ", ".join(words)

    def pace(self) -> str:
        """`1,234 steps/s` in this epoch, without its validation; the first epoch includes compilation."""
        if not self._speed:
            return ""
        speed = self._speed
        words = count(speed) if speed >= 100 else figure(speed, 2)  # noqa: PLR2004 -- two digits tell enough
        return f"{words} {'step' if words == '1' else 'steps'}/s"

    def _advance(self, step: int) -> None:
        self._steps_done = max(self._steps_done, self._epoch * self.steps_per_epoch + min(step, self.steps_per_epoch))
        if self._bar is not None:
            self._bar.update(self._task, completed=self._steps_done)

    def _note(self, logs: Mapping[str, Any] | None) -> None:
        wanted = {"loss", "val_loss", self.metric, f"val_{self.metric}"}
        self._logs |= {
            name: float(value) * self.scale.get(name.removeprefix("val_"), 1.0)
            for name, value in (logs or {}).items()
            if name in wanted
        }

    def _is_scaled(self) -> bool:
        """Whether the loss is in other units than the metric."""
        return self.scale.get(self.metric, 1.0) != 1.0 and "loss" not in self.scale

    def _print_epoch(self) -> None:
        """The line of the last whole epoch, where it has none yet."""
        if self._unprinted:
            self._unprinted = False
            self._print(f"{self.heading()}: {', '.join(filter(None, (self.figures(), self.pace())))}")

    def _print(self, words: str) -> None:
        self.console.print(Text(printable(words, self.console)), soft_wrap=True)


class _Bar(Progress):
    """Two lines: how far the training is, and its figures."""

    def __init__(self, shown: TrainingProgress) -> None:
        self.shown = shown
        super().__init__(
            TextColumn("{task.fields[heading]}", markup=False),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[pace]}", markup=False, style="dim"),
            TextColumn("{task.fields[left]}", markup=False),
            console=shown.console,
            refresh_per_second=_REFRESHES_A_SECOND,
            transient=True,
            expand=True,
        )

    def get_renderables(self) -> Iterable[RenderableType]:
        for task in self.tasks:
            task.fields |= {"heading": self.shown.heading(), "pace": self.shown.pace(), "left": _time_left(task)}
        yield self.make_tasks_table(self.tasks)
        yield Text(printable(self.shown.figures(), self.shown.console), no_wrap=True, overflow="ellipsis")


def _time_left(task: Task) -> str:
    return "" if task.time_remaining is None else f"{duration(task.time_remaining)} left"
