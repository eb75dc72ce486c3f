"""Train one choice from all seeds: the same rows, in the same order for the same seed, for the same number of epochs.

Choices without callbacks train side by side from one compiled program; those with callbacks, one seed after the other,
which takes longer on several cores. The first weights are drawn from the seed layer by layer, so two choices begin
alike as far as their layers are alike.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from trainwell import engine
from trainwell.comparison.choice import Span
from trainwell.errors import InputError
from trainwell.progress import stage
from trainwell.report.comparison.result import Outcome
from trainwell.techniques import find_lr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainwell.comparison.choice import Choice, Kind
    from trainwell.datasets import Dataset
    from trainwell.recipes import Recipe
    from trainwell.training_spec import TrainingSpec

_COMMON_RATE = 1e-3
_MOST_RATES = 500  # points of a schedule that are kept for its figure


@dataclass(frozen=True)
class ComparisonPlan:
    """What all choices share.

    Args:
        dataset: what to learn.
        recipe: what each choice changes.
        epochs: of each training.
        seeds: of the trainings; the first one is that of the range tests, too.
        net, depth, units, batch_size: as `Recipe.spec` takes them.
    """

    dataset: Dataset
    recipe: Recipe
    epochs: int
    seeds: tuple[int, ...]
    net: Any
    depth: int | None
    units: int | None
    batch_size: int

    def spec(self, recipe: Recipe) -> TrainingSpec:
        """The network and its data for a recipe."""
        keras.utils.set_random_seed(self.seeds[0])
        return recipe.spec(
            self.dataset,
            net=self.net,
            depth=self.depth,
            units=self.units,
            epochs=self.epochs,
            batch_size=self.batch_size,
        )


@dataclass(frozen=True)
class Rate:
    """A learning rate to train at.

    Args:
        value: NaN where the loss was finite at no rate.
        found: whether a range test led to it.
    """

    value: float
    found: bool


def find_rate(plan: ComparisonPlan, kind: Kind, spec: TrainingSpec, recipe: Recipe) -> Rate:
    """The rate that a range test of this network and optimizer leads to."""
    model = spec.compiled()
    try:
        search = find_lr(model, spec.data["x"], spec.data["y"], batch_size=plan.batch_size, seed=plan.seeds[0])
    except InputError:  # no finite loss at any rate
        return Rate(np.nan, found=False)
    if search.suggestion is None:
        return Rate(_COMMON_RATE, found=False)
    return Rate(search.suggestion if kind.peak == "suggestion" else recipe.peak_rate(search), found=True)


def train_choice(plan: ComparisonPlan, kind: Kind, choice: Choice, shared: Rate | None) -> Outcome:
    """The outcome of one choice.

    Args:
        plan: what all choices share.
        kind: what is varied.
        choice: to be trained.
        shared: the rate of all choices, where they have one in common.
    """
    began = time.perf_counter()
    recipe = choice.recipe(plan.recipe)
    spec = plan.spec(recipe)
    rate = shared or find_rate(plan, kind, spec, recipe)
    if not np.isfinite(rate.value):
        nothing = np.full((len(plan.seeds), plan.epochs), np.nan)
        seconds = time.perf_counter() - began
        return Outcome(
            choice.name, choice.meaning, nothing[:, 0], nothing, nothing, np.nan, False, np.zeros(0), seconds
        )
    span = Span(plan.epochs, spec.steps_per_epoch)
    schedule = choice.schedule(rate.value, span)
    spec.compile["optimizer"] = recipe.make_optimizer(schedule)
    histories = _histories(plan, choice, spec, span)
    metric = f"val_{spec.compile['metrics'][0]}"
    losses = _by_epoch(histories, "val_loss", plan.epochs)
    curves = _by_epoch(histories, metric, plan.epochs)
    if plan.dataset.task == "regression":
        curves = curves * spec.target_scale
    # An accuracy stays finite when the weights do not: whether a training diverged is for its losses to say.
    curves = np.where(np.isfinite(losses), curves, np.nan)
    scores = np.array(
        [_last(history, curve, keeps_best=choice.keeps_best) for history, curve in zip(histories, curves, strict=True)]
    )
    return Outcome(
        choice.name,
        choice.meaning,
        scores,
        curves,
        losses,
        rate.value,
        rate.found,
        _rates(histories[0], schedule, span),
        time.perf_counter() - began,
    )


def _histories(plan: ComparisonPlan, choice: Choice, spec: TrainingSpec, span: Span) -> list[dict[str, list[float]]]:
    model = spec.compiled()
    if choice.callbacks is None:
        copies = engine.fit_many(model, **spec.data, **spec.fit, seeds=plan.seeds)
        return [copy.history for copy in copies]
    histories = []
    with stage("", len(plan.seeds), counter="seed"):
        for seed in plan.seeds:
            keras.utils.set_random_seed(seed)
            copy = keras.models.clone_model(model)
            copy.compile_from_config(model.get_compile_config())
            with stage():
                history = engine.fit(copy, **spec.data, **spec.fit, callbacks=choice.callbacks(span), verbose=0)
            histories.append(history.history)
    return histories


def _by_epoch(histories: Sequence[dict[str, list[float]]], name: str, epochs: int) -> np.ndarray:
    """`(seeds, epochs)`; NaN for epochs that early stopping left out."""
    table = np.full((len(histories), epochs), np.nan)
    for row, history in zip(table, histories, strict=True):
        row[: len(history[name])] = history[name]
    return table


def _last(history: dict[str, list[float]], curve: np.ndarray, *, keeps_best: bool) -> float:
    """The score of the weights that are left; NaN where any epoch's loss was not finite."""
    if not np.isfinite([*history["loss"], *history["val_loss"]]).all():
        return np.nan
    return float(curve[int(np.argmin(history["val_loss"])) if keeps_best else len(history["val_loss"]) - 1])


def _rates(history: dict[str, list[float]], schedule: Any, span: Span) -> np.ndarray:
    """The learning rate, evenly spaced over the training: by epoch where a callback moved it."""
    if "learning_rate" in history:
        return np.asarray(history["learning_rate"], float)
    if isinstance(schedule, float):
        return np.full(span.epochs, schedule)
    every = max(1, span.steps // _MOST_RATES)
    if hasattr(schedule, "simulate"):
        return np.asarray(schedule.simulate(span.steps), float)[::every]
    return np.asarray([float(schedule(step)) for step in range(0, span.steps, every)])
