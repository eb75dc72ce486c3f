"""The epoch tap: looks at the model between epochs and keeps signals of its outputs."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from trainwell.run import Series
from trainwell.targets import MOST_COUNTED

if TYPE_CHECKING:
    from trainwell.engine import InferenceProbe

_MOST_LOOKS = 64


class EpochTap(keras.callbacks.Callback):
    """A callback that looks at the model before the first step and after epochs.

    Args:
        inspection: a look at some training rows.
        targets: the targets of these rows, by output.
        deadline: on `time.monotonic`, after which the training ends, within an epoch where the engine reports its
            steps; infinite without.
        stops: whether it ends a training that is out of time or no longer one; else it only looks.
    """

    def __init__(
        self,
        inspection: InferenceProbe | None,
        targets: dict[str, np.ndarray],
        deadline: float,
        *,
        stops: bool = True,
    ) -> None:
        super().__init__()
        self._inspection = inspection
        self._targets = targets
        self._deadline = deadline
        self._stops = stops
        self._every = 1
        self._looks: dict[int, dict[str, Any]] = {}
        self._held: dict[str, Series] = {}
        self._units: dict[str, str] = {}
        self.epochs = 0
        self.out_of_time = False
        self.steps_of_last_epoch: int | None = None
        """Steps of an epoch that the clock cut; `None` if the last epoch was whole."""
        self.diverged = False

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Looks before the first step, as epoch 0."""
        del logs
        self._look(0)

    def on_train_steps_end(self, step: int, logs: dict[str, Any] | None = None) -> None:
        """Stop a training that is out of time; the engine calls this a few times a second."""
        del logs
        if self._stops and time.monotonic() > self._deadline:
            self.out_of_time = True
            self.steps_of_last_epoch = step
            self.model.stop_training = True  # pyright: ignore[reportOptionalMemberAccess] -- set by Keras before

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Looks, and stops a training that is no longer one."""
        del epoch
        self.epochs += 1
        if self.epochs % self._every == 0:
            self._look(self.epochs)
        self.diverged = not math.isfinite((logs or {}).get("loss", 0.0))
        self.out_of_time |= time.monotonic() > self._deadline
        if self._stops and (self.diverged or self.out_of_time):
            self.model.stop_training = True  # pyright: ignore[reportOptionalMemberAccess] -- set by Keras before

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Looks at the end, where the last look was earlier, or callbacks put other weights in place."""
        del logs
        self._look(self.epochs)

    def look_at(self, x: Any, y: Any, targets: dict[str, np.ndarray]) -> None:
        """Looks at rows that were never trained on, as the model is now; called once the training is over.

        Args:
            x: as many rows as are looked at between epochs.
            y: their targets.
            targets: the same by output.
        """
        if self._inspection is None:
            return
        look = self._inspection(x, y)
        for path, output in keras.tree.flatten_with_path(look.outputs):
            name = ".".join(map(str, path))
            for key, value in _of_output(np.asarray(output), targets.get(name)).items():
                self._held[f"held/{key}/{name}"] = Series(np.asarray([value]), np.asarray([self.epochs]), "epoch")

    def series(self) -> dict[str, Series]:
        """What was seen, over epochs; epoch 0 is before the first step."""
        names = dict.fromkeys(name for look in self._looks.values() for name in look)
        found: dict[str, Series] = {}
        for name in names:
            at = [epoch for epoch, look in self._looks.items() if name in look]
            values = np.stack([np.asarray(self._looks[epoch][name]) for epoch in at])
            found[f"inference/{name}"] = Series(values, np.asarray(at), "epoch")
        return {**found, **self._held}

    def _look(self, epoch: int) -> None:
        if self._inspection is None:
            return
        look = self._inspection()
        seen: dict[str, Any] = {"loss": look.loss, "penalty": look.penalty}
        for (signal, place), value in look.readings.items():
            seen[f"{signal}/{place}"] = value
        for path, output in keras.tree.flatten_with_path(look.outputs):
            name = ".".join(map(str, path))
            seen.update(
                {
                    f"{key}/{name}": value
                    for key, value in _of_output(np.asarray(output), self._targets.get(name)).items()
                }
            )
        self._looks[epoch] = seen
        if len(self._looks) > _MOST_LOOKS:
            self._every *= 2
            self._looks = {at: each for at, each in self._looks.items() if at % self._every == 0}


def _of_output(output: np.ndarray, truth: np.ndarray | None) -> dict[str, Any]:
    """What the answers to some rows amount to."""
    values = output.astype(np.float64)
    finite = np.isfinite(values)
    seen: dict[str, Any] = {"non_finite_share": float(1 - finite.mean()) if values.size else 0.0}
    if not finite.all() or not values.size:
        return seen
    seen["minimum"], seen["maximum"] = values.min(), values.max()
    seen["spread"] = math.sqrt(values.var(axis=0).mean())
    if values.ndim > 1:
        sums = values.reshape(-1, values.shape[-1]).sum(axis=-1)
        seen["sum_from_one"] = np.abs(sums - 1).mean()
    labels = None if truth is None else _labels(truth, values)
    if labels is not None:
        classes, true, chosen = labels
        right = (chosen == true).astype(float)
        rows = np.bincount(true, minlength=classes)
        hits = np.bincount(true, weights=right, minlength=classes)
        with np.errstate(invalid="ignore"):
            seen["recall"] = np.where(rows > 0, hits / np.maximum(rows, 1), np.nan)
        seen["chosen_share"] = np.bincount(chosen, minlength=classes)[:classes] / max(1, len(chosen))
    elif truth is not None and truth.size == values.size and np.isfinite(truth).all():
        target = np.asarray(truth, np.float64).reshape(len(truth), -1)
        error = ((values.reshape(len(values), -1) - target) ** 2).mean()
        variance = target.var(axis=0).mean()
        seen["r2"] = float(1 - error / variance) if variance > 0 else math.nan
    return seen


def _labels(truth: np.ndarray, values: np.ndarray) -> tuple[int, np.ndarray, np.ndarray] | None:
    """Number of classes, true ones and chosen ones; `None` where this is no choice among classes."""
    units = values.shape[-1] if values.ndim > 1 else 1
    whole = truth.dtype.kind in "iub" or bool(np.array_equal(truth, np.rint(truth)))
    if not whole or not 1 <= units <= MOST_COUNTED:
        return None
    if units == 1:
        if truth.size != values.size or truth.min() < 0 or truth.max() > 1:
            return None
        inside = values.min() >= 0 and values.max() <= 1
        return 2, truth.ravel().astype(int), (values.ravel() > (0.5 if inside else 0.0)).astype(int)
    if truth.shape == values.shape:
        if truth.min() < 0 or not (truth.sum(axis=-1) == 1).all():
            return None
        true = truth.argmax(axis=-1)
    elif truth.size == values.size // units and truth.min() >= 0 and truth.max() < units:
        true = truth.astype(int)
    else:
        return None
    return units, true.ravel(), values.argmax(axis=-1).ravel()
