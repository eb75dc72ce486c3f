"""Repair a run folder: its training is set up again from its source, repaired, and written as a run."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import keras
import numpy as np

from trainwell import datasets, progress, run_folder
from trainwell.errors import InputError
from trainwell.recipes import find_recipe
from trainwell.recording import describe_model
from trainwell.repairing import repair
from trainwell.report import show_progress
from trainwell.run import Run, number
from trainwell.training.fitting import Fitted, Options, stopping
from trainwell.training.predicting import predict_inputs
from trainwell.training.recording import record, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from trainwell.datasets import Dataset
    from trainwell.recipes import Recipe
    from trainwell.repairing import Repair, Trial
    from trainwell.training_spec import TrainingSpec

_BUDGET = 600.0


@dataclass
class RepairedRun:
    """What `repair_run` gives back.

    Args:
        repair: edits, trials, evidence, model.
        run: of the answer's training.
        folder: where it was written.
        dataset: that the run was trained on.
    """

    repair: Repair
    run: Run
    folder: Path
    dataset: Dataset


def repair_run(
    folder: str | Path,
    *,
    data: str | Path | None = None,
    out: str | Path | None = None,
    overwrite: bool = False,
    budget: float = _BUDGET,
    metric: str | None = None,
    direction: str | None = None,
    safe_only: bool = False,
    workers: int = 1,
    say: Callable[[str], None] = progress.say,
    told: Callable[[Trial], None] = lambda _: None,
    verbose: int | str = "auto",
) -> RepairedRun:
    """Repairs the training that a run folder tells of, and writes the answer as a run folder of its own.

    Args:
        folder: that `train` wrote.
        data: the source, where it is not where the run found it.
        out: the new run folder; a free one below `runs/` where not given.
        overwrite: replace an earlier run at `out`.
        budget: as of `tw.repair`.
        metric: as of `tw.repair`.
        direction: as of `tw.repair`.
        safe_only: as of `tw.repair`.
        workers: as of `tw.repair`.
        say: called with each sentence for the user; by default they are shown with the progress.
        told: called with each trial when it is over.
        verbose: `"auto"` shows the progress live on a terminal and in a notebook. 1 also prints about ten lines where
            neither is there, 2 prints a line for each stage and trial, 0 is silent. All goes to standard error.

    Returns:
        The repair, and the run that was written.

    Raises:
        InputError: the folder holds no complete run of a recipe, or its source is not there or is another one now.
    """
    began = time.perf_counter()
    run = Run.load(folder)
    options = _options(run, folder)
    if out is not None:
        run_folder.choose_folder(out, "", overwrite=overwrite)
    with show_progress(verbose):
        with progress.stage("Reading the data"):
            dataset = _dataset(run, options, data)
        written = run_folder.choose_folder(out, f"{dataset.name}-repaired", overwrite=overwrite)
        recipe = find_recipe(options.recipe)
        spec = set_up_again(run, options, recipe, dataset)
        early = stopping(spec)
        found = repair(
            spec.compiled(),
            **spec.data,
            **spec.fit,
            callbacks=[early],
            budget=budget,
            metric=metric,
            direction=direction,
            safe_only=safe_only,
            seed=options.seed,
            workers=workers,
            told=told,
        )
        for note in found.notes:
            say(note)
        answer = found.spec
        answer.target_offset, answer.target_scale = spec.target_offset, spec.target_scale
        model = answer.finished_model()
        with progress.stage("Testing the repaired model"):
            predictions = predict_inputs(model, dataset.test.x)
        losses = found.after.history.get("val_loss") or found.after.history.get("loss") or [0.0]
        best = int(np.nanargmin(losses)) + 1 if np.isfinite(losses).any() else 0
        ended = "all epochs were trained" if len(losses) == answer.fit["epochs"] else "early stopping"
        fitted = Fitted(
            found.after.history,
            best,
            ended,
            not np.isfinite(losses[-1]),
            time.perf_counter() - began,
            None,
            found.diagnosis.run,
        )
        with progress.stage("Writing the report"):
            new = record(dataset, answer, options, fitted, model, predictions)
            write(written, new, model, dataset, [], found.diagnosis, repair=found)
    return RepairedRun(found, new, written, dataset)


def set_up_again(run: Run, options: Options, recipe: Recipe, dataset: Dataset) -> TrainingSpec:
    """The TrainingSpec that a run was trained from, before its first step.

    Raises:
        InputError: this version of trainwell makes another network of the same options.
    """
    keras.utils.set_random_seed(options.seed)
    spec = recipe.spec(
        dataset,
        net=options.net,
        depth=options.depth,
        units=options.units,
        epochs=run.fit.epochs,
        batch_size=run.fit.batch_size or options.batch_size,
    )
    recipe.follow_one_cycle(spec, number(run.fit.learning_rate))
    told = [layer.kind for layer in run.model.layers or ()]
    made = [layer.kind for layer in describe_model(spec.finished_model()).layers or ()]
    if told != made:
        raise InputError(
            f"The run was trained by trainwell {run.versions.get('trainwell', '')}, whose recipe made another "
            f"network: {len(told)} layers, and {len(made)} now.",
            "Train it again with this version.",
        )
    return spec


def _options(run: Run, folder: str | Path) -> Options:
    told = run.fit.options
    if not told:
        raise InputError(
            f"The run in {str(folder)!r} does not tell how its network was made.",
            "Train it again with `trainwell train`; for a model of your own call tw.repair(model, x, y).",
        )
    return Options(**told)


def _dataset(run: Run, options: Options, data: str | Path | None) -> Dataset:
    path = run.source.path
    where = data if data is not None else Path(path).expanduser() if path else run.source.name
    try:
        dataset = datasets.load(str(where), seed=options.seed, **options.loading)
    except InputError as error:
        if data is not None or not path:
            raise
        raise InputError(
            f"The run was trained on {path}, and it cannot be read: {error.message}",
            "Say where the data are now: --data PATH.",
        ) from error
    if run.source.sha256 and dataset.source.get("sha256") != run.source.sha256:
        raise InputError(
            f"{where} is not what the run was trained on: its content has changed since.",
            "Give the same data by --data PATH, or train on the new ones.",
        )
    return dataset
