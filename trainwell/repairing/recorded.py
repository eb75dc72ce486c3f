"""A whole training under watch, and what it comes to: a diagnosis, scores, and the trained model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import keras
import numpy as np

from trainwell import engine
from trainwell.diagnosis import Diagnosis
from trainwell.diagnosis.diagnose import is_settled
from trainwell.diagnosis.gather import SHORT, Effort, gather
from trainwell.engine.generators import preserve_rng
from trainwell.experiments import BEFORE_TRAINING
from trainwell.experiments.scoring import scores
from trainwell.rules import judge

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from trainwell.experiments.scoring import Metric
    from trainwell.repairing.holdout import Holdout
    from trainwell.rule import Rule
    from trainwell.run import Run
    from trainwell.training_spec import TrainingSpec


@dataclass
class RecordedTraining:
    """A training that is over.

    Args:
        spec: whose model holds the weights reached.
        diagnosis: of the training.
        chosen_by: scores of the TrainingSpec's own validation rows, by which trials are compared.
        held: rows held back, and the score of each.
        history: logs by epoch; none where no step could be trained.
        steps, seconds: of the training, probes not counted.
        cut: whether it was shorter than it would be.
    """

    spec: TrainingSpec
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
        return self.diagnosis.run.fit.raised or ""


def watch(
    spec: TrainingSpec,
    held: Holdout,
    metric: Metric,
    *,
    rules: Sequence[Rule],
    ignore: Iterable[str] | str = (),
    deadline: float,
    seed: int,
    probe: bool = True,
) -> RecordedTraining:
    """Trains a TrainingSpec as it would be trained, and looks.

    Args:
        spec: with a model of its own, which ends at the weights reached.
        held: rows held back, as the TrainingSpec's edits have them.
        metric: that is compared.
        rules: that are judged by.
        ignore: selectors of rules that are left out.
        deadline: on `time.monotonic`.
        seed: of the order of the rows and of dropout.
        probe: whether short extra trainings look at what a training does not show. They are left out where a fatal
            fault shows in the facts alone.
    """
    spec.checked().compiled()

    def decide(run: Run) -> Effort:
        by_facts = is_settled(run, rules, ignore=ignore)
        if by_facts and run.fit.raised:
            return Effort((), (), SHORT, explained=True)
        if by_facts or not probe:
            return Effort(("baseline",), ())
        return Effort(experiments=tuple(BEFORE_TRAINING))

    with preserve_rng():
        keras.utils.set_random_seed(seed)
        gathered = gather(spec, decide=decide, deadline=deadline)
    run = gathered.run
    if gathered.weights is not None:  # a step could be trained
        spec.model.set_weights(gathered.weights)
    x, y = spec.data["validation_data"][:2]
    return RecordedTraining(
        spec,
        Diagnosis(run, tuple(judge(run, rules, ignore=ignore))),
        scores(spec, x, y, metric),
        (held.numbers, scores(spec, held.x, held.y, metric) if held.rows else np.zeros(0)),
        gathered.history,
        run.fit.steps or 0,
        run.fit.seconds or 0.0,
        bool(run.fit.cut),
    )


def train(spec: TrainingSpec, seed: int) -> tuple[int, dict[str, list[float]]]:
    """Trains a TrainingSpec as it would be trained, without a look; its model ends at the weights reached.

    Returns:
        The steps that it took, and logs by epoch.
    """
    with preserve_rng():
        keras.utils.set_random_seed(seed)
        history = engine.fit(
            spec.compiled(),
            spec.data["x"],
            spec.data["y"],
            validation_data=spec.data["validation_data"],
            sample_weight=spec.data.get("sample_weight"),
            **spec.fit,
            verbose=0,
        )
    return spec.steps_per_epoch * len(history.epoch), history.history
