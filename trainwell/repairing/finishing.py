"""What is left to do once the faults are mended: train for longer what still learns, and calm what does not settle.

How long a training was to be, and at what rate, was chosen while its fault stood. Once that is mended the net learns:
its validation loss may be at its lowest when the training ends, or jump about because the rate is never lowered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
import numpy as np

from trainwell.edits import ChangeFit, StopEarly
from trainwell.remedies import Case, NoRemedy, all_remedies
from trainwell.repairing.proposing import Proposal
from trainwell.repairing.trying import split_rate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.edits import Edit
    from trainwell.repairing.watched import Watched

_LAST = 0.1  # of the epochs: the lowest loss lies in them
_LATE = 0.25  # of the epochs: by how much the loss fell in them
_FALLS = 0.02  # of the loss that is left
_FEWEST = 3  # epochs that tell a course
_RISES = 0.25  # of all the way that the loss goes in the second half is upwards, and as much downwards: noise has half
_ABOVE = 0.2  # of its lowest value: so much higher is its mean there


def is_still_learning(losses: list[float]) -> bool:
    """Whether a course of validation losses, an epoch each, ends at its lowest and on its way down.

    Example:
    >>> is_still_learning([1.0, 0.8, 0.6, 0.5, 0.4])
    True
    >>> is_still_learning([1.0, 0.5, 0.4, 0.41, 0.42])
    False
    """
    course = np.asarray(losses, float)
    count = len(course)
    if count < _FEWEST or not np.isfinite(course).all():
        return False
    lowest = int(np.argmin(course))
    earlier = course[max(0, count - 1 - max(1, round(_LATE * count)))]
    return lowest >= count - max(1, round(_LAST * count)) and earlier - course[-1] > _FALLS * abs(course[-1])


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


def finished(accepted: Proposal, watched: Watched) -> tuple[Proposal, str] | None:
    """The accepted edits with what their training still lacks, and why; `None` where it lacks nothing.

    Args:
        accepted: edits so far.
        watched: the training that they gave. One whose rate follows a schedule to its end lacks nothing.
    """
    losses = watched.history.get("val_loss", [])
    if watched.cut or watched.diagnosis.run.facts["compile"].get("schedule") is not None:
        return None
    epochs, stops = watched.setup.fit["epochs"], _stops(watched)
    if len(losses) == epochs and is_still_learning(losses):
        longer = _asked("more-epochs", watched)  # in front: a schedule or a patience told later knows of it
        before = tuple(edit for edit in longer if isinstance(edit, ChangeFit))
        after = tuple(edit for edit in longer if not isinstance(edit, ChangeFit))
        kept = _without(accepted.edits, stops=bool(after))
        proposal = Proposal((*accepted.remedies, "more-epochs"), (*before, *kept, *after))
        return (proposal, "it was still learning when it ended") if longer else None
    if (len(losses) == epochs or stops) and is_restless(losses):
        calmed = _asked("one-cycle", watched)
        whole = (StopEarly(epochs),) if stops else ()  # the schedule is gone through, and the best epoch kept
        kept = _without(accepted.edits, stops=bool(whole), rate=True)
        proposal = Proposal((*accepted.remedies, "one-cycle"), (*kept, *calmed, *whole))
        return (proposal, "its validation loss did not settle") if calmed else None
    return None


def is_better(after: Watched, before: Watched) -> bool:
    """Whether that gained: no row's worth is lost, the validation loss is lower, and no new fault shows."""
    lower = min(after.history["val_loss"]) < (1 - _FALLS) * min(before.history["val_loss"])
    sound = after.diagnosis.healthy or not before.diagnosis.healthy
    return lower and sound and after.selection >= before.selection


def _stops(watched: Watched) -> bool:
    given = keras.tree.flatten(watched.setup.fit.get("callbacks") or [])
    return any(isinstance(each, keras.callbacks.EarlyStopping) for each in given)


def _without(edits: Iterable[Edit], *, stops: bool, rate: bool = False) -> tuple[Edit, ...]:
    """The edits without those that a later one takes the place of: early stopping, a steady rate."""
    return tuple(
        edit
        for edit in edits
        if not (stops and isinstance(edit, StopEarly)) and not (rate and split_rate((edit,))[1] is not None)
    )


def _asked(name: str, watched: Watched) -> tuple[Edit, ...]:
    """The first candidate of a remedy, which needs no fault; none where it does not suit."""
    case = Case(watched.diagnosis.findings[0], watched.diagnosis.run, watched.setup)
    try:
        return next(iter(all_remedies()[name].propose(case)), ())
    except NoRemedy:
        return ()
