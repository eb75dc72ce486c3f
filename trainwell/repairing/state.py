"""One repair while it goes on: what it was asked, the rows that it compares by, the best so far, and the trail."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from trainwell.edits import edited
from trainwell.experiments.memory import free_dropped, size_of
from trainwell.experiments.proposals import NOTHING
from trainwell.experiments.trial import TrialOutcome, reason_of
from trainwell.progress import stage
from trainwell.repairing.holdout import FEWEST_ROWS, FOLDS, Holdout, hold_back, hold_back_from_all, with_validation
from trainwell.repairing.recorded import RecordedTraining, watch
from trainwell.statistics import standard_error
from trainwell.trees import rows_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.edits import Edit
    from trainwell.experiments.proposals import Proposal
    from trainwell.experiments.scoring import Metric
    from trainwell.repairing.trail import Trail
    from trainwell.rule import Rule
    from trainwell.training_spec import TrainingSpec

_OF_THE_SPLIT = ("unrepresentative-validation", "leaked-validation", "validation-scaled-differently")


@dataclass
class State:
    """What the stages of a repair share.

    Args:
        given: the TrainingSpec as it was given.
        metric: that is compared.
        rules, ignore: that are judged by.
        deadline: on `time.monotonic`.
        seed: of everything that is drawn.
        workers: processes for trials.
        safe_only: leave the architecture as it is.
        trail: of the trials.

    What `begin` adds:
        whole: with validation rows; `prelude`, the edits that split them off.
        spec: without the rows that are held back; `held`, those rows.
        first: the training as it was given; `best`, the one that leads, and `accepted`, the edits that it stands on.
        all_certain: whether they all answer contradictions; `divided_anew`, whether the split itself is at fault.
        notes, advice, refused, excluded: what was decided, cannot be edited, does not suit, and failed.
    """

    given: TrainingSpec
    metric: Metric
    rules: tuple[Rule, ...]
    ignore: Iterable[str] | str
    deadline: float
    seed: int
    workers: int
    safe_only: bool
    trail: Trail
    notes: list[str] = field(default_factory=list)
    advice: list[tuple[str, str]] = field(default_factory=list)
    refused: set[tuple[str, str]] = field(default_factory=set)
    excluded: list[Proposal] = field(default_factory=list)
    accepted: Proposal = NOTHING
    all_certain: bool = True
    divided_anew: bool = False

    def begin(self) -> None:
        """Divides the rows, and trains the TrainingSpec as it was given, under watch."""
        self.whole, self.prelude = with_validation(self.given)
        if self.prelude:
            self.notes.append(f"No validation data were given. {self.prelude[0]}.")
        self.spec, self.held = self._divided()
        with stage("The model as it is"):
            self.first = self.best = self.watched(())
        if self.first.raised:
            self.notes.append(
                f"As it was given no step could be trained: {self.first.raised.rstrip('.')}. "
                "Before is the model as it began."
            )
        if self.wrong_split and self.held.rows:
            self._divide_anew(self.wrong_split)
            self.best = self.first

    @property
    def is_late(self) -> bool:
        """Whether the budget is spent."""
        return time.monotonic() > self.deadline

    @property
    def wrong_split(self) -> str:
        """The fault that makes the validation rows no judge of the best training; `""` for none."""
        named = (each.rule.name for each in self.best.diagnosis.faults)
        return next((name for name in named if name in _OF_THE_SPLIT), "")

    def watched(self, edits: tuple[Edit, ...], *, probe: bool = True) -> RecordedTraining:
        """A whole training of the edited TrainingSpec under watch."""
        free_dropped(size_of(self.spec.model))  # a training before it may have left one behind
        spec = edited(self.spec, edits, seed=self.seed)
        held = self.held.after(edits, self.spec) if self.held.rows else self.held
        return watch(
            spec,
            held,
            self.metric,
            rules=self.rules,
            ignore=self.ignore,
            deadline=self.deadline,
            seed=self.seed,
            probe=probe,
        )

    def trained(self, proposal: Proposal) -> RecordedTraining | None:
        """`watched`, of a proposal; `None` where it cannot be trained, and the trail tells why."""
        began = time.monotonic()
        try:
            with stage(f"The whole training with {proposal.words}"):
                return self.watched(proposal.edits)
        except Exception as error:  # noqa: BLE001 -- a training that fails is one that failed, whatever the reason
            tried = TrialOutcome((), 0, time.monotonic() - began, reason_of(error))
            self.trail.add("final", proposal.remedies, proposal.edits, [self.seed], tried)
            return None

    def replace(self, proposal: Proposal, after: RecordedTraining, reason: str) -> None:
        """Keeps another training instead of the best so far, which becomes a trial that was rejected."""
        self.enter(self.accepted, self.best, reason)
        self.accepted, self.best = proposal, after

    def enter(self, proposal: Proposal, watched: RecordedTraining, reason: str) -> None:
        """Enters a whole training into the trail, and why it is not the answer."""
        tried = TrialOutcome((watched.selection,), watched.steps, watched.seconds)
        self.trail.reject(self.trail.add("final", proposal.remedies, proposal.edits, [self.seed], tried), reason)

    def _divided(self) -> tuple[TrainingSpec, Holdout]:
        rows = rows_in(self.whole.data["x"]) + rows_in(self.whole.data["validation_data"][0])
        if rows < FEWEST_ROWS:
            self.notes.append(f"There are {rows} rows: before and after are compared by {FOLDS}-fold cross-validation.")
            empty = np.zeros(0, int)
            return self.whole, Holdout(None, None, empty)
        spec, held = hold_back(self.whole, self.seed)
        kept = rows_in(spec.data["validation_data"][0])
        self.notes.append(
            f"Of the validation rows {kept} choose among trials, and {held.rows} are held back to the end."
        )
        return spec, held

    def _divide_anew(self, fault: str) -> None:
        """Holds back other rows where the validation rows are part of the fault."""
        self.spec, self.held = hold_back_from_all(
            self.whole, self.seed, pooled=fault != "validation-scaled-differently"
        )
        self.notes.append(
            f"The validation rows are part of the fault: {self.held.rows} rows drawn from all are held back instead."
        )
        self.divided_anew = True
        found = self.first.diagnosis
        with stage("The model as it is, on rows split anew"):
            self.first = replace(self.watched((), probe=False), diagnosis=found)


def noise_of_rows(watched: RecordedTraining) -> float:
    """Two standard errors of the mean over the rows that choose."""
    return 2 * standard_error(watched.chosen_by)
