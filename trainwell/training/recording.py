"""A finished training as a Run, and as a run folder."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from trainwell import report, run_folder
from trainwell.evaluation import evaluate_predictions
from trainwell.recording import describe_compile, describe_model, public_path
from trainwell.run import RowCounts, Series, SourceRecord, finite

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import keras

    from trainwell.datasets import Dataset
    from trainwell.diagnosis import Diagnosis
    from trainwell.repairing import Repair
    from trainwell.run import DataRecord, Run
    from trainwell.training.fitting import Fitted, Options
    from trainwell.training_spec import TrainingSpec


def record(
    dataset: Dataset, spec: TrainingSpec, options: Options, fitted: Fitted, model: keras.Model, predictions: np.ndarray
) -> Run:
    """Complete the Run that the Recorder wrote: source and task of the data, options, the finished model, the result.

    Calls, losses and signals stay those of the network as it was trained.
    """
    run, history = fitted.run, fitted.history
    run.source = SourceRecord(**{**dataset.source, "loading": dict(options.loading)})
    if run.source.path:
        run.source.path = public_path(run.source.path)
    _add_dataset(run.data, dataset)
    finished = describe_model(model)
    run.model.name, run.model.parameters, run.model.layers = finished.name, finished.parameters, finished.layers
    compiled = describe_compile(spec.compile)
    run.compile.optimizer, run.compile.loss, run.compile.metrics = compiled.optimizer, compiled.loss, compiled.metrics
    fit = run.fit
    fit.recipe, fit.net, fit.options = options.recipe, spec.model.name.rsplit("_", 1)[-1], asdict(options)
    fit.epochs, fit.batch_size = spec.fit["epochs"], spec.fit["batch_size"]
    fit.epochs_run = len(history.get("loss", ()))
    fit.best_epoch, fit.steps = fitted.best_epoch, fit.epochs_run * spec.steps_per_epoch
    fit.seconds, fit.stopped, fit.diverged = fitted.seconds, fitted.stopped, fitted.diverged
    fit.learning_rate = finite(largest_rate(spec))
    fit.learning_rate_from = "given" if fitted.search is None else "range test"
    run.result = evaluate_predictions(dataset, predictions)
    run.seeds = {"seed": options.seed}
    run.signals.update(_signals(dataset, fitted, predictions))
    return run


def _signals(dataset: Dataset, fitted: Fitted, predictions: np.ndarray) -> dict[str, Series]:
    signals = {
        f"{'validation' if name.startswith('val_') else 'train'}/{name.removeprefix('val_')}": Series.over(
            "epoch", values
        )
        for name, values in fitted.history.items()
    }
    if len(fitted.learning_rates):
        signals["learning_rate"] = Series.over("step", fitted.learning_rates, "per step")
    if fitted.search is not None:
        signals["range_test/learning_rate"] = Series.over("step", fitted.search.learning_rates, "per step")
        signals["range_test/loss"] = Series.over("step", fitted.search.losses)
        signals["range_test/smoothed_loss"] = Series.over("step", fitted.search.smoothed)
    if dataset.task == "regression":
        signals["test/target"] = Series(dataset.test.y, dataset.test.rows, "row", dataset.target)
        signals["test/prediction"] = Series(predictions.reshape(-1), dataset.test.rows, "row", dataset.target)
    return signals


def largest_rate(spec: TrainingSpec) -> float:
    """The learning rate, or the peak of its schedule."""
    rate = spec.compile["optimizer"].get_config()["learning_rate"]
    if not isinstance(rate, dict):
        return float(rate)
    settings = rate["config"]
    return float(settings.get("peak", settings.get("initial_learning_rate", math.nan)))


def _add_dataset(data: DataRecord, dataset: Dataset) -> None:
    parts = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
    x = dataset.train.x
    data.name, data.task, data.kind, data.target = dataset.name, dataset.task, dataset.kind, dataset.target
    data.classes, data.notes = list(dataset.classes), list(dataset.notes)
    data.rows = RowCounts(**{name: len(part) for name, part in parts.items()})
    data.input_shape = (
        {name: list(part.shape[1:]) for name, part in x.items()} if isinstance(x, dict) else list(x.shape[1:])
    )
    if dataset.classes:
        count = len(dataset.classes)
        data.class_counts = {name: np.bincount(part.y, minlength=count).tolist() for name, part in parts.items()}


def write(
    folder: Path,
    run: Run,
    model: keras.Model,
    dataset: Dataset,
    kept: Sequence[Any],
    diagnosis: Diagnosis,
    repair: Repair | None = None,
) -> None:
    """Writes the run folder, whole or not at all; of a repair its patch, its code and the trail too."""
    with run_folder.writing(folder) as temporary:
        run.save(temporary)
        run_folder.save_model(model, temporary)
        run_folder.save_encoder(dataset.encoder, temporary)
        report.save_figures(run, temporary / run_folder.FIGURES_FOLDER)
        told = None if repair is None else repair.to_json()
        (temporary / run_folder.REPORT_FILE).write_text(
            report.render_page(run, kept, diagnosis.findings, diagnosis.faults, told), encoding="utf-8"
        )
        if repair is not None:
            (temporary / run_folder.PATCH_FILE).write_text(repair.patch + "\n", encoding="utf-8")
            (temporary / run_folder.CODE_FILE).write_text(repair.code, encoding="utf-8")
            text = json.dumps(told, indent=2, ensure_ascii=False, allow_nan=False)
            (temporary / run_folder.REPAIR_FILE).write_text(text + "\n", encoding="utf-8")
