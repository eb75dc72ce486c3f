"""Watching a training from inside it: what `keras.Model.fit` calls for each batch, stood in for.

A callback sees neither batches nor gradients. On JAX, `model.train_function` does: it takes the model's state and the
batches and gives logs and the new state. Another function stands in its place during a training, hands most steps to
it and those that are to be read to a compiled step that reads signals and is otherwise the same. Nobody tells a
callback that a training ended by an exception; the stand-in then finds out at the next call, and leaves.

Not for steps that run several at a time, and not for ones that are not compiled: those are only counted, and their
batches seen.
"""

from __future__ import annotations

import contextlib
import weakref
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import jax
import keras
import numpy as np

from trainwell.engine import compat, compile_cache
from trainwell.engine.fallback import why_not_compiled
from trainwell.engine.feeds import FeedPart
from trainwell.engine.generators import preserve_rng
from trainwell.engine.observing import observed
from trainwell.engine.recording import Recording
from trainwell.errors import InputError, telling_line
from trainwell.run import Series
from trainwell.signals import SIGNALS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from trainwell.signals import Signal


class StepTap(Recording):
    """A Recording whose owner is also told of each call before it is made, by `tw.fit` and under Keras's `fit` alike.

    Args:
        before: called with the number of the step, counted from 0, the model's state, and the batches; it may look at
            these and stop the training, and nothing else. The state is `None` within an execution of several steps.
        signals, every, first, capacity: as of `Recording`.
    """

    def __init__(
        self,
        before: Callable[[int, Any, FeedPart], None],
        signals: Sequence[Signal] = SIGNALS,
        *,
        every: int = 50,
        first: int = 20,
        capacity: int = 2000,
    ) -> None:
        super().__init__(signals, every=every, first=first, capacity=capacity)
        self._before = before
        self._origin: int | None = None

    def until_due(self, step: int) -> int:
        """As of `Recording`, counted from the first step that is asked for: a model may have been trained before."""
        if self._origin is None:
            self._origin = step
        return super().until_due(step - self._origin)

    def before_call(self, step: int, values: Any, part: FeedPart) -> None:
        """Tells the owner."""
        self.until_due(step)
        self._before(step - (self._origin or 0), values, part)

    def series(self) -> dict[str, Series]:
        """As of `Recording`; the training's first step is step 1."""
        origin = self._origin or 0
        found = super().series()
        return {name: Series(one.values, one.at - origin, one.axis, one.unit) for name, one in found.items()}

    def latest_loss(self) -> float | None:
        """The loss of the last step that was read; waits for it where it is still being computed."""
        if self._form is None or not self._vectors:
            return None
        last = type(self._form)(self._vectors[-1], self._form.parts, self._form.places, self._form.reasons)
        loss = last.by_key().get(("loss", ""))
        return None if loss is None else float(loss)


@runtime_checkable
class Watcher(Protocol):
    """A callback that reads signals: `tw.fit` asks it for its Recording, which Keras's `fit` does not."""

    def watch_engine(self) -> Recording:
        """The Recording for the training that is about to begin in trainwell's own loop."""
        ...


def recording_of(callbacks: Any, recording: Recording | None) -> Recording | None:
    """The Recording of the one who watches among the callbacks; without one, `recording`.

    Raises:
        InputError: there are several.
    """
    watchers = [each for each in keras.tree.flatten(callbacks or []) if isinstance(each, Watcher)]
    if not watchers:
        return recording
    if len(watchers) > 1 or recording is not None:
        other = "recording=" if recording is not None else f"another {type(watchers[1]).__name__}"
        raise InputError(
            f"The callback {type(watchers[0]).__name__} and {other} would both read the training's signals.",
            "Leave one of them out; tw.Watch has the signals in its `run`.",
        )
    return watchers[0].watch_engine()


def reason_against_batches(model: keras.Model) -> str:
    """Why the batches cannot be seen under Keras's own `fit`; `""` where they can."""
    if keras.config.backend() != "jax":
        return f"the Keras backend is {keras.config.backend()}"
    if keras.config.is_nnx_enabled():
        return "Keras runs with NNX"
    if keras.distribution.distribution() is not None:
        return "a keras.distribution is set"
    if type(model).make_train_function is not keras.Model.make_train_function:
        return f"{type(model).__name__} overrides make_train_function()"
    return ""


def reason_against_signals(model: keras.Model) -> str:
    """Why no signals can be read of steps whose batches are seen; `""` where they can."""
    if reason := why_not_compiled(model):
        return reason
    if model.steps_per_execution > 1:
        return f"the model was compiled with steps_per_execution={model.steps_per_execution}"
    return ""


