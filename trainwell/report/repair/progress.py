"""A repair as it goes on, on standard error: a table of trials that fills, and the time that is left.

On a terminal and in a notebook the table is drawn again as trials end; elsewhere (a file, a pipe) each trial is a line.
The time left is that of the budget: a repair mostly ends sooner.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Self

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from trainwell.report.console import is_live, printable
from trainwell.report.wording import duration, plural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

    from rich.console import RenderableType

_MOST_ROWS = 12
_REFRESHES_A_SECOND = 2


class RepairProgress:
    """Shows trials as they end; use it as a context manager, so that the terminal is left clean on Ctrl-C too.

    Args:
        budget: seconds that the repair may take.
        lines: tells a trial as lines, where no table can be drawn.
        console: where to show it; standard error by default.
    """

    def __init__(self, budget: float, lines: Callable[[Any], Iterable[str]], console: Console | None = None) -> None:
        self.console = console or Console(stderr=True, highlight=False)
        self._lines = lines
        self._began = time.monotonic()
        self._budget = budget
        self._trials: list[Any] = []
        self._live: Live | None = None

    def __enter__(self) -> Self:
        if is_live(self.console):
            self._live = Live(
                get_renderable=self._drawn,
                console=self.console,
                refresh_per_second=_REFRESHES_A_SECOND,
                transient=True,
            )
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def told(self, trial: Any) -> None:
        """Adds a trial: an object with `number`, `round`, `kind`, `edits`, `remedies`, `score`, `steps`, `rejected`."""
        self._trials.append(trial)
        if self._live is None:
            for line in self._lines(trial):
                self.say(line)

    def say(self, sentence: str) -> None:
        """Prints a sentence, above the table where there is one."""
        self.console.print(Text(printable(sentence, self.console)))

    def heading(self) -> str:
        """How many trials, how many steps, and how much of the budget is left."""
        seconds = self._budget - (time.monotonic() - self._began)
        left = f"at most {duration(seconds)} left" if seconds > 0 else "no time left"
        if not self._trials:
            return f"Training as it stands, under watch; {left}"
        steps = sum(trial.steps for trial in self._trials)
        told = f"{plural(len(self._trials), 'trial')}, {plural(steps, 'step')}"
        return f"Round {self._trials[-1].round}: {told}; {left}"

    def _drawn(self) -> RenderableType:
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", expand=True)
        table.add_column("trial", justify="right")
        table.add_column("for")
        table.add_column("what was tried", no_wrap=True, overflow="ellipsis", ratio=1)
        table.add_column("score", justify="right")
        table.add_column("steps", justify="right")
        for trial in self._trials[-_MOST_ROWS:]:
            what = "; ".join(map(str, trial.edits)) or ", ".join(trial.remedies) or "as it stands"
            score = "-" if trial.score is None else f"{trial.score:.3f}"
            cells = (str(trial.number), trial.kind, what, score, f"{trial.steps:,}")
            table.add_row(*(Text(printable(cell, self.console)) for cell in cells))
        heading = Text(printable(self.heading(), self.console), style="bold")
        return Group(heading, table) if self._trials else heading
