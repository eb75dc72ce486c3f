"""A whole training under watch, and what it comes to: a diagnosis, scores, and the trained model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from trainwell import engine
from trainwell.diagnosis import Diagnosis
from trainwell.diagnosis.diagnose import is_settled
from trainwell.diagnosis.gather import gather
from trainwell.diagnosis.job import job_of
from trainwell.engine.generators import generators_left_as_they_are
from trainwell.probes import PROBES
from trainwell.repairing.scoring import scores
from trainwell.rules import judge

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from trainwell.repairing.holding import Held
    from trainwell.repairing.scoring import Metric
    from trainwell.rule import Rule
    from trainwell.run import Run
    from trainwell.setup import Setup


@dataclass
class Watched:
    """A training that is over.

    Args:
        setup: whose model holds the weights reached.
        diagnosis: of the training.
        chosen_by: scores of the Setup's own validation rows, by which trials are compared.
        held: rows held back, and the score of each.
        history: logs by epoch; none where no step could be trained.
        steps, seconds: of the training, probes not counted.
        cut: whether it was shorter than it would be.
    """

    setup: Setup
    diagnosis: Diagnosis
    chosen_by: np.ndarray = field(repr=False)
    held: tuple[np.ndarray, np.ndarray]
    history: dict[str, list[float]] = field(repr=False)
    steps: int
    seconds: float
    cut: bool

    @property
    def selection(self) -> float:
        """The mean on the rows that choose among trials."""
        return float(np.mean(self.chosen_by))

    @property
    def raised(self) -> str:
        """What the loss or a metric raises, so that no step can be trained; `""` for nothing."""
        return self.diagnosis.run.facts["fit"]["raised"]


def watch(
    setup: Setup,
    held: Held,
    metric: Metric,
    *,
    rules: Sequence[Rule],
    ignore: Iterable[str] | str = (),
    deadline: float,
    seed: int,
    probe: bool = True,
) -> Watched:
    """Trains a Setup as it would be trained, and looks.

    Args:
        setup: with a model of its own, which ends at the weights reached.
        held: rows held back, as the Setup's edits have them.
        metric: that is compared.
        rules: that are judged by.
        ignore: selectors of rules that are left out.
        deadline: on `time.monotonic`.
        seed: of the order of the rows and of dropout.
        probe: whether short extra trainings look at what a training does not show. They are left out where a fatal
            fault shows in the facts alone.
    """
    found: dict[str, Any] = {}
    job = job_of(setup, list(setup.fit.get("callbacks") or []), deadline)
    model = job.model

    def settled(run: Run) -> bool:
        by_facts = is_settled(run, rules, ignore=ignore)
        if not probe or by_facts:
            job.probes = [name for name in PROBES if name == "baseline"]
        return by_facts and bool(run.facts["fit"]["raised"])

    def keep(history: dict[str, list[float]]) -> None:
        found["weights"] = model.get_weights()
        found["history"] = dict(history)

    job.settled, job.trained = settled, keep
    with generators_left_as_they_are():
        keras.utils.set_random_seed(seed)
        run = gather(job)
    if "weights" in found:  # a step could be trained
        model.set_weights(found["weights"])
    x, y = setup.data["validation_data"][:2]
    ran = run.facts["fit"]
    return Watched(
        setup,
        Diagnosis(run, tuple(judge(run, rules, ignore=ignore))),
        scores(setup, x, y, metric),
        (held.numbers, scores(setup, held.x, held.y, metric) if held.rows else np.zeros(0)),
        found.get("history", {}),
        int(ran["steps"]),
        float(ran["seconds"]),
        bool(ran["cut"]),
    )


def train(setup: Setup, seed: int) -> tuple[int, dict[str, list[float]]]:
    """Trains a Setup as it would be trained, without a look; its model ends at the weights reached.

    Returns:
        The steps that it took, and logs by epoch.
    """
    with generators_left_as_they_are():
        keras.utils.set_random_seed(seed)
        history = engine.fit(
            setup.compiled(),
            setup.data["x"],
            setup.data["y"],
            validation_data=setup.data["validation_data"],
            sample_weight=setup.data.get("sample_weight"),
            **setup.fit,
            verbose=0,
        )
    return setup.steps_per_epoch * len(history.epoch), history.history
