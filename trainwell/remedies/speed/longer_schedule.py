"""Let the schedule last as long as the training.

A schedule that counts epochs where steps are meant is at its end within moments.

Source: Keras documentation, ExponentialDecay
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.edits import SetSchedule
from trainwell.remedies.remedy import NoRemedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainwell.remedies.remedy import Candidate, Case


@remedy(safety="safe")
def longer_schedule(case: Case) -> Iterable[Candidate]:
    """An exponential decay to a tenth over all steps, from the same first rate."""
    optimizer = case.spec.compile["optimizer"]
    told = optimizer.get_config().get("learning_rate") if hasattr(optimizer, "get_config") else None
    if not isinstance(told, dict):
        raise NoRemedy("the rate follows no schedule")
    if "initial_learning_rate" not in told.get("config", {}):
        raise NoRemedy("the schedule has no first rate that a longer one could begin at")
    steps = case.spec.steps_per_epoch * case.spec.fit["epochs"]
    settings = {
        "initial_learning_rate": told["config"]["initial_learning_rate"],
        "decay_steps": steps,
        "decay_rate": 0.1,
    }
    yield (SetSchedule("ExponentialDecay", settings),)
