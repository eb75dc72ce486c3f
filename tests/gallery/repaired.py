"""A case of the gallery under repair, and how far it gets beside its healthy twin."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import keras
import numpy as np

import trainwell as tw
from gallery.case import find
from gallery.skill import skill, train, validation_rows
from trainwell.errors import EditError
from trainwell.repairing.holdout import Holdout
from trainwell.trees import rows_in

if TYPE_CHECKING:
    from gallery.case import Case

NOISE = 0.05  # in skill, between two trainings of the same task


@dataclass(frozen=True)
class Repaired:
    """What became of one case.

    Args:
        case: its name.
        half: `"frozen"` or `"own"`.
        planted: the planted fault; None for a healthy case.
        outcome: as of `Repair`.
        edits: accepted, a line each.
        remedies: that they come from.
        before, after, twin: skill on the rows that the case is judged on.
        improvement: interval of the final comparison; None without one.
        healthy: whether our own rules call the answer healthy.
        trials: how many.
        trial_steps: of all trials.
        steps: of the final training.
        seconds: of everything.
        trial_seconds: of the trials.
    """

    case: str
    half: str
    planted: str | None
    outcome: str
    edits: tuple[str, ...]
    remedies: tuple[str, ...]
    before: float
    after: float
    twin: float
    improvement: tuple[float, float] | None
    healthy: bool
    trials: int
    trial_steps: int
    steps: int
    seconds: float
    trial_seconds: float

    @property
    def reaches_twin(self) -> bool:
        """Whether it gets where its twin gets, less the noise."""
        return self.after >= self.twin - NOISE

    @property
    def is_worse(self) -> bool:
        """Whether it lost by being repaired."""
        return self.after < self.before - NOISE


@cache
def skill_of(name: str, seed: int) -> float:
    """Of a case as it stands, trained as a person would train it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return train(find(name), seed).held_out


def repaired(case: Case, seed: int, **options) -> Repaired:
    """What `tw.repair` makes of a case, as a user would ask for it."""
    setup = case.build(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the one fault that Keras itself warns of
        began = time.monotonic()
        found = tw.repair(setup.compiled(), **setup.data, **setup.fit, **options)
        seconds = time.monotonic() - began
    before = skill_of(case.name, seed)
    tried = sum(trial.steps for trial in found.trials)
    return Repaired(
        case.name,
        case.half,
        case.fault,
        found.outcome,
        tuple(map(str, found.edits)),
        found.remedies,
        before,
        judged(case, setup, found, seed) if found.edits else before,
        before if case.twin is None else skill_of(case.twin, seed),
        None if found.evidence is None else (found.evidence.low, found.evidence.high),
        found.diagnosis.healthy,
        len(found.trials),
        tried,
        found.steps,
        seconds,
        sum(trial.seconds for trial in found.trials),
    )


def judged(case: Case, setup, found: tw.Repair, seed: int) -> float:
    """Skill of the repaired TrainingSpec on the rows that the case is judged on."""
    if case.judged_on == "twin":  # right as they are
        x, y = validation_rows(find(case.twin).build(seed))
    else:
        x, y = validation_rows(setup)
        rows = rows_in(y)
        try:
            held = Holdout(x, y, np.arange(rows)).after(found.edits, setup)
            x, y = held.x, held.y
        except EditError:
            return float("nan")
    return skill(found.spec, x, y)


def repaired_labels():
    """Labels 1 and 2 under a sigmoid, and too few epochs for what is learned once they are 0 and 1."""
    x = np.random.default_rng(0).normal(size=(800, 6)).astype("float32")
    y = (x[:, 0] * x[:, 1] + x[:, 2] > 0).astype("int32") + 1
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(24, "relu"), keras.layers.Dense(1, "sigmoid")])
    model.compile(keras.optimizers.Adam(3e-3), "binary_crossentropy", metrics=["accuracy"])
    return tw.repair(model, x[:500], y[:500], validation_data=(x[500:], y[500:]), epochs=6)
