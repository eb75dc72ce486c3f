"""Shows the progress of long work: a few live lines on a terminal or in a notebook, plain lines elsewhere.

All of it goes to standard error (in a notebook, to the output of the cell). A thread draws it a few times a second, so
that a report costs the work nothing and the time goes on while a program is compiled. The live lines are taken away at
the end, on Ctrl-C and on an exception.
"""

from __future__ import annotations

import io
import math
import sys
import threading
from collections import deque
from contextlib import ExitStack, contextmanager
from html import escape
from importlib import import_module
from typing import TYPE_CHECKING, Any, Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from trainwell.errors import InputError
from trainwell.progress import ALMOST, Progress, activated, active, is_active
from trainwell.report.console import is_live, printable
from trainwell.report.wording import duration, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from trainwell.progress import ProgressStage

_REFRESHES_A_SECOND = 5
_COLUMNS = 80  # of a notebook
_NOTES = 6  # of the parts that were done last, on a live display
_MOST_LINES = 12  # of a log with verbose=1; later ones grow rare
_FIFTHS = 5
_ECHO = 5  # columns: a terminal echoes ^C behind the last line, and must not break it
_LEAST_ROOM = 12  # characters: less of an outer stage says nothing
_SCREEN = threading.Lock()  # two live displays would draw over each other


@contextmanager
def show_progress(verbose: int | str = "auto", *, deadline: float = math.inf) -> Iterator[None]:
    """Show the stages of the work within. Where a caller shows its own already, they are part of those.

    Args:
        verbose: `"auto"` is live on a terminal and in a notebook, and silent elsewhere. 1 is the same, but elsewhere
            it prints about ten lines. 2 prints a line for every stage and result, and is never live. 0 is silent.
        deadline: time on `time.monotonic` at which a budget ends.

    Raises:
        InputError: `verbose` is something else.
    """
    _check(verbose)
    if is_active():
        outer = active()
        before, outer.deadline = outer.deadline, min(outer.deadline, deadline)
        try:
            yield
        finally:
            outer.deadline = before
        return
    with ExitStack() as stack:
        shown = _display(verbose)
        shown.deadline = deadline
        if isinstance(shown, LiveProgress):
            if _SCREEN.acquire(blocking=False):
                stack.callback(_SCREEN.release)
                stack.enter_context(shown)
            else:
                shown = Progress(deadline)
        stack.enter_context(activated(shown))
        yield
        shown.finished = True


def _check(verbose: int | str) -> None:
    if verbose not in ("auto", 0, 1, 2):
        raise InputError(
            f'`verbose` must be "auto", 0, 1 or 2, got {verbose!r}.',
            "0 is silent, 1 shows the progress, 2 prints a line for each stage and result.",
        )


def _display(verbose: int | str) -> Progress:
    if verbose == 0:
        return Progress()
    console = new_console()
    if verbose != 2 and console.is_jupyter:  # noqa: PLR2004 -- lines were asked for
        return NotebookProgress()
    if verbose != 2 and is_live(console):  # noqa: PLR2004 -- as above
        return TerminalProgress(console)
    return Progress() if verbose == "auto" else LineProgress(console, everything=verbose == 2)  # noqa: PLR2004


def new_console() -> Console:
    """Return a console on standard error. Only a real terminal counts as one, whatever `FORCE_COLOR` says."""
    real = bool(sys.stderr and sys.stderr.isatty())
    return Console(stderr=True, highlight=False, force_terminal=None if real else False)


class LineProgress(Progress):
    """Prints lines: of the outer stages and every fifth of the epochs, or of every stage and result."""

    def __init__(self, console: Console, *, everything: bool, **settings: Any) -> None:
        super().__init__(**settings)
        self.console = console
        self._everything = everything
        self._lines = 0
        self._counted: tuple[ProgressStage | None, int, int] = (
            None,
            0,
            -1,
        )  # a stage, how many parts and fifths are done

    def changed(self, stage: ProgressStage, *, opened: bool) -> None:
        """Print a line where one is due."""
        if opened:
            if stage.phrase and (self._everything or sum(bool(each.phrase) for each in self.stages) == 1):
                self._print(": ".join(self.texts()))
        elif stage.parts and stage.counter and stage is self.stages[-1] is self.measured:
            _, parts, fifths = self._counted if self._counted[0] is stage else (None, 0, -1)
            done = int(stage.done + ALMOST)
            now = int(_FIFTHS * done / stage.parts)
            if done > parts and (now > fifths or self._everything):
                phrase = next((each.phrase for each in reversed(self.stages) if each.phrase), "")
                counted = f"{phrase}, {stage.counter} {done} of {stage.parts:g}"
                self._print(": ".join(filter(None, (counted, self.detail))))
            self._counted = stage, max(done, parts), max(now, fifths) if done else fifths

    def say(self, sentence: str) -> None:
        """Print the sentence."""
        self.console.print(Text(printable(sentence, self.console)))

    def note(self, line: str) -> None:
        """Print the line, where all are asked for."""
        if self._everything:
            self.say(line)

    def _print(self, text: str) -> None:
        self._lines += 1
        rare = self._lines > _MOST_LINES and self._lines & (self._lines - 1)  # only powers of two are printed
        if self._everything or not rare:
            self.say(f"[{duration(self.seconds())}] {text}")


