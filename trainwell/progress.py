"""Reports of long work while it runs: the stage it is in, how far it is, and sentences for the user.

Work opens stages with `stage`, and never prints. The function that a user called shows them, with
`report.progress.show_progress`. Work that is part of larger work reports into the stages of that one, so there is one
display. Without a display a report is lost, and costs a few microseconds.

Not good at: work in other threads and processes. They see no display; hand a thread its `ProgressStage`, which is
thread-safe.
"""

from __future__ import annotations

import math
import threading
import time
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ENOUGH = 0.05  # of a stage, beyond its first part, before its speed is a guess worth showing
ALMOST = 1e-6  # parts: thirds that add up to a whole
_ACTIVE: ContextVar[Progress | None] = ContextVar("trainwell_progress", default=None)


@dataclass(eq=False)
class ProgressStage:
    """A stage of the work.

    Args:
        owner: the Progress that it belongs to.
        phrase: what is done, in words a beginner understands. An empty one adds a counter to the stage around it.
        parts: number of equal parts; `None` if it is not known.
        counter: what a part is called in the text, such as `"epoch"`; `""` counts parts without a name, `None` does
            not count.
        takes: how many parts of the stage around it this stage stands for.
    """

    owner: Progress
    phrase: str
    parts: float | None
    counter: str | None
    takes: float
    done: float = 0.0
    share: float = 0.0
    first: tuple[float, float] | None = None  # share and time at which the first part was done: it held compilation

    @property
    def text(self) -> str:
        """The phrase with the part that is being done: `Training the model (epoch 3 of 10)`."""
        if self.counter is None or not self.parts:
            return self.phrase
        number = min(int(self.done + ALMOST) + 1, int(self.parts))
        counted = f"{self.counter} {number} of {self.parts:g}".strip()
        return f"{self.phrase} ({counted})".strip()

    def reach(self, done: float) -> None:
        """Report that so many parts are done. Never goes back."""
        with self.owner.lock:
            self.done = max(self.done, done)
            self.owner.moved(self)

    def advance(self, parts: float = 1.0) -> None:
        """Report that so many more parts are done."""
        with self.owner.lock:
            self.done += parts
            self.owner.moved(self)


class Progress:
    """The open stages of one piece of work, the outermost first. Shows nothing: a display overrides the three hooks.

    Args:
        deadline: time on `clock` at which the work's budget ends.
        clock: the time in seconds.
    """

    def __init__(self, deadline: float = math.inf, clock: Callable[[], float] = time.monotonic) -> None:
        self.deadline = deadline
        self.clock = clock
        self.began = clock()
        self.stages: list[ProgressStage] = []
        self.detail = ""  # figures of the innermost stage
        self.finished = False
        self.lock = threading.RLock()

    # Hooks of a display.

    def changed(self, stage: ProgressStage, *, opened: bool) -> None:
        """Take note that a stage was opened or moved. Called with the lock held."""

    def say(self, sentence: str) -> None:
        """Show a sentence that stays."""

    def note(self, line: str) -> None:
        """Show a line about a part that is done, such as one trial."""

    # Reports.

    def begin(
        self, phrase: str = "", parts: float | None = None, *, counter: str | None = None, takes: float = 1.0
    ) -> ProgressStage:
        """Open a stage within the innermost one; see `ProgressStage`."""
        stage = ProgressStage(self, phrase, parts, counter, takes)
        with self.lock:
            self.stages.append(stage)
            self.detail = ""
            self.changed(stage, opened=True)
        return stage

    def end(self, stage: ProgressStage) -> None:
        """Close a stage and those within it; its part of the stage around it is done."""
        with self.lock:
            if stage not in self.stages:
                return
            del self.stages[self.stages.index(stage) :]
            self.detail = ""
            if self.stages:
                self.stages[-1].advance(stage.takes)

    def moved(self, stage: ProgressStage) -> None:
        """Note when the first part of the measured stage was done."""
        share, measured = self.share(), self.measured
        if measured is not None and measured.first is None and measured.done >= 1 - ALMOST:
            measured.first = share or 0.0, self.clock()
        self.changed(stage, opened=False)

    # What a display shows.

    @property
    def measured(self) -> ProgressStage | None:
        """The outermost stage of several parts; without one, the innermost of one part. The bar is its."""
        known = [stage for stage in self.stages if stage.parts]
        return next((stage for stage in known if stage.parts != 1), known[-1] if known else None)

    def texts(self) -> list[str]:
        """The text of each stage that has one, the outermost first."""
        found: list[str] = []
        for stage in self.stages:
            if stage.phrase or not found:
                found.append(stage.text)
            elif stage.text:
                found[-1] = f"{found[-1]} {stage.text}".replace(") (", ", ")
        return [text for text in found if text]

    def share(self) -> float | None:
        """Return the share of the measured stage that is done, or `None` if there is no such stage."""
        if self.finished:
            return 1.0
        within, share = 0.0, 0.0
        for stage in reversed(self.stages):
            if stage.parts:
                share = stage.share = max(stage.share, min(1.0, (stage.done + within) / stage.parts))
            within = stage.takes * share
        return None if self.measured is None else self.measured.share

    def seconds(self) -> float:
        """Return the time since the work began."""
        return self.clock() - self.began

    def left(self) -> tuple[float, bool] | None:
        """Return the seconds that are left, and whether they are a ceiling; `None` if neither can be known.

        With a budget they are what is left of it. Without one they follow from the speed of the measured stage since
        its first part, which held compilation.
        """
        if self.finished:
            return None
        if math.isfinite(self.deadline):
            return max(0.0, self.deadline - self.clock()), True
        share, measured = self.share(), self.measured
        if share is None or measured is None or measured.first is None:
            return None
        before, at = measured.first
        if share - before < _ENOUGH:
            return None
        return (1 - share) * (self.clock() - at) / (share - before), False


def active() -> Progress:
    """Return what is reported to now; without a display, a Progress that nobody sees."""
    return _ACTIVE.get() or Progress()


def is_active() -> bool:
    """Return True within work whose progress a caller shows or has silenced."""
    return _ACTIVE.get() is not None


@contextmanager
def activated(progress: Progress) -> Iterator[None]:
    """Have all work within report to `progress`."""
    token = _ACTIVE.set(progress)
    try:
        yield
    finally:
        _ACTIVE.reset(token)


@contextmanager
def stage(
    phrase: str = "", parts: float | None = None, *, counter: str | None = None, takes: float = 1.0
) -> Iterator[ProgressStage]:
    """Open a stage for the work within; see `ProgressStage`.

    Example:
    >>> with activated(Progress()), stage("Training the model", 2, counter="epoch") as training:
    ...     training.advance()
    ...     training.text, active().share()
    ('Training the model (epoch 2 of 2)', 0.5)
    """
    progress = active()
    opened = progress.begin(phrase, parts, counter=counter, takes=takes)
    try:
        yield opened
    finally:
        progress.end(opened)


def say(sentence: str) -> None:
    """Show a sentence that stays, above the display."""
    active().say(sentence)


def note(line: str) -> None:
    """Show a line about a part that is done."""
    active().note(line)
