"""The compiled programs of a model, kept with it until it is compiled anew.

They live as long as Keras would keep its own `train_function`: `compile()` throws that away, and then ours are made
again too. Folded layers and a schedule's numbers are known here alone: whoever trains sees the model's own values.
"""

from __future__ import annotations

import math
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

import jax.numpy as jnp

from trainwell.engine import compat, state
from trainwell.engine.program import Pace, StepProgram, flat_logs
from trainwell.engine.schedule_values import ScheduleValues, with_schedule_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    import keras
    import numpy as np

    from trainwell.engine.feeds import FeedPart
    from trainwell.engine.folding import Folding
    from trainwell.engine.recording import Recording
    from trainwell.engine.signal_batch import SignalBatch
    from trainwell.signals import Signal

READINGS = "trainwell readings"  # beside the logs of a measured step
_ATTRIBUTE = "_trainwell_programs"
Fold = bool | Literal["auto"]


class Held:
    """A model's state while programs work on it: each call consumes the values and leaves new ones here."""

    def __init__(self, values: Any) -> None:
        self.values = values


class Program:
    """Steps of one model, with its schedule's numbers as they are at each call.

    Args:
        model: the model whose step it is; its optimizer may follow a schedule of numbers.
        step: `(state, batch) -> (logs, state)`.
        exact: as of `StepProgram`.
    """

    def __init__(self, model: keras.Model, step: Any, *, exact: bool) -> None:
        self._optimizer = model.optimizer
        self.steps = StepProgram(with_schedule_values(model, step), exact=exact)
        self._pace = Pace()
        self.may_go_on = False  # its logs were waited for

    def steps_of_next_call(self) -> int:
        """How many steps the next call should take, so that progress moves and Ctrl-C answers."""
        return self._pace.steps()

    def __call__(self, values: Any, part: FeedPart) -> tuple[Any, dict[str, np.ndarray]]:
        """Runs one step for each batch of `part`, as `StepProgram` does."""
        with self._pace.of(part.steps):
            (values, _), logs = self.steps((values, ScheduleValues.of(self._optimizer)), part)
        return values, logs

    @property
    def is_fast(self) -> bool:
        """Whether as many steps as a call may take are soon done, so that not each call needs to be waited for."""
        return self._pace.is_full

    def start(self, values: Any, part: FeedPart) -> tuple[Any, dict[str, Any]]:
        """As a call, without waiting for it, as `StepProgram.start` does."""
        (values, _), logs = self.steps.start((values, ScheduleValues.of(self._optimizer)), part)
        return values, logs


class MeasuredStep:
    """One step of a model that also reads signals: the same values and logs.

    Args:
        model: as of `Program`.
        signals: what is read.
        exact: as of `StepProgram`.

    Raises:
        MissingNameError: the installed JAX does not let signals be read.
    """

    def __init__(self, model: keras.Model, signals: tuple[Signal, ...], *, exact: bool) -> None:
        from trainwell.engine.observing import observed  # noqa: PLC0415 -- optional, with what it reads

        compat.require_patchable(model.optimizer)
        self._optimizer = model.optimizer
        step = observed(model, signals)

        def with_readings(values: Any, batch: Any) -> tuple[dict[str, Any], Any]:
            logs, values, readings = step(values, batch)
            logs = {name: jnp.asarray(value)[None] for name, value in flat_logs(logs).items()}
            return {**logs, READINGS: [readings]}, values

        self._step = StepProgram(with_schedule_values(model, with_readings), exact=exact)

    def __call__(self, values: Any, part: FeedPart) -> tuple[Any, dict[str, Any], SignalBatch]:
        """Starts the first step of `part`; its logs, `(1, ...)` each, and its readings stay on the device."""
        (values, _), logs = self._step.one((values, ScheduleValues.of(self._optimizer)), part)
        (readings,) = logs.pop(READINGS)
        return values, logs, readings


class WatchedProgram:
    """The training program of an epoch that is recorded: steps that are to be read go to the measured step.

    Args:
        programs: those of the model.
        recording: says which steps are due, and keeps what they read.
        step: the epoch's first one, counted from 0 over all epochs.
    """

    def __init__(self, programs: Programs, recording: Recording, step: int) -> None:
        self._program = programs.train
        self._measured = programs.measured(recording.signals)
        self._recording = recording
        self._step = step
        if self._measured is None:
            recording.cannot_read("a private name of JAX that it needs is missing")
        self.may_go_on = False
        """Whether nobody needs to wait for the last call: of one measured step, or of fast ones in front of one.

        The break that a measured step makes costs more than what it reads. Where the device has the measured step and
        those behind it in hand before it is through with those in front, a chunk is waited for once, as if nothing were
        read.
        """

    def steps_of_next_call(self) -> int:
        """Up to the next step that is due, which is called alone."""
        if self._measured is None:
            return self._program.steps_of_next_call()
        wait = self._recording.until_due(self._step)
        return min(self._program.steps_of_next_call(), wait) if wait else 1

    def __call__(self, values: Any, part: FeedPart) -> tuple[Any, dict[str, Any]]:
        """Runs one step for each batch of `part`, as `Program` does."""
        step, self._step = self._step, self._step + part.steps
        self._recording.before_call(step, values, part)
        if self._measured is None or not self._recording.is_read(step, part):
            self.may_go_on = self._program.is_fast and self._recording.until_due(self._step) == 0
            return self._program.start(values, part) if self.may_go_on else self._program(values, part)
        self.may_go_on = True
        values, logs, readings = self._measured(values, part)
        self._recording.keep(step, readings)
        return values, logs


