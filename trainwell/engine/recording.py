"""When signals are read during a training, and what they read.

The first steps are read one by one, where most trainings go wrong; later ones at regular intervals, counted over all
epochs. A long training is thinned out as it goes: once `capacity` readings are held, the interval
doubles and those between are dropped, so that memory stays bounded and the readings stay spread over the whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from trainwell.errors import InputError
from trainwell.run import Series
from trainwell.signals import SIGNALS, WHOLE_MODEL, Signal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainwell.engine.feeds import FeedPart
    from trainwell.engine.signal_batch import SignalBatch


class Recording:
    """The readings of one training; given to `tw.fit`.

    Args:
        signals: what is read at each of those steps; all of `trainwell.signals.SIGNALS` where not given.
        every: steps between two readings, at least 1.
        first: so many steps at the beginning are all read.
        capacity: readings held at most, at least 2.

    Raises:
        InputError: a number is out of its range.
    """

    def __init__(
        self, signals: Sequence[Signal] = SIGNALS, *, every: int = 50, first: int = 20, capacity: int = 2000
    ) -> None:
        for name, value, least in (("every", every, 1), ("first", first, 0), ("capacity", capacity, 2)):
            if value < least:
                raise InputError(f"{name} is {value}.", f"Give a number of at least {least}.")
        self.signals = tuple(signals)
        self._every = every
        self._first = min(first, capacity // 2)
        self._capacity = capacity
        self._steps: list[int] = []
        self._vectors: list[Any] = []
        self._form: SignalBatch | None = None
        self._rows = 0  # of the batch before
        self._reason = ""

    @property
    def not_measured(self) -> dict[str, str]:
        """By layer or variable: why nothing was read there."""
        if self._form is None:
            return {WHOLE_MODEL: self._reason} if self._reason else {}
        return self._form.not_measured

    def cannot_read(self, reason: str) -> None:
        """Note that no signal of this training can be read.

        Args:
            reason: why, as a clause.
        """
        self._reason = reason

    def until_due(self, step: int) -> int:
        """Steps from `step`, counted from 0 over all epochs, to the next one that is to be read; 0 if it is that."""
        return 0 if step < self._first else -step % self._every

    def is_read(self, step: int, part: FeedPart) -> bool:
        """Whether the first step of `part`, which is `step` as of `until_due`, is to be read; asked once of each call.

        A batch that is smaller than the one before it is not, though it be due: for an epoch's last one alone, the
        step that reads would be compiled once more, which takes longer than some trainings.
        """
        before, self._rows = self._rows, part.rows
        return self.until_due(step) == 0 and part.rows >= before

    def before_call(self, step: int, values: Any, part: FeedPart) -> None:
        """Told of each call before it is made, for those who watch more than signals; does nothing here.

        Args:
            step: the first of the call, as of `until_due`.
            values: the model's state.
            part: the batches.
        """

    def keep(self, step: int, readings: SignalBatch) -> None:
        """Takes what was read at a step; a step that is run again, after an interruption, replaces itself.

        Raises:
            InputError: the readings are of another model than those before.
        """
        if self._form is not None and self._form.parts != readings.parts:
            raise InputError(
                "The Recording holds the signals of another model.", "Make a new Recording for each training."
            )
        self._form = readings
        while self._steps and self._steps[-1] >= step:
            del self._steps[-1], self._vectors[-1]
        self._steps.append(step)
        self._vectors.append(readings.vector)
        if len(self._steps) > self._capacity:
            self._thin_out()

    def series(self) -> dict[str, Series]:
        """By name, `"signal"` for one of the whole model and `"signal/place"` else: what was read, over steps."""
        if self._form is None:
            return {}
        together = type(self._form)(
            np.stack(jax.device_get(self._vectors)), self._form.parts, self._form.places, self._form.reasons
        )
        units = {signal.name: signal.unit for signal in self.signals}
        at = np.asarray(self._steps) + 1
        return {
            f"{name}/{place}" if place else name: Series(values, at, "step", units[name])
            for (name, place), values in together.by_key().items()
        }

    def _thin_out(self) -> None:
        kept = list(range(len(self._steps)))
        while len(kept) > self._capacity * 3 // 4:
            self._every *= 2
            kept = [i for i in kept if self.until_due(self._steps[i]) == 0]
        self._steps = [self._steps[i] for i in kept]
        self._vectors = [self._vectors[i] for i in kept]
