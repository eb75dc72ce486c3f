"""What is left to do once the faults are mended: train on what still learns, calm what does not settle, regularize.

How long a training was to be, and at what rate, was chosen while its fault stood. Once that is mended the net learns:
its validation loss may be at its lowest when the training ends, or jump about because the rate is never lowered, or
stand well above that of the training rows, too little for a fault and enough to gain from a penalty or from dropout.
"""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import keras
import numpy as np

from trainwell.edits import ChangeFit, SetSchedule, StopEarly, edited
from trainwell.experiments.proposals import Proposal
from trainwell.experiments.scoring import scores
from trainwell.experiments.trial import TrialOutcome, reason_of, split_rate
from trainwell.progress import stage
from trainwell.remedies import Case, NoRemedy, all_remedies
from trainwell.repairing.recorded import train
from trainwell.rule import NotMeasured
from trainwell.run import Losses
from trainwell.run.best import Best
from trainwell.statistics import standard_error

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.edits import Edit
    from trainwell.repairing.recorded import RecordedTraining
    from trainwell.repairing.state import State

_LATE = 0.25  # of the epochs: the lowest loss lies in them
_FALLS = 0.02  # of the loss: by so much more it is lower there than ever before
_FEWEST = 3  # epochs that tell a course
_RISES = 0.25  # of all the way that the loss goes in the second half is upwards, and as much downwards: noise has half
_ABOVE = 0.2  # of its lowest value: so much higher is its mean there
_GAP = 0.1  # of the constant answer's loss: so far apart lie validation and training loss
_HEART = 0.8  # of the validation loss: the training loss lies below
_REGULARIZERS = ("dropout", "l2-penalty")


def is_still_learning(losses: list[float]) -> bool:
    """Whether a course of validation losses, an epoch each, gets to new lows in its last quarter.

    Example:
    >>> is_still_learning([1.0, 0.8, 0.6, 0.5, 0.4])
    True
    >>> is_still_learning([1.0, 0.5, 0.4, 0.41, 0.42])
    False
    """
    course = np.asarray(losses, float)
    late = max(1, round(_LATE * len(course)))
    if len(course) < _FEWEST or not np.isfinite(course).all():
        return False
    before = course[:-late].min()
    return bool(before - course[-late:].min() > _FALLS * abs(before))


