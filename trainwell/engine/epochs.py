"""A training's epochs, reported to the progress that a caller shows.

Only `tw.fit` within longer work reports: a training of the user's own has Keras's progress bar.
"""

from __future__ import annotations

from typing import Any

import keras

from trainwell import progress

_BEFORE_VALIDATION = 0.99  # of an epoch: what is validated at its end is part of it


class EpochReport(keras.callbacks.Callback):
    """Counts the epochs in the stage around the training, and the steps within them where the engine reports them."""

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Begin to count."""
        del logs
        self._epoch = 0
        self._stage = progress.active().begin("", (self.params or {}).get("epochs"), counter="epoch")

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Report the epoch, counted from 0."""
        del logs
        self._epoch = epoch
        self._stage.reach(epoch)

    def on_train_steps_end(self, step: int, logs: dict[str, Any] | None = None) -> None:
        """Report that `step` steps of this epoch are done."""
        del logs
        if steps := (self.params or {}).get("steps"):
            self._stage.reach(self._epoch + min(step / steps, 1.0) * _BEFORE_VALIDATION)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Report that the epoch is done."""
        del logs
        self._stage.reach(epoch + 1)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """End the count. After an exception, the end of the stage around it does."""
        del logs
        progress.active().end(self._stage)


def with_epoch_report(callbacks: Any) -> Any:
    """Return the callbacks with one that reports the epochs, where a caller shows its progress."""
    if not progress.is_active() or isinstance(callbacks, keras.callbacks.CallbackList):
        return callbacks
    return [*(keras.tree.flatten(callbacks) if callbacks else ()), EpochReport()]
