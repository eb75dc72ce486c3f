"""A Setup under watch while a recipe trains it: no probes, no copy, the same weights."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from trainwell.diagnosis.job import job_of
from trainwell.diagnosis.plan import Plan
from trainwell.diagnosis.static_run import static_run
from trainwell.diagnosis.watched import Watched, only_the_baseline
from trainwell.engine.generators import generators_left_as_they_are

if TYPE_CHECKING:
    import keras

    from trainwell.diagnosis.observer import Observer
    from trainwell.engine import Recording
    from trainwell.run import Run
    from trainwell.setup import Setup


class WatchedSetup:
    """What watches the training of a Setup, compiled here.

    Args:
        setup: with arrays as data.
        callbacks: those that steer the training, for the facts.
    """

    def __init__(self, setup: Setup, callbacks: list[keras.callbacks.Callback]) -> None:
        self._job = job_of(setup, callbacks)
        with generators_left_as_they_are():
            self._watched = Watched.of(self._job, static_run(self._job))
            only_the_baseline(self._watched, self._job)
        self._steps = setup.steps_per_epoch
        self._began = time.monotonic()

    @property
    def observer(self) -> Observer:
        """A callback of the training."""
        return self._watched.observer

    @property
    def recording(self) -> Recording:
        """Signals of the training's steps."""
        return self._watched.recording

    def finish(self, history: dict[str, list[float]]) -> Run:
        """The Run, once the training is over."""
        planned = Plan(self._job.epochs, None, self._job.epochs * self._steps, cut=False)
        with generators_left_as_they_are():
            self._watched.finish(self._job, planned, history, time.monotonic() - self._began)
        return self._watched.run


def merged(facts: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Facts with more of them below the same keys; where both tell something, the first hold.

    Example:
    >>> merged({"fit": {"epochs": 3}}, {"fit": {"epochs": 9, "shuffle": True}, "probes": {}})
    {'fit': {'epochs': 3, 'shuffle': True}, 'probes': {}}
    """
    found = {**more, **facts}
    for key, value in facts.items():
        if isinstance(value, dict) and isinstance(more.get(key), dict):
            found[key] = merged(value, more[key])
    return found