class Programs:
    """The training and validation programs of one compiled model.

    Args:
        model: a compiled model, built, with its metrics and optimizer.
        exact: as of `tw.fit`.
        folding: of the model, where runs of equal layers are to be trained as one layer.
    """

    def __init__(self, model: keras.Model, *, exact: bool, folding: Folding | None) -> None:
        self.made_for = model.train_function
        self.exact = exact
        self.folding = folding
        self.declined = False  # to be folded, though it was asked for
        self._model = model
        self.train = Program(model, (self.folding or model).train_step, exact=exact)
        self.test = Program(model, (self.folding or model).test_step, exact=exact)
        self._measured: dict[tuple[Signal, ...], MeasuredStep | None] = {}

    @classmethod
    def of(cls, model: keras.Model, *, exact: bool, fold: Fold = "auto", steps: float = math.inf) -> Programs:
        """The model's programs, made where there are none that fit or where the model was compiled since.

        Args:
            model: a compiled model, built, with its metrics and optimizer.
            exact: as of `tw.fit`; nothing is folded then.
            fold: as of `tw.fit`.
            steps: that are planned; for a few, folding pays sooner.
        """
        model.make_train_function()  # wraps the step; nothing is traced before it is called
        programs = vars(model).get(_ATTRIBUTE)
        if programs is None or not programs._serve(exact=exact, fold=fold):  # noqa: SLF001 -- of its own class
            programs = cls(model, exact=exact, folding=None if exact else _folding(model, fold, steps))
            programs.declined = fold is True and programs.folding is None
            # Past Keras's own __setattr__, which looks for layers and variables in whatever a model is given.
            object.__setattr__(model, _ATTRIBUTE, programs)
        return programs

    def _serve(self, *, exact: bool, fold: Fold) -> bool:
        """Whether these programs are still those of the model, and of the kind that is asked for."""
        if self.made_for is not self._model.train_function or self.exact != exact:
            return False
        if self.folding is None:
            return exact or fold is not True or self.declined
        return fold is not False and self.folding.fits(self._model)

    def measured(self, signals: tuple[Signal, ...]) -> MeasuredStep | None:
        """Return the training step that reads these signals; `None` where none can be read."""
        if signals not in self._measured:
            self._measured[signals] = compat.attempt(
                "reading signals", lambda: MeasuredStep(self._model, signals, exact=self.exact), None
            )
        return self._measured[signals]

    @contextmanager
    def training(self) -> Iterator[Held]:
        """The training state; the model's variables get back the values reached, however the block ends."""
        held = Held(self.folded(state.train_state(self._model)))
        try:
            yield held
        finally:
            state.give_back_train(self._model, self.unfolded(held.values))

    @contextmanager
    def testing(self) -> Iterator[Held]:
        """The testing state, in the same way."""
        held = Held(self.folded(state.test_state(self._model)))
        try:
            yield held
        finally:
            state.give_back_test(self._model, self.unfolded(held.values))

    def folded(self, values: Any) -> Any:
        """The model's state in the form that the programs take."""
        return values if self.folding is None else self.folding.fold(values)

    def unfolded(self, values: Any) -> Any:
        """A state of the programs as the model's."""
        return values if self.folding is None else self.folding.unfold(values)


def forget_programs(model: keras.Model) -> None:
    """Lets go of the model's programs; the next training makes them anew, from what is compiled on disk."""
    if _ATTRIBUTE in vars(model):
        object.__delattr__(model, _ATTRIBUTE)


def _folding(model: keras.Model, fold: Fold, steps: float) -> Folding | None:
    if fold is False or (fold == "auto" and steps > _steps_that_folding_pays_for(model, len(model.layers))):
        return None
    return compat.attempt("folding of equal layers", lambda: _folded(model, fold, steps), None)


def _folded(model: keras.Model, fold: Fold, steps: float) -> Folding | None:
    from trainwell.engine.folding import Folding  # noqa: PLC0415 -- optional: its absence must not break the engine

    folding = Folding.of(model) if fold == "auto" else Folding.of(model, fewest_blocks=2)
    if folding is None or fold is True:
        return folding
    folded = sum(map(len, folding.runs))
    return folding if steps <= _steps_that_folding_pays_for(model, folded) else None


def _steps_that_folding_pays_for(model: keras.Model, layers: int) -> float:
    """Steps up to which the time that folding saves in compiling exceeds what a loop over layers adds to each step.

    Measured by `benchmarks/folding.py` for 50 to 400 layers of 100 units on 2 cores: compiling is shorter by about
    0.7 ms times the number of layers to the power of 1.5, for the weights and for each of the optimizer's slots; a step
    is longer by about 1 ms.
    """
    slots = len(model.optimizer.variables) // max(1, len(model.trainable_variables))
    return 0.7 * layers**1.5 * (1 + slots)