class LiveProgress(Progress):
    """Draws the last results, the stages, and how far they are, again and again."""

    def __init__(self, console: Console, **settings: Any) -> None:
        super().__init__(**settings)
        self.console = console
        self.notes: deque[str] = deque(maxlen=_NOTES)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Take the display away."""

    def note(self, line: str) -> None:
        """Keep the line among the last ones."""
        with self.lock:
            self.notes.append(line)

    def drawn(self) -> RenderableType:
        """Return what is shown now."""
        with self.lock:
            texts, share, left = self.texts(), self.share(), self.left()
            notes, detail, seconds = list(self.notes), self.detail, self.seconds()
        width = self.console.width
        lines = [*notes, *([heading(texts, width)] if texts else []), *([detail] if detail else [])]
        row = Table.grid(padding=(0, 2, 0, 0))
        row.width = width - _ECHO
        row.add_column(ratio=1)
        for _ in range(3):
            row.add_column(justify="right", no_wrap=True)
        bar = ProgressBar(100, 100 * (share or 0.0))
        row.add_row(bar, "" if share is None else f"{math.floor(100 * share)} %", duration(seconds), time_left(left))
        shown = (Text(printable(shorten(line, width), self.console), no_wrap=True) for line in lines)
        return Group(*shown, row)


class TerminalProgress(LiveProgress):
    """A live display on a terminal."""

    def __init__(self, console: Console, **settings: Any) -> None:
        super().__init__(console, **settings)
        to_terminal = bool(sys.stdout and sys.stdout.isatty())  # else what the user prints goes where it is sent
        self._live = Live(
            get_renderable=self.drawn,
            console=console,
            refresh_per_second=_REFRESHES_A_SECOND,
            transient=True,
            redirect_stdout=to_terminal,
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._live.stop()

    def say(self, sentence: str) -> None:
        """Print the sentence above the display."""
        self.console.print(Text(printable(sentence, self.console)))


class NotebookProgress(LiveProgress):
    """A live display in the output of a notebook's cell. Its sentences stay there."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(
            Console(file=io.StringIO(), width=_COLUMNS, color_system=None, force_terminal=False, force_jupyter=False),
            **settings,
        )
        self._said: list[str] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._draw, daemon=True)
        self._shown: Any = None

    def __enter__(self) -> Self:
        notebook = import_module("IPython.display")
        self._shown = notebook.display(_output(self.page()), raw=True, display_id=True)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()
        self._shown.update(_output("\n".join(self._said)), raw=True)

    def say(self, sentence: str) -> None:
        """Add the sentence to the output."""
        with self.lock:
            self._said.append(sentence)

    def page(self) -> str:
        """Return what is shown now, as text."""
        with self.console.capture() as kept:
            self.console.print(self.drawn())
        return "\n".join([*self._said, kept.get()])

    def _draw(self) -> None:
        while not self._over.wait(1 / _REFRESHES_A_SECOND):
            self._shown.update(_output(self.page()), raw=True)


def heading(texts: list[str], width: int) -> str:
    """Join the stages in one line; the innermost one is whole as long as it fits.

    Example:
    >>> heading(["Round 1: trying remedies (3 of 7)", "learning rate 0.001 (epoch 1 of 2)"], 60)
    'Round 1: tr…es (3 of 7) · learning rate 0.001 (epoch 1 of 2)'
    """
    room = width - len(texts[-1]) - 3
    if len(texts) == 1 or room < _LEAST_ROOM:
        return shorten(texts[-1], width)
    return f"{shorten(' · '.join(texts[:-1]), room)} · {texts[-1]}"


def time_left(left: tuple[float, bool] | None) -> str:
    """Say how much time is left.

    Example:
    >>> time_left((48.0, True)), time_left((8.0, False)), time_left(None)
    ('at most 48 s left', 'about 8.0 s left', '')
    """
    if left is None:
        return ""
    seconds, ceiling = left
    if ceiling:
        return f"at most {duration(seconds)} left" if seconds else "the budget is spent"
    return f"about {duration(seconds)} left"


def _output(text: str) -> dict[str, str]:
    """Text as the output of a notebook's cell, by type."""
    return {"text/plain": text, "text/html": f"<pre>{escape(text)}</pre>" if text else ""}
