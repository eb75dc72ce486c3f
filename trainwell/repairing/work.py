"""`tw.repair`: diagnose, try the remedies, accept on evidence, return a model that trains."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from trainwell.diagnosis.diagnose import checked_budget, make_job
from trainwell.edits import edited
from trainwell.engine.restoring import build
from trainwell.errors import EditError, InputError
from trainwell.repairing.finishing import finished, gains, is_better, regularized
from trainwell.repairing.holding import FEWEST_ROWS, Held, folds, hold_back, hold_back_from_all, with_validation
from trainwell.repairing.proposing import Proposal, propose
from trainwell.repairing.proving import compare
from trainwell.repairing.result import Evidence, Repair, Score
from trainwell.repairing.scoring import choose_metric, scores
from trainwell.repairing.searching import FEWEST_STEPS, Search
from trainwell.repairing.spreading import SpreadBench
from trainwell.repairing.trail import Trail
from trainwell.repairing.trying import Bench, Tried, is_fresh
from trainwell.repairing.watched import Watched, train, watch
from trainwell.rules import selected
from trainwell.setup import Setup
from trainwell.trees import rows_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import keras

    from trainwell.diagnosis.gather import Job
    from trainwell.edits import Edit
    from trainwell.repairing.result import Outcome, Trial
    from trainwell.repairing.scoring import Metric
    from trainwell.repairing.searching import Found
    from trainwell.rule import Rule

MOST_ROUNDS = 4
_CONFIRMING = 0.15  # of the final training's steps
_SEARCHING = 1.2
_LONGEST = 0.5  # of the final training's steps, for one trial
_FOLDS = 3
_OF_THE_SPLIT = ("unrepresentative-validation", "leaked-validation", "validation-scaled-differently")
_LARGEST_SEED = 2**32 - 1


def repair(
    model: keras.Model,
    x: Any = None,
    y: Any = None,
    batch_size: int | None = None,
    epochs: int = 10,
    *,
    validation_data: Any = None,
    validation_split: float = 0.0,
    callbacks: Any = None,
    shuffle: bool = True,
    class_weight: dict[int, float] | None = None,
    sample_weight: Any = None,
    budget: float = 600.0,
    metric: Any = None,
    direction: str | None = None,
    safe_only: bool = False,
    seed: int = 0,
    workers: int = 1,
    rules: Iterable[str] | str = "all",
    ignore: Iterable[str] | str = (),
    told: Callable[[Trial], None] = lambda _: None,
) -> Repair:
    """Finds out why `model` does not train well on these data, tries remedies, proves one, and returns what it gives.

    The model is diagnosed; each cause's remedies propose edits. Faults that are contradictions in data or code are
    mended at once; the others' edits are tried in short trainings from the same weights, on the same batches. What is
    accepted is trained as it would be trained, diagnosed again, and compared with the Setup as it was given on rows
    that no trial saw. The model that is given stays as it is.

    Args:
        model: a compiled Keras model of any kind. Layers of a subclassed one cannot be edited; the rest can.
        x: inputs `(rows, ...)`: an array, or a list or dictionary of arrays.
        y: targets `(rows, ...)`, in the same forms.
        batch_size: rows per step; 32 where not given.
        epochs: of the training.
        validation_data: `(x, y)` or `(x, y, sample_weight)`; without, some training rows are split off.
        validation_split: share in [0, 1) of the last rows to validate on, as of `fit`.
        callbacks: those of the training that steer it (early stopping, learning rates); others are left out.
        shuffle: as of `fit`.
        class_weight: as of `fit`.
        sample_weight: as of `fit`.
        budget: seconds at most, above 0. Trials are planned in steps; where the clock ends the search, the result is
            the best so far, and it says so.
        metric: what is to become better: `"accuracy"`, `"balanced accuracy"`, `"R²"`, a loss of `keras.losses` by name,
            or a function of targets and outputs that gives a number for each row; chosen by the targets otherwise.
        direction: `"max"` or `"min"`, for a function.
        safe_only: never change the architecture.
        seed: of everything that is drawn.
        workers: processes that the trials are spread over; the result is the same whatever their number.
        rules: which rules to judge by, as of `tw.diagnose`.
        ignore: rules to leave out.
        told: called with each trial when it is over.

    Returns:
        The repair; `print` shows it. Its `model` is trained, compiled and ready to use.

    Raises:
        InputError: something given cannot be used.

    Example:
    >>> import keras, numpy as np, trainwell as tw
    >>> keras.utils.set_random_seed(0)
    >>> x = np.random.default_rng(0).normal(size=(1000, 4))
    >>> y = np.sign(x[:, :1])
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
    >>> model.compile(optimizer=keras.optimizers.Adam(0.05), loss="binary_crossentropy")
    >>> repaired = tw.repair(model, x, y, epochs=5)
    >>> repaired.outcome, repaired.remedies[:1]
    ('repaired', ('labels-from-0-to-1',))
    """
    deadline = time.monotonic() + checked_budget(budget)
    _check(seed, workers)
    chosen = selected(rules)
    job = make_job(
        model,
        x,
        y,
        batch_size=batch_size,
        epochs=epochs,
        validation_data=validation_data,
        validation_split=validation_split,
        callbacks=callbacks,
        shuffle=shuffle,
        class_weight=class_weight,
        sample_weight=sample_weight,
    )
    given = setup_of(job)
    build(model, *job.data.some(job.batch_size))
    figure = choose_metric(given, metric, direction)
    work = _Work(given, figure, chosen, ignore, deadline, seed, workers, safe_only=safe_only, trail=Trail(told))
    return work.done()


def setup_of(job: Job) -> Setup:
    """The Setup of a checked job, with its validation rows apart."""
    data: dict[str, Any] = {"x": job.data.x, "y": job.data.y}
    if job.data.held is not None:
        data["validation_data"] = job.data.held
    if job.data.sample_weight is not None:
        data["sample_weight"] = job.data.sample_weight
    fit: dict[str, Any] = {"epochs": job.epochs, "batch_size": job.batch_size}
    if not job.shuffle:
        fit["shuffle"] = job.shuffle
    if job.class_weight is not None:
        fit["class_weight"] = job.class_weight
    if job.callbacks:
        fit["callbacks"] = job.callbacks
    return Setup(job.model, {name: each for name, each in job.arguments.items() if each is not None}, data, fit)


@dataclass
class _Work:
    """One repair while it goes on; arguments as of `repair`."""

    given: Setup
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
    accepted: Proposal = field(default_factory=lambda: Proposal((), ()))
    all_certain: bool = True
    divided_anew: bool = False

    def done(self) -> Repair:
        """The whole of it."""
        self.whole, self.prelude = with_validation(self.given)
        if self.prelude:
            self.notes.append(f"No validation data were given. {self.prelude[0]}.")
        self.setup, self.held = self._divided()
        self.first = self._watched(())
        wrong = self._wrong_split(self.first)
        if wrong and self.held.rows:
            self._divide_anew(wrong)
        self.best = self.first
        if self.first.diagnosis.healthy:
            return self._result("no repair found" if self._is_late else "nothing to repair", None)
        try:
            self._go_round()
            self._finish()
        except KeyboardInterrupt:
            self.notes.append("Stopped by Ctrl-C: this is the best so far.")
        return self._proved()

    @staticmethod
    def _wrong_split(watched: Watched) -> str:
        """The fault that makes the validation rows no judge of a training; `""` for none."""
        named = (each.rule.name for each in watched.diagnosis.faults)
        return next((name for name in named if name in _OF_THE_SPLIT), "")

    def _divided(self) -> tuple[Setup, Held]:
        rows = rows_in(self.whole.data["x"]) + rows_in(self.whole.data["validation_data"][0])
        if rows < FEWEST_ROWS:
            self.notes.append(
                f"There are {rows} rows: before and after are compared by {_FOLDS}-fold cross-validation."
            )
            empty = np.zeros(0, int)
            return self.whole, Held(None, None, empty)
        setup, held = hold_back(self.whole, self.seed)
        kept = rows_in(setup.data["validation_data"][0])
        self.notes.append(
            f"Of the validation rows {kept} choose among trials, and {held.rows} are held back to the end."
        )
        return setup, held

    def _divide_anew(self, fault: str) -> None:
        """Holds back other rows where the validation rows are part of the fault."""
        self.setup, self.held = hold_back_from_all(
            self.whole, self.seed, pooled=fault != "validation-scaled-differently"
        )
        self.notes.append(
            f"The validation rows are part of the fault: {self.held.rows} rows drawn from all are held back instead."
        )
        self.divided_anew = True
        found = self.first.diagnosis
        self.first = replace(self._watched((), probe=False), diagnosis=found)

    def _watched(self, edits: tuple[Edit, ...], *, probe: bool = True) -> Watched:
        setup = edited(self.setup, edits, seed=self.seed)
        held = self.held.after(edits, self.setup) if self.held.rows else self.held
        return watch(
            setup,
            held,
            self.metric,
            rules=self.rules,
            ignore=self.ignore,
            deadline=self.deadline,
            seed=self.seed,
            probe=probe,
        )

    @property
    def _is_late(self) -> bool:
        return time.monotonic() > self.deadline

    def _go_round(self) -> None:
        bench = SpreadBench.of(Bench(self.setup, self.metric, is_fresh(self.setup)), self.workers)
        for number in range(1, MOST_ROUNDS + 1):
            self.trail.round = number
            if self._is_late or self.best.diagnosis.healthy:
                return
            proposals = propose(self.best.diagnosis, self.best.setup, safe_only=self.safe_only, excluded=self.excluded)
            self.advice += [each for each in proposals.advice if each not in self.advice]
            for name, reason in proposals.refused:
                if (name, reason) not in self.refused:
                    self.trail.add("search", (name,), (), (), Tried((), 0, 0.0, reason))
            self.refused.update(proposals.refused)
            if proposals.certain:
                together = self._confirmed(bench, proposals.certain)
                if together is not None:
                    self._take_certain(bench, together, proposals.searched)
            elif proposals.searched:
                found = self._searched(bench, proposals.searched)
                if found is None:
                    return
                self._take_found(found)
            else:
                return

    def _take_certain(self, bench: Bench, together: Proposal, others: list[Proposal]) -> None:
        """Takes edits that answer contradictions, and what a search for the other faults finds on top of them.

        Only edits of `fit` leave what was measured for the others as it was; after all else it is measured anew.
        """
        found = None
        if others and all(edit.part == "fit" for edit in together.edits):
            found = self._searched(bench, [together + each for each in others])
            self.excluded += others
        if found is None:
            self._take(together, certain=True)
        else:
            self._take_found(found)

    @property
    def _final_steps(self) -> int:
        return self.best.setup.steps_per_epoch * self.best.setup.fit["epochs"]

    def _confirmed(self, bench: Bench, proposals: list[Proposal]) -> Proposal | None:
        """All of them together, where each can be applied and a short training of them is one."""
        together = Proposal((), ())
        for proposal in proposals:
            try:
                edited(self.setup, (*self.accepted.edits, *together.edits, *proposal.edits), seed=self.seed)
            except EditError as error:
                self.trail.add("confirming", proposal.remedies, proposal.edits, (), Tried((), 0, 0.0, error.message))
                self.excluded.append(proposal)
                continue
            together = together + proposal
        if not together.edits:
            return None
        steps = max(FEWEST_STEPS, round(_CONFIRMING * self._final_steps))
        tried = bench.train((*self.accepted.edits, *together.edits), [self.seed], steps, self.seed)
        self.trail.add("confirming", together.remedies, together.edits, [self.seed], tried)
        if tried.failed:
            self.excluded += [together, *proposals]
            return None
        return together

    def _searched(self, bench: Bench, proposals: list[Proposal]) -> Found | None:
        search = Search(
            bench,
            self.accepted.edits,
            self.seed,
            steps=round(_SEARCHING * self._final_steps),
            longest=max(FEWEST_STEPS, round(_LONGEST * self._final_steps)),
            trail=self.trail,
            out_of_time=lambda: self._is_late,
        )
        found = search.best(proposals)
        self.excluded += [each for each in proposals if found is None or each.told != found.proposal.told]
        return found

    def _take_found(self, found: Found) -> None:
        """Takes what a search found; the runner-up, where the winner's trials promised more than a whole training kept.

        A rate that is best in a short training may be too high for a long one.
        """
        base = self.accepted
        after = self._take(found.proposal, certain=False)
        if found.others and not self._is_late and after.selection < found.score - self._noise(after):
            self._take(found.others[0], certain=False, onto=base)

    def _take(self, found: Proposal, *, certain: bool, onto: Proposal | None = None) -> Watched:
        """Trains what was found as it would be trained, and keeps it where it holds.

        Args:
            found: edits that go on top.
            certain: whether they mend contradictions.
            onto: of these, where not of those accepted last: then it must get further than what was accepted instead.
        """
        together = (self.accepted if onto is None else onto) + found
        began = time.monotonic()
        after = self._watched(together.edits)
        asked = self.best.selection - self._noise(after) if onto is None else np.nextafter(self.best.selection, np.inf)
        if certain and self._wrong_split(self.best):  # the rows that were to choose are part of the fault
            asked = -math.inf
        if math.isfinite(after.selection) and after.selection >= asked:
            if self.accepted.edits:  # what was thought to be the end was on the way
                self._replace(together, after, "more could be mended" if onto is None else "the runner-up gains")
            else:
                self.accepted, self.best = together, after
            self.all_certain = self.all_certain and certain
            return after
        tried = Tried((after.selection,), after.steps, time.monotonic() - began)
        place = self.trail.add("final", together.remedies, found.edits, [self.seed], tried)
        self.trail.reject(
            place, f"trained whole, it reaches {after.selection:.3g}, and {self.best.selection:.3g} was there"
        )
        self.excluded.append(found)
        return after

    def _finish(self) -> None:
        """Trains what was accepted for longer, down a schedule, or under a regularizer, where it lacks that."""
        if not self.accepted.edits or self._is_late:
            return
        lacking = finished(self.accepted, self.best)
        if lacking is not None:
            proposal, reason = lacking
            after = self._watched(proposal.edits)
            if is_better(after, self.best):
                self._replace(proposal, after, reason)
            else:
                self._enter(proposal, after, f"{reason}, and this is no better")
        self._regularize(regularized(self.accepted, self.best, safe_only=self.safe_only))

    def _regularize(self, proposals: list[Proposal]) -> None:
        """Trains each whole, without a look; the one that gains most is kept where it gains more than noise."""
        tried: list[tuple[float, int, Proposal]] = []
        for proposal in proposals:
            if self._is_late:
                return
            began = time.monotonic()
            setup = edited(self.setup, proposal.edits, seed=self.seed)
            steps = train(setup, self.seed)
            x, y = setup.data["validation_data"][:2]
            chosen_by = scores(setup, x, y, self.metric)
            result = Tried((float(chosen_by.mean()),), steps, time.monotonic() - began)
            place = self.trail.add("final", proposal.remedies, proposal.edits[-1:], [self.seed], result)
            if gains(chosen_by, self.best.chosen_by):
                tried.append((result.mean, place, proposal))
            else:
                self.trail.reject(place, "a regularizer gains nothing here")
        kept = False
        for _, place, proposal in sorted(tried, key=lambda each: -each[0]):
            if kept:
                self.trail.reject(place, "another one gained more")
                continue
            after = self._watched(proposal.edits)
            kept = after.diagnosis.healthy or not self.best.diagnosis.healthy
            if kept:
                self._replace(proposal, after, "a regularizer gains")
            else:
                self.trail.reject(place, f"it trains with a fault: {after.diagnosis.faults[0].rule.name}")

    def _replace(self, proposal: Proposal, after: Watched, reason: str) -> None:
        """Keeps another training instead of the best so far."""
        self._enter(self.accepted, self.best, reason)
        self.accepted, self.best = proposal, after

    def _enter(self, proposal: Proposal, watched: Watched, reason: str) -> None:
        tried = Tried((watched.selection,), watched.steps, watched.seconds)
        self.trail.reject(self.trail.add("final", proposal.remedies, proposal.edits, [self.seed], tried), reason)

    def _noise(self, after: Watched) -> float:
        """Two standard errors of a mean over the rows that choose."""
        return 2 * float(np.std(after.chosen_by)) / math.sqrt(len(after.chosen_by))

    def _proved(self) -> Repair:
        if not self.accepted.edits:
            return self._result("no repair found", None)
        evidence = self._evidence()
        mended = self.all_certain and evidence.high >= 0
        good = mended or (evidence.low >= 0 and evidence.improvement > 0)
        if not good:
            self._enter(self.accepted, self.best, "on rows that no trial saw it is not surely better")
            self.accepted, self.best = Proposal((), ()), self.first
            return self._result("no repair found", evidence)
        if evidence.low < 0:
            self.notes.append(
                "The edits mend contradictions in data or code; what they gain on the metric is within noise."
            )
        return self._result("repaired", evidence)

    def _evidence(self) -> Evidence:
        if self.held.rows:
            return compare([self.first.held], [self.best.held], self.seed, "held back")
        before, after = [], []
        for setup, held in folds(self.whole, self.seed, _FOLDS):
            for edits, into in (((), before), (self.accepted.edits, after)):
                one = edited(setup, edits, seed=self.seed)
                train(one, self.seed)
                kept = held.after(edits, setup)
                into.append((kept.numbers, scores(one, kept.x, kept.y, self.metric)))
        return compare(before, after, self.seed, "cross-validated")

    def _result(self, outcome: Outcome, evidence: Evidence | None) -> Repair:
        late = self._is_late and outcome != "nothing to repair"
        if late:
            self.notes.append("The budget was spent: this is the best so far.")
        setup, steps = self.best.setup, self.best.steps
        if (self.best.cut or self.divided_anew) and not late:
            whole = self.whole if self.divided_anew else self.setup
            setup = edited(whole, self.accepted.edits, seed=self.seed)
            steps = train(setup, self.seed)
            self.notes.append(
                "The model was trained again with the rows that were held back."
                if self.divided_anew
                else "Before and after were compared after a part of the training; the model was trained whole."
            )
        left = {each.rule.name for each in self.best.diagnosis.faults}
        return Repair(
            outcome,
            setup.model,
            setup,
            self.given,
            (*self.prelude, *self.accepted.edits) if self.accepted.edits else (),
            self.accepted.remedies,
            tuple(dict.fromkeys(sentence for name, sentence in self.advice if outcome != "repaired" or name in left)),
            self.trail.trials,
            self._score(self.first),
            self._score(self.best),
            evidence,
            self.best.diagnosis,
            self.first.diagnosis,
            steps,
            tuple(self.notes),
            late,
        )

    def _score(self, watched: Watched) -> Score:
        rows = watched.held[1] if len(watched.held[1]) else watched.chosen_by
        return Score(self.metric.name, self.metric.value(rows), len(rows), watched.history)


def _check(seed: int, workers: int) -> None:
    if not 0 <= seed <= _LARGEST_SEED:
        raise InputError(f"seed is {seed!r}.", f"Give a whole number from 0 to {_LARGEST_SEED}.")
    if not isinstance(workers, int) or isinstance(workers, bool) or workers < 1:
        raise InputError(f"workers is {workers!r}.", "Give a whole number of at least 1.")
