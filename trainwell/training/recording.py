"""A finished training as a Run, and as a run folder."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from trainwell import report, run_folder
from trainwell.evaluation import evaluate_predictions
from trainwell.facts import compile_facts, environment_facts, model_facts, public_path
from trainwell.recording import merged
from trainwell.run import Run, Series

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import keras

    from trainwell.datasets import Dataset
    from trainwell.diagnosis import Diagnosis
    from trainwell.repairing import Repair
    from trainwell.training.fitting import Fitted, Options
    from trainwell.training_spec import TrainingSpec


def record(
    dataset: Dataset, setup: TrainingSpec, options: Options, fitted: Fitted, model: keras.Model, predictions: np.ndarray
) -> Run:
    """The Run of a finished training."""
    history = fitted.history
    epochs_run = len(history.get("loss", ()))
    facts = {
        "source": {
            **dataset.source,
            **({"path": public_path(path)} if (path := dataset.source.get("path")) else {}),
            **({"loading": options.loading} if options.loading else {}),
        },
        "data": _data_facts(dataset),
        "model": model_facts(model),
        "compile": compile_facts(setup.compile),
        "fit": {
            "recipe": options.recipe,
            "net": setup.model.name.rsplit("_", 1)[-1],
            "epochs": setup.fit["epochs"],
            "epochs_run": epochs_run,
            "best_epoch": fitted.best_epoch,
            "batch_size": setup.fit["batch_size"],
            "steps": epochs_run * setup.steps_per_epoch,
            "seconds": fitted.seconds,
            "learning_rate": largest_rate(setup),
            "learning_rate_from": "given" if fitted.search is None else "range test",
            "options": asdict(options),
            "stopped": fitted.stopped,
            "diverged": fitted.diverged,
        },
        "result": evaluate_predictions(dataset, predictions),
        "seeds": {"seed": options.seed},
        **environment_facts(),
    }
    signals = {
        f"{'validation' if name.startswith('val_') else 'train'}/{name.removeprefix('val_')}": Series.over(
            "epoch", values
        )
        for name, values in history.items()
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
    # What was watched is of the network as it was trained; where both tell something, the facts above hold.
    return Run(merged(facts, fitted.watched.facts), {**fitted.watched.signals, **signals})


def largest_rate(setup: TrainingSpec) -> float:
    """The learning rate, or the peak of its schedule."""
    rate = setup.compile["optimizer"].get_config()["learning_rate"]
    if not isinstance(rate, dict):
        return float(rate)
    settings = rate["config"]
    return float(settings.get("peak", settings.get("initial_learning_rate", math.nan)))


def _data_facts(dataset: Dataset) -> dict[str, Any]:
    parts = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
    x = dataset.train.x
    shape = {name: list(part.shape[1:]) for name, part in x.items()} if isinstance(x, dict) else list(x.shape[1:])
    facts: dict[str, Any] = {
        "name": dataset.name,
        "task": dataset.task,
        "kind": dataset.kind,
        "target": dataset.target,
        "classes": list(dataset.classes),
        "rows": {name: len(part) for name, part in parts.items()},
        "input_shape": shape,
        "notes": list(dataset.notes),
    }
    if dataset.classes:
        count = len(dataset.classes)
        facts["class_counts"] = {name: np.bincount(part.y, minlength=count).tolist() for name, part in parts.items()}
    return facts


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
