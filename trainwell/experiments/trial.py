"""A trial: a short training of an edited TrainingSpec, from the same weights and on the same batches as the others'."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from trainwell import engine
from trainwell.edits import Blueprint, ChangeOptimizer, edited
from trainwell.edits.blueprint import is_graph
from trainwell.engine.generators import preserve_rng
from trainwell.errors import InputError, is_memory
from trainwell.experiments.memory import MUCH, free_dropped, size_of
from trainwell.experiments.scoring import scores
from trainwell.progress import stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainwell.edits import Edit
    from trainwell.experiments.scoring import Metric
    from trainwell.training_spec import TrainingSpec

_STEERING = (keras.callbacks.LearningRateScheduler, keras.callbacks.ReduceLROnPlateau)


@dataclass(frozen=True)
class TrialOutcome:
    """What a trial brought.

    Args:
        scores: one a seed; empty where it could not be trained.
        steps, seconds: of all its trainings together.
        failed: why it could not be trained; `""` where it could.
    """

    scores: tuple[float, ...]
    steps: int
    seconds: float
    failed: str = ""

    @property
    def mean(self) -> float:
        """Over the seeds; minus infinity where there is none."""
        return float(np.mean(self.scores)) if self.scores else -np.inf


@dataclass(frozen=True)
class TrialRunner:
    """What all trials of a repair have in common.

    Args:
        spec: before any edit, with validation rows.
        metric: that is compared.
        fresh: whether its weights are new ones, which other seeds may draw anew; trained ones are kept.
    """

    spec: TrainingSpec
    metric: Metric
    fresh: bool

    def train(self, edits: Sequence[Edit], seeds: Sequence[int], steps: int, first: int) -> TrialOutcome:
        """Trains once for each seed; whatever goes wrong is told, not raised.

        Args:
            edits: to be applied.
            seeds: of weights, of the order of the rows and of dropout.
            steps: of each training.
            first: the seed that keeps the weights that the TrainingSpec has; other seeds draw new ones.
        """
        return self.train_rates(edits, [None], seeds, steps, first)[0]

    def train_rates(
        self, edits: Sequence[Edit], rates: Sequence[float | None], seeds: Sequence[int], steps: int, first: int
    ) -> list[TrialOutcome]:
        """The same at several learning rates, from one compiled program; `None` for the edited TrainingSpec's own.

        Where they cannot share one, each rate is an edit, and a training of its own.
        """
        if rates != [None] and (len(rates) == 1 or not self._shares_a_program(edits)):
            alone = [edits if rate is None else (*edits, ChangeOptimizer({"learning_rate": rate})) for rate in rates]
            return [self.train(each, seeds, steps, first) for each in alone]
        began = time.monotonic()
        try:
            found, taken = self._train(edits, rates, seeds, steps, first)
        except Exception as error:  # noqa: BLE001 -- a trial that fails is one that failed, whatever the reason
            failed = reason_of(error)
        else:
            failed = ""
        if failed:
            free_dropped(MUCH)  # its size is not known, and it may have run out of memory
            return [TrialOutcome((), 0, (time.monotonic() - began) / len(rates), failed) for _ in rates]
        seconds = (time.monotonic() - began) / len(rates)
        return [
            TrialOutcome(tuple(each), taken * len(seeds), seconds)
            if np.isfinite(each).all()
            else TrialOutcome((), taken * len(seeds), seconds, "its answers are no finite numbers")
            for each in found
        ]

    def _shares_a_program(self, edits: Sequence[Edit]) -> bool:
        """Whether `fit_many` can train the edited spec at several rates: not under a schedule, or what steers it."""
        try:
            with preserve_rng():
                spec = edited(self.spec, edits)
                model = spec.compiled()
        except Exception:  # noqa: BLE001 -- the training of each tells what went wrong
            return False
        scheduled = isinstance(model.optimizer.get_config().get("learning_rate"), dict)
        return not scheduled and not steering_of(spec) and not engine.reason_for_keras(model, [])

    def train_groups(
        self,
        groups: Sequence[tuple[Sequence[Edit], Sequence[float | None]]],
        seeds: Sequence[int],
        steps: int,
        first: int,
        names: Sequence[str],
    ) -> list[list[TrialOutcome]]:
        """`train_rates` for several lists of edits, each with its rates; `names` say for the user what they are."""
        found = []
        with stage("", len(groups), counter=""):
            for (edits, rates), name in zip(groups, names, strict=True):
                with stage(name):
                    found.append(self.train_rates(edits, rates, seeds, steps, first))
        return found

    def _train(
        self, edits: Sequence[Edit], rates: Sequence[float | None], seeds: Sequence[int], steps: int, first: int
    ) -> tuple[list[list[float]], int]:
        found: list[list[float]] = [[] for _ in rates]
        taken, shortened = 0, shorten(edits, self.spec, steps)
        with stage("", len(seeds), counter="seed" if len(seeds) > 1 else None):
            for seed in seeds:
                with stage():
                    reached, taken, size = self._train_from(seed, shortened, rates, steps, keep_weights=seed == first)
                free_dropped(size)
                for into, score in zip(found, reached, strict=True):
                    into.append(score)
        return found, taken

    def _train_from(
        self, seed: int, edits: Sequence[Edit], rates: Sequence[float | None], steps: int, *, keep_weights: bool
    ) -> tuple[list[float], int, int]:
        """Train the edited spec from one seed: the score at each rate, the steps taken, and the model's bytes."""
        with preserve_rng():
            keras.utils.set_random_seed(seed)
            spec = edited(self.spec, edits, seed=seed, keep_weights=keep_weights or not self.fresh)
            taken = steps_taken(spec, steps)
            x, y = spec.data["validation_data"][:2]
            if len(rates) == 1:
                fit_steps(spec, seed, steps)
                return [float(np.mean(scores(spec, x, y, self.metric)))], taken, size_of(spec.model)
            model = spec.compiled()
            keras.utils.set_random_seed(seed)
            copies = engine.fit_many(
                model,
                spec.data["x"],
                spec.data["y"],
                learning_rates=[_rate_of(model) if rate is None else rate for rate in rates],
                **_fit_arguments(spec, steps),
            )
            reached = []
            for copy in copies:
                model.set_weights(copy.weights)
                reached.append(float(np.mean(scores(spec, x, y, self.metric))))
            return reached, taken, size_of(model)


