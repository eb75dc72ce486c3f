"""What callbacks hear of the steps within a pass.

The engine runs many steps in one call, so nothing can act between two of them. Whoever only reads each step's logs is
told of them after the call, in order; if one of those asks to stop in the midst, the call is repeated up to that step.
Not for callbacks that look at the weights after each batch: those see the end of the call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import keras

from trainwell.engine import compat

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

BATCH_HOOKS = (
    "on_batch_begin",
    "on_batch_end",
    "on_train_batch_begin",
    "on_train_batch_end",
    "on_test_batch_begin",
    "on_test_batch_end",
)
_READ_LOGS_ONLY = (keras.callbacks.TerminateOnNaN,)
_SAVE_BY_EPOCH = (keras.callbacks.ModelCheckpoint, keras.callbacks.BackupAndRestore)


def batch_hook(callback: Any) -> str | None:
    """The first hook by which a callback acts on each batch; `None` where it acts on none."""
    if isinstance(callback, keras.callbacks.ProgbarLogger) or _does_nothing_by_batch(callback):
        return None
    hooks = (hook for hook in BATCH_HOOKS if not compat.is_default_method(callback, hook))
    return next(hooks, None)


def can_be_replayed(callback: Any) -> bool:
    """Whether a callback's batch hooks only read the logs: it says so, or is one of Keras's that are known to."""
    if type(callback) is keras.callbacks.TensorBoard:
        return not compat.profiles_batches(callback)
    return type(callback) in _READ_LOGS_ONLY or bool(getattr(callback, "replay_batches", False))


def _does_nothing_by_batch(callback: Any) -> bool:
    """Keras's checkpoints define a batch hook that does nothing when they save by the epoch."""
    return type(callback) in _SAVE_BY_EPOCH and callback.save_freq == "epoch"


class Hooks:
    """Tells the callbacks of one training, or of its validation, of the steps done.

    Args:
        callback_list: Keras's.
        model: its `steps_per_execution` is the stride at which Keras would call the hooks.
        phase: `"train"` or `"test"`.
    """

    def __init__(
        self, callback_list: keras.callbacks.CallbackList, model: keras.Model, phase: Literal["train", "test"]
    ) -> None:
        callbacks = callback_list.callbacks
        self._model = model
        self._replayed = [c for c in callbacks if batch_hook(c) and can_be_replayed(c)]
        self._begin, self._end = f"on_{phase}_batch_begin", f"on_{phase}_batch_end"
        self._stop_flag = "stop_training" if phase == "train" else "stop_evaluating"
        self._stride = model.steps_per_execution
        training = phase == "train"
        self._bars = [c for c in callbacks if training and isinstance(c, keras.callbacks.ProgbarLogger)]
        self._listeners = [c for c in callbacks if training and hasattr(c, "on_train_steps_end")]
        self._done = 0
        self._last: dict[str, Any] = {}

    @property
    def replays(self) -> bool:
        """Whether a callback is told of each step, and could ask to stop between two steps of a call."""
        return bool(self._replayed)

    @property
    def stopped(self) -> bool:
        """Whether a callback has asked to stop."""
        return bool(getattr(self._model, self._stop_flag, False))

    def begin(self) -> None:
        """A pass over the data begins."""
        self._done = 0
        self._last = {}

    def replay(self, logs: dict[str, np.ndarray]) -> Iterator[int]:
        """Tells of the steps of a call one by one, until a callback asks to stop.

        With `steps_per_execution` above 1, a hook is called once in so many steps, as Keras does.

        Args:
            logs: by name, `(steps, ...)`.

        Yields:
            How many steps of the call have been told of, before the callbacks hear of the last of them: whoever
            catches what a callback raises knows where it was.
        """
        for step in range(len(next(iter(logs.values()), ()))):
            at = self._done + step
            self._last = compat.pythonify_logs({name: values[step] for name, values in logs.items()})
            yield step + 1
            if at % self._stride == 0:
                self._call(self._begin, at, {})
            if (at + 1) % self._stride == 0:
                self._call(self._end, at, self._last)
                if self.stopped:
                    return

    def steps_done(self, count: int, logs: dict[str, Any]) -> None:
        """Tells those who show progress how far the pass is.

        Args:
            count: steps done in the call that has just ended.
            logs: those of the last of them.
        """
        self._done += count
        if not (self._bars or self._listeners):
            return
        readable = compat.pythonify_logs(logs)
        for bar in self._bars:
            bar.on_train_batch_end(self._done - 1, readable)
        for listener in self._listeners:
            listener.on_train_steps_end(self._done, readable)

    def end(self) -> None:
        """The pass is over: the last hook of an unfinished stride is called, numbered as if it had been finished."""
        unfinished = self._done % self._stride
        if unfinished and self._replayed:
            self._call(self._end, self._done - unfinished + self._stride - 1, self._last)

    def _call(self, hook: str, step: int, logs: dict[str, Any]) -> None:
        for callback in self._replayed:
            getattr(callback, hook)(step, logs)