def is_restless(losses: list[float]) -> bool:
    """Whether a course of validation losses goes up and down in its second half, well above its lowest.

    Example:
    >>> is_restless([1.0, 0.4, 0.6, 0.2, 0.5, 0.3])
    True
    >>> is_restless([1.0, 0.5, 0.3, 0.2, 0.21, 0.22])
    False
    """
    course = np.asarray(losses, float)
    half = course[len(course) // 2 :]
    if len(half) < _FEWEST or not np.isfinite(course).all():
        return False
    ways = np.diff(half)
    up, down = ways[ways > 0].sum(), -ways[ways < 0].sum()
    both = min(up, down) > _RISES * (up + down)
    return bool(both and np.mean(half) > (1 + _ABOVE) * course.min() > 0)


def finish(state: State) -> None:
    """Trains what was accepted for longer, down a schedule, or under a regularizer, where it lacks that."""
    if not state.accepted.edits or state.is_late:
        return
    lacking = finished(state.accepted, state.best)
    if lacking is not None:
        proposal, reason = lacking
        after = state.trained(proposal)
        if after is not None and is_better(after, state.best):
            state.replace(proposal, after, reason)
        elif after is not None:
            state.enter(proposal, after, f"{reason}, and this is no better")
    _regularize(state, regularized(state.accepted, state.best, safe_only=state.safe_only))


def _regularize(state: State, proposals: list[Proposal]) -> None:
    """Trains each whole, without a look; the best of those that gain more than noise, or lower the loss, is kept."""
    tried: list[tuple[float, int, Proposal]] = []
    for proposal in proposals:
        if state.is_late:
            return
        result, chosen_by, losses = _trained(state, proposal)
        place = state.trail.add("final", proposal.remedies, proposal.edits[-1:], [state.seed], result)
        surer = is_surer(result.mean, losses, state.best)
        if chosen_by is not None and (surer or gains(chosen_by, state.best.chosen_by)):
            tried.append((result.mean, place, proposal))
        else:
            state.trail.reject(place, "a regularizer gains nothing here")
    kept = False
    for _, place, proposal in sorted(tried, key=lambda each: -each[0]):
        if kept:
            state.trail.reject(place, "another one gained more")
            continue
        after = state.trained(proposal)
        kept = after is not None and (after.diagnosis.healthy or not state.best.diagnosis.healthy)
        if after is None:
            state.trail.reject(place, "it could not be trained again")
        elif kept:
            state.replace(proposal, after, "a regularizer gains")
        else:
            state.trail.reject(place, f"it trains with a fault: {after.diagnosis.faults[0].rule.name}")


def _trained(state: State, proposal: Proposal) -> tuple[TrialOutcome, np.ndarray | None, list[float]]:
    """A whole training without a look, the scores of the rows that choose, and validation losses; none if it failed."""
    began = time.monotonic()
    try:
        spec = edited(state.spec, proposal.edits, seed=state.seed)
        with stage(f"The whole training with {proposal.words}"):
            steps, history = train(spec, state.seed)
        x, y = spec.data["validation_data"][:2]
        chosen_by = scores(spec, x, y, state.metric)
    except Exception as error:  # noqa: BLE001 -- a training that fails is one that failed, whatever the reason
        return TrialOutcome((), 0, time.monotonic() - began, reason_of(error)), None, []
    tried = TrialOutcome((float(chosen_by.mean()),), steps, time.monotonic() - began)
    return tried, chosen_by, history["val_loss"]


def finished(accepted: Proposal, watched: RecordedTraining) -> tuple[Proposal, str] | None:
    """The accepted edits with what their training still lacks, and why; `None` where it lacks nothing.

    Args:
        accepted: edits so far.
        watched: the training that they gave. One whose rate follows a schedule to its end lacks nothing.
    """
    losses = watched.history.get("val_loss", [])
    if watched.cut or watched.diagnosis.run.compile.schedule is not None:
        return None
    epochs, stops = watched.spec.fit["epochs"], _stops(watched)
    if len(losses) == epochs and is_still_learning(losses):
        longer = _asked("more-epochs", watched)  # in front: a schedule or a patience told later knows of it
        before = tuple(edit for edit in longer if isinstance(edit, ChangeFit))
        after = tuple(edit for edit in longer if not isinstance(edit, ChangeFit))
        kept = _without(accepted.edits, stops=bool(after))
        proposal = Proposal((*accepted.remedies, "more-epochs"), (*before, *kept, *after))
        return (proposal, "it was still learning when it ended") if longer else None
    if (len(losses) == epochs or stops) and is_restless(losses):
        calmed = _no_higher(_asked("one-cycle", watched), watched)
        whole = (StopEarly(epochs),) if stops else ()  # the schedule is gone through, and the best epoch kept
        kept = _without(accepted.edits, stops=bool(whole), rate=True)
        proposal = Proposal((*accepted.remedies, "one-cycle"), (*kept, *calmed, *whole))
        return (proposal, "its validation loss did not settle") if calmed else None
    return None


def regularized(accepted: Proposal, watched: RecordedTraining, *, safe_only: bool) -> list[Proposal]:
    """The accepted edits with each of the penalties and rates of dropout that might narrow the gap between the losses.

    Empty where there is none to speak of, or where the architecture of the net cannot be edited.

    Args:
        accepted: edits so far.
        watched: the training that they gave.
        safe_only: leave out what changes the architecture.
    """
    try:
        losses = Losses.of(watched.diagnosis.run)
        best = Best.of(losses)
    except NotMeasured:
        return []
    if losses.share(best.end - best.training_end) < _GAP or best.training_end > _HEART * best.end:
        return []
    found = []
    for name in _REGULARIZERS:
        if not (safe_only and all_remedies()[name].safety == "unsafe"):
            found += [accepted + Proposal((name,), edits) for edits in _candidates(name, watched)]
    return found


def gains(after: np.ndarray, before: np.ndarray) -> bool:
    """Whether the scores of the same rows rise by more than the standard error of their mean.

    Example:
    >>> gains(np.array([1.0, 1, 1, 0]), np.array([0.0, 1, 0, 0]))
    True
    >>> gains(np.array([1.0, 0, 1, 0]), np.array([0.0, 1, 0, 0]))
    False
    """
    differences = after - before
    return float(differences.mean()) > standard_error(differences)


def is_better(after: RecordedTraining, before: RecordedTraining) -> bool:
    """Whether that gained: no row's worth is lost, the validation loss is lower, and no new fault shows."""
    sound = after.diagnosis.healthy or not before.diagnosis.healthy
    return sound and is_surer(after.selection, after.history["val_loss"], before)


def is_surer(mean: float, losses: list[float], before: RecordedTraining) -> bool:
    """Whether no row's worth is lost, and the validation loss, penalties in it, falls below what it was.

    Args:
        mean: of the scores of the rows that choose.
        losses: validation losses by epoch.
        before: the training that it is compared with.
    """
    return (
        min(losses, default=math.inf) < (1 - _FALLS) * min(before.history["val_loss"], default=math.inf)
        and mean >= before.selection
    )


def _no_higher(edits: tuple[Edit, ...], watched: RecordedTraining) -> tuple[Edit, ...]:
    """Schedules whose peak is at most the rate that the training had: what does not settle needs no higher one."""
    rates = watched.diagnosis.run.probes.rates
    rate = math.inf if rates is None else rates.rate
    return tuple(
        replace(edit, arguments={**edit.arguments, "peak": min(edit.arguments["peak"], float(f"{rate:.3g}"))})
        if isinstance(edit, SetSchedule)
        else edit
        for edit in edits
    )


def _stops(watched: RecordedTraining) -> bool:
    given = keras.tree.flatten(watched.spec.fit.get("callbacks") or [])
    return any(isinstance(each, keras.callbacks.EarlyStopping) for each in given)


def _without(edits: Iterable[Edit], *, stops: bool, rate: bool = False) -> tuple[Edit, ...]:
    """The edits without those that a later one takes the place of: early stopping, a steady rate."""
    return tuple(
        edit
        for edit in edits
        if not (stops and isinstance(edit, StopEarly)) and not (rate and split_rate((edit,))[1] is not None)
    )


def _asked(name: str, watched: RecordedTraining) -> tuple[Edit, ...]:
    """The first candidate of a remedy, which needs no fault; none where it does not suit."""
    return next(iter(_candidates(name, watched)), ())


def _candidates(name: str, watched: RecordedTraining) -> list[tuple[Edit, ...]]:
    case = Case(watched.diagnosis.findings[0], watched.diagnosis.run, watched.spec)
    try:
        return [tuple(edits) for edits in all_remedies()[name].propose(case)]
    except NoRemedy:
        return []