def fit_steps(spec: TrainingSpec, seed: int, steps: int) -> None:
    """Compile the model of an edited spec and train it for so many steps; it ends at the weights reached.

    Args:
        spec: with a model of its own.
        seed: of the order of the rows and of dropout.
        steps: of the training.
    """
    model, steering = spec.compiled(), steering_of(spec)
    arguments = _fit_arguments(spec, steps)
    if steering:  # it may look at the validation rows
        arguments["validation_data"] = spec.data["validation_data"]
    keras.utils.set_random_seed(seed)
    engine.fit(model, spec.data["x"], spec.data["y"], **arguments, callbacks=steering, verbose=0)


def shorten(edits: Sequence[Edit], spec: TrainingSpec, steps: int) -> list[Edit]:
    """Return the edits for a training of so many steps of a spec."""
    length = steps_taken(spec, steps)
    return [edit.within(length) for edit in edits]


def steps_taken(spec: TrainingSpec, steps: int) -> int:
    """Return how many steps a training takes that is planned for so many."""
    plan = planned(spec, steps)
    return plan["epochs"] * (plan["steps_per_epoch"] or spec.steps_per_epoch)


def _fit_arguments(spec: TrainingSpec, steps: int) -> dict[str, Any]:
    return {
        **planned(spec, steps),
        "batch_size": spec.fit["batch_size"],
        "shuffle": spec.fit.get("shuffle", True),
        "class_weight": spec.fit.get("class_weight"),
        "sample_weight": spec.data.get("sample_weight"),
    }


def steering_of(spec: TrainingSpec) -> list[keras.callbacks.Callback]:
    """Callbacks that change the learning rate."""
    return [each for each in spec.fit.get("callbacks") or [] if isinstance(each, _STEERING)]


def planned(spec: TrainingSpec, steps: int) -> dict[str, Any]:
    """The arguments of `fit` for a training of so many steps: whole passes where one fits."""
    in_pass = spec.steps_per_epoch
    if steps < in_pass:
        return {"epochs": 1, "steps_per_epoch": max(1, steps)}
    return {"epochs": max(1, round(steps / in_pass)), "steps_per_epoch": None}


def is_fresh(spec: TrainingSpec) -> bool:
    """Whether the model was not trained: all that is not drawn at random (biases, moving statistics) is as new."""
    model = spec.model
    if not is_graph(model) or (model.optimizer is not None and int(np.asarray(model.optimizer.iterations)) > 0):
        return False
    with preserve_rng():
        new = Blueprint.of(model).build(keep_weights=False)
    pairs = zip(model.get_weights(), new.get_weights(), strict=True)
    return all(np.array_equal(old, fresh) for old, fresh in pairs if fresh.size and (fresh == fresh.ravel()[0]).all())


def split_rate(edits: Sequence[Edit]) -> tuple[tuple[Edit, ...], float | None]:
    """A candidate's edits without the learning rate that they end with, and that rate: those alike share a program."""
    if edits and isinstance(edits[-1], ChangeOptimizer) and not edits[-1].kind:
        rate = edits[-1].arguments.get("learning_rate")
        if len(edits[-1].arguments) == 1 and isinstance(rate, float):
            return tuple(edits[:-1]), rate
    return tuple(edits), None


def _rate_of(model: keras.Model) -> float:
    return float(np.asarray(model.optimizer.learning_rate))


def reason_of(error: Exception) -> str:
    """What went wrong in a training, in a line."""
    if is_memory(error):
        return "it ran out of memory"
    if isinstance(error, InputError):
        return error.message
    text = str(error).strip().partition("\n")[0] or "no more is told"
    return f"{type(error).__name__}: {text}"
