"""Paired trials: does a remedy gain anything on held-out rows over the training as it is?

A fault that is suspected is tried: its first remedies, each in a short training from the same first weights and of as
many steps as the training as it is. The scores of the same held-out rows are compared, row by row. What gains beyond
the noise of the rows is tried once more from another seed, and both must gain.

Not good at: gains that show only after more steps than a trial has.

Source: Dietterich, "Approximate statistical tests for comparing supervised classification learning algorithms", Neural
Computation 10 (1998), on paired comparisons.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from trainwell import engine
from trainwell.edits import edited
from trainwell.engine.generators import preserve_rng
from trainwell.experiments.memory import free_dropped, size_of
from trainwell.experiments.proposals import propose
from trainwell.experiments.scoring import Metric, choose_metric, scores
from trainwell.experiments.trial import fit_steps, is_fresh, reason_of, shorten
from trainwell.progress import stage
from trainwell.rules.verdicts import gains
from trainwell.run import TrialRecord, finite
from trainwell.statistics import standard_error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainwell.edits import Edit
    from trainwell.experiments.proposals import Proposal
    from trainwell.rule import Finding
    from trainwell.run import Run
    from trainwell.training_spec import TrainingSpec

MOST_STEPS = 2000
MOST_CAUSES = 3
MOST_REMEDIES = 2
_SEEDS = 2


@dataclass(frozen=True)
class _Trained:
    """One short training: the scores of the held-out rows, and their loss."""

    rows: np.ndarray
    loss: float


@dataclass
class PairedTrials:
    """Trials of remedies for one training.

    Args:
        spec: with validation rows; its model has the weights that the training began with.
        steps: of each training.
        deadline: on `time.monotonic`.
        seed: the first one, which keeps the weights that the model has.
    """

    spec: TrainingSpec
    steps: int
    deadline: float
    seed: int = 0
    _before: dict[int, _Trained] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.metric: Metric = choose_metric(self.spec)
        self._fresh = is_fresh(self.spec)

    @property
    def is_late(self) -> bool:
        """Return True once the budget is spent."""
        return time.monotonic() > self.deadline

    def of(self, rule: str, proposal: Proposal) -> TrialRecord:
        """Try a proposal, from a second seed too where the first gains; whatever raises is told in the record.

        Args:
            rule: id of the rule that it answers.
            proposal: edits to try.
        """
        record = TrialRecord(
            rule=rule,
            remedy=", ".join(proposal.remedies),
            change="; ".join(map(str, proposal.edits)),
            metric=self.metric.name,
            steps=self.steps,
        )
        pairs: list[tuple[_Trained, _Trained]] = []
        comparable = all(edit.part in {"fit", "model"} for edit in proposal.edits)
        try:
            for seed in range(self.seed, self.seed + _SEEDS):
                pairs.append((self._as_it_is(seed), self._train(proposal.edits, seed)))
                self._enter(record, pairs, comparable=comparable)
                if not gains(record) or self.is_late:
                    break
        except Exception as error:  # noqa: BLE001 -- a trial that fails is one that failed, whatever the reason
            record.failed = reason_of(error)
        return record

    def _enter(self, record: TrialRecord, pairs: Sequence[tuple[_Trained, _Trained]], *, comparable: bool) -> None:
        before, after = (np.mean([pair[place].rows for pair in pairs], axis=0) for place in (0, 1))
        gain = after - before
        record.seeds = len(pairs)
        record.before, record.after = finite(self.metric.value(before)), finite(self.metric.value(after))
        record.gain, record.gain_error = finite(gain.mean()), finite(standard_error(gain))
        worst = min(float((pair[1].rows - pair[0].rows).mean()) for pair in pairs)
        if len(pairs) > 1 and worst <= 0 < (record.gain or 0.0):
            record.gain = 0.0  # one pair gains and the other does not: that is noise between seeds
        if comparable:
            ratio = max(pair[1].loss / pair[0].loss if pair[0].loss > 0 else np.inf for pair in pairs)
            record.loss_before = finite(np.mean([pair[0].loss for pair in pairs]))
            record.loss_after = finite(ratio * record.loss_before) if record.loss_before else None

    def _as_it_is(self, seed: int) -> _Trained:
        if seed not in self._before:
            self._before[seed] = self._train((), seed)
        return self._before[seed]

    def _train(self, edits: Sequence[Edit], seed: int) -> _Trained:
        shortened = shorten(edits, self.spec, self.steps)
        with preserve_rng():
            keras.utils.set_random_seed(seed)
            spec = edited(self.spec, shortened, seed=seed, keep_weights=seed == self.seed or not self._fresh)
            fit_steps(spec, seed, self.steps)
            x, y = spec.data["validation_data"][:2]
            found = _Trained(scores(spec, x, y, self.metric), _loss(spec.model, x, y))
        free_dropped(size_of(spec.model))
        return found


def try_remedies(spec: TrainingSpec, run: Run, suspected: Sequence[Finding], *, deadline: float, seed: int = 0) -> None:
    """Try the first remedies of suspected faults, and enter the trials into the Run.

    Args:
        spec: as it was trained, with its first weights.
        run: its Run.
        suspected: faults, the worst first.
        deadline: on `time.monotonic`; a trial that has begun is finished.
        seed: of the trials.
    """
    made: list[TrialRecord] = []
    run.experiments.trials = made
    if spec.validation is None:
        run.not_measured["trials"] = "without validation rows, remedies cannot be compared"
        return
    trials = PairedTrials(spec.in_arrays(), min(run.fit.planned_steps or MOST_STEPS, MOST_STEPS), deadline, seed)
    causes = list(suspected)[:MOST_CAUSES]
    with stage("", len(causes), counter=""):
        for finding in causes:
            with stage(f"Trying remedies for {finding.rule.name.replace('-', ' ')}"):
                made += _try(trials, run, finding)


def _try(trials: PairedTrials, run: Run, finding: Finding) -> list[TrialRecord]:
    """Try the first remedies of one finding, up to the first that gains."""
    proposals = propose([finding], run, trials.spec, safe_only=False)
    found: list[TrialRecord] = []
    for proposal in _of_different_remedies([*proposals.certain, *proposals.searched])[:MOST_REMEDIES]:
        if trials.is_late:
            run.not_measured["trials"] = "the budget was spent before all remedies were tried"
            break
        found.append(trials.of(finding.rule.id, proposal))
        if gains(found[-1]):
            break
    return found


def _of_different_remedies(proposals: Sequence[Proposal]) -> list[Proposal]:
    """Return the first candidate of each remedy, then the others."""
    first: dict[tuple[str, ...], Proposal] = {}
    for each in proposals:
        first.setdefault(each.remedies, each)
    return [*first.values(), *(each for each in proposals if first[each.remedies] is not each)]


def _loss(model: keras.Model, x: Any, y: Any) -> float:
    """Return the loss of rows in inference mode, without penalties; NaN where the model's loss does not say."""
    try:
        return engine.InferenceProbe(model, x, y, ())().loss
    except Exception:  # noqa: BLE001 -- a step of the user's own may ask for what a look cannot give
        return float("nan")
