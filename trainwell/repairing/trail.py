"""The trail: every trial in its order, told as it happens."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from trainwell import progress
from trainwell.repairing.format import trial_line
from trainwell.repairing.result import Trial

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trainwell.edits import Edit
    from trainwell.experiments.trial import TrialOutcome
    from trainwell.repairing.result import Kind


class Trail:
    """Keeps the trials.

    Args:
        told: called with each trial that is over.
    """

    def __init__(self, told: Callable[[Trial], None]) -> None:
        self._told = told
        self._trials: list[Trial] = []
        self.round = 1

    @property
    def trials(self) -> tuple[Trial, ...]:
        """All of them so far."""
        return tuple(self._trials)

    @property
    def steps(self) -> int:
        """Of all trials together."""
        return sum(trial.steps for trial in self._trials)

    def add(
        self, kind: Kind, remedies: Sequence[str], edits: Sequence[Edit], seeds: Sequence[int], tried: TrialOutcome
    ) -> int:
        """Enters a trial; returns its place, to be rejected later."""
        trial = Trial(
            len(self._trials) + 1,
            self.round,
            kind,
            tuple(remedies),
            tuple(edits),
            tuple(seeds),
            tried.scores,
            tried.steps,
            tried.seconds,
            tried.failed,
        )
        self._trials.append(trial)
        self._told(trial)
        progress.note(trial_line(trial))
        return len(self._trials) - 1

    def reject(self, place: int, reason: str) -> None:
        """Says why a trial is not the answer; a reason that it has stays."""
        trial = self._trials[place]
        if not trial.rejected:
            self._trials[place] = replace(trial, rejected=reason)
