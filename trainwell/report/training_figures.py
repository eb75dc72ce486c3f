"""The figures of a training, beside its progress: loss, metric and the best validation loss, by a Keras callback."""

from __future__ import annotations

import math
import time
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import keras

from trainwell import progress
from trainwell.report.wording import count, duration, figure, plural, reading

if TYPE_CHECKING:
    from collections.abc import Mapping


class TrainingFigures(keras.callbacks.Callback):
    """Reports a training's figures to the progress that is shown, and a sentence at its end.

    Call `stop` in the end: Keras leaves `on_train_end` out of a training that is broken off.

    Args:
        epochs: the planned number of epochs, at least 1.
        metric: the metric to show, by its name in the logs, such as `"accuracy"`; `"loss"` shows the loss alone.
        scale: for a regression on a scaled target, what to multiply logs of these names by (and their `val_`
            counterparts) so that they are in the target's own units, such as `{"mae": 77.0}`. The loss stays as it is
            and is called that of the scaled target.
    """

    def __init__(self, epochs: int, metric: str, scale: Mapping[str, float] = MappingProxyType({})) -> None:
        super().__init__()
        if epochs < 1:
            raise ValueError(f"A training has at least 1 epoch, got {epochs} epochs.")
        self.epochs = epochs
        self.metric = metric
        self.scale = scale
        self._epochs_done = 0
        self._began: float | None = None
        self._epoch_began = 0.0
        self._speed = 0.0  # steps a second
        self._logs: dict[str, float] = {}
        self._best: tuple[float, int] | None = None  # lowest validation loss, epoch counted from 1

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Begin to measure."""
        del logs
        self._began = time.perf_counter()

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Begin to measure the epoch."""
        del epoch, logs
        self._epoch_began = time.perf_counter()

    def on_train_steps_end(self, step: int, logs: Mapping[str, Any] | None = None) -> None:
        """Report the figures within an epoch."""
        self._speed = step / max(time.perf_counter() - self._epoch_began, 1e-9)
        self._note(logs)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Report the figures of a whole epoch."""
        self._epochs_done += 1
        value = (logs or {}).get("val_loss")
        if value is not None and math.isfinite(value) and (self._best is None or value < self._best[0]):
            self._best = (float(value), epoch + 1)
        self._note(logs)

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Say how far the training came."""
        del logs
        self.stop()

    def stop(self) -> None:
        """Say how far the training came. A second call does nothing."""
        if self._began is None:
            return
        seconds = time.perf_counter() - self._began
        self._began = None
        pace = self.pace()
        words = f"Trained {count(self._epochs_done)} of {plural(self.epochs, 'epoch')} in {duration(seconds)}"
        words += f" ({pace} in the last epoch)" if pace else ""
        if self._best is not None:
            of_what = " of the scaled target" if self._is_scaled() else ""
            words += f"; best validation loss{of_what} {reading(self._best[0])} in epoch {count(self._best[1])}"
        progress.say(words)

    def figures(self) -> str:
        """Return loss and metric, each with its validation value, and the best validation loss so far."""
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
        """Return `1,234 steps/s` in this epoch, without its validation; the first epoch includes compilation."""
        if not self._speed:
            return ""
        speed = self._speed
        words = count(speed) if speed >= 100 else figure(speed, 2)  # noqa: PLR2004 -- two digits tell enough
        return f"{words} {'step' if words == '1' else 'steps'}/s"

    def _note(self, logs: Mapping[str, Any] | None) -> None:
        wanted = {"loss", "val_loss", self.metric, f"val_{self.metric}"}
        self._logs |= {
            name: float(value) * self.scale.get(name.removeprefix("val_"), 1.0)
            for name, value in (logs or {}).items()
            if name in wanted
        }
        progress.active().detail = ", ".join(filter(None, (self.figures(), self.pace())))

    def _is_scaled(self) -> bool:
        """Return True if the loss is in other units than the metric."""
        return self.scale.get(self.metric, 1.0) != 1.0 and "loss" not in self.scale