class TappedFunction:
    """Stands in for a model's `train_function` during one training.

    Args:
        model: compiled and built, about to be trained.
        watching: says which steps are to be read, keeps what they read, and is told of every batch.
        measures: whether steps are read at all; else batches are only shown.
    """

    def __init__(self, model: keras.Model, watching: StepTap, *, measures: bool) -> None:
        self.original: Any = model.train_function
        self.reason = ""
        """Why steps were no longer read from some step on; `""` where all were."""
        self._model = model
        self._watching = watching
        self._training = vars(model).get("history")  # a new one for each `fit`
        self._measured = jax.jit(observed(model, watching.signals), donate_argnums=0) if measures else None
        self._traced = False
        self._step = 0
        self._in_epoch = False
        self._batches: Callable[[], Any] | None = None

    @classmethod
    def put(cls, model: keras.Model, watching: StepTap, *, measures: bool) -> TappedFunction | None:
        """Puts a new one in place; `None` where the model has no function, or another one is at work in it."""
        found = vars(model).get("train_function")
        if isinstance(found, TappedFunction):
            if found._is_of_this_training():  # noqa: SLF001 -- of its own class
                return None
            found.leave()
        if model.train_function is None:
            return None
        made = cls(model, watching, measures=measures)
        object.__setattr__(model, "train_function", made)  # Keras's own __setattr__ would track what it is given
        return made

    def leave(self) -> None:
        """Puts back what was there, unless the model was compiled anew."""
        if vars(self._model).get("train_function") is self:
            object.__setattr__(self._model, "train_function", self.original)

    def begin_epoch(self) -> None:
        """From here on, the next batches are those of the training."""
        self._in_epoch, self._batches = True, None

    def end_epoch(self) -> None:
        """What is called from here on, until the next epoch, is not the training."""
        self._in_epoch, self._batches = False, None

    def __call__(self, state: Any, batches: Iterator[Any]) -> tuple[Any, Any]:
        """As Keras's own: the logs and the new state."""
        if not self._is_of_this_training():
            self.leave()
        if not self._is_called_by_training(batches):
            return self.original(state, batches)
        some, handed_on = compat.next_execution(batches, self._model.steps_per_execution)
        first, self._step = self._step, self._step + len(some)
        parts = [FeedPart(batch, alone=True) for batch in some]
        for number, part in enumerate(parts):
            self._watching.before_call(first + number, state if number == 0 else None, part)
        if self._watching.is_read(first, parts[-1]) and self._measured is not None and len(some) == 1:
            return self._measure(first, state, some[0])
        return self.original(state, handed_on)

    def _measure(self, step: int, state: Any, batch: Any) -> tuple[Any, Any]:
        measured: Any = self._measured
        try:
            with (
                preserve_rng(),
                compile_cache.kept(),
            ):  # what a model draws while it is traced is drawn by Keras's trace too
                logs, new, readings = measured(state, batch)
        except Exception as error:
            if self._traced or any(leaf.is_deleted() for leaf in jax.tree.leaves(state) if isinstance(leaf, jax.Array)):
                raise
            self._measured = None
            self.reason = f"the step could not be traced with signals: {telling_line(error)}"
            return self.original(state, iter([batch]))
        self._traced = True
        self._watching.keep(step, readings)
        return logs, new

    def _is_of_this_training(self) -> bool:
        return vars(self._model).get("history") is self._training

    def _is_called_by_training(self, batches: Any) -> bool:
        """Whether an epoch is under way and these are its batches: `train_on_batch` brings its own."""
        if not (self._in_epoch and self._is_of_this_training()):
            return False
        if self._batches is None:
            self._batches = _reference(batches)
        return self._batches() is batches


@contextlib.contextmanager
def holding(model: keras.Model, values: Any) -> Iterator[None]:
    """While it is open the model's variables read as these values, which the model need not hold.

    Args:
        model: built.
        values: the first one, two or more groups of a training state: trainable, other, optimizer and metric values.
    """
    optimizer: Any = model.optimizer
    groups = (
        model.trainable_variables,
        model.non_trainable_variables,
        optimizer.variables if optimizer else [],
        model.metrics_variables,
    )
    pairs = [pair for group, some in zip(groups, values, strict=False) for pair in zip(group, some, strict=True)]
    with preserve_rng(), keras.StatelessScope(state_mapping=pairs, initialize_variables=False):
        yield


def copy_of_weights(values: Any) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Trainable and other values of a training state, on the host and out of reach of what consumes the state."""
    return [np.array(value) for value in values[0]], [np.array(value) for value in values[1]]


def _reference(thing: Any) -> Callable[[], Any]:
    """A reference that does not keep data alive after the training, where its kind allows one."""
    try:
        return weakref.ref(thing)
    except TypeError:
        return lambda: thing
