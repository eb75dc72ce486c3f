"""Train a Dataset by a recipe into a run folder, and predict from one.

The whole of `trainwell train` and `trainwell predict` without a terminal: the same functions serve a notebook.
The run folder is written at the end, so a training that is killed leaves none; Ctrl-C keeps the best model so far.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from trainwell import datasets, engine, report, run_folder
from trainwell.diagnosis import Diagnosis, WatchedSetup, merged
from trainwell.errors import InputError
from trainwell.evaluation import class_probabilities, evaluate_predictions
from trainwell.facts import compile_facts, environment_facts, model_facts, public_path
from trainwell.recipes import find_recipe
from trainwell.rules import judge
from trainwell.run import Run, Series
from trainwell.techniques import LearningRateSearch, find_lr
from trainwell.techniques.mc_dropout import MCPrediction, mc_predict, require_dropout
from trainwell.techniques.tensorboard import TensorBoard
from trainwell.worst import worst_samples

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from trainwell.datasets import Dataset
    from trainwell.recipes import Recipe
    from trainwell.setup import Setup

_PREDICT_BATCH = 128
_LARGEST_SEED = 2**32 - 1  # what NumPy takes


@dataclass
class Training:
    """What `train` gives back.

    Args:
        run: facts and signals.
        model: the trained model, not compiled, with outputs in the target's units.
        dataset: what it was trained on.
        folder: where it was written.
        diagnosis: what the rules say of the run.
    """

    run: Run
    model: keras.Model
    dataset: Dataset
    folder: Path
    diagnosis: Diagnosis


@dataclass
class Options:
    """How to train; every field has the meaning of the command line's option of that name."""

    recipe: str = "default"
    net: Any = None
    depth: int | None = None
    units: int | None = None
    epochs: int | None = None
    batch_size: int = 32
    learning_rate: float | None = None
    seed: int = 0


@dataclass
class _Fitted:
    """What the training itself brought."""

    history: dict[str, list[float]]
    best_epoch: int
    stopped: str
    diverged: bool
    seconds: float
    search: LearningRateSearch | None
    watched: Run
    learning_rates: np.ndarray = field(default_factory=lambda: np.zeros(0))


def train(
    source: str,
    *,
    out: str | Path | None = None,
    overwrite: bool = False,
    samples: bool = True,
    progress: bool = True,
    say: Callable[[str], None] = print,
    recipe: str = "default",
    net: str | None = None,
    depth: int | None = None,
    units: int | None = None,
    epochs: int | None = None,
    batch_size: int = 32,
    learning_rate: float | None = None,
    seed: int = 0,
    tensorboard: str | Path | None = None,
    **loading: Any,
) -> Training:
    """Trains a network on `source` and writes a run folder.

    Args:
        source: a built-in name, a CSV, Parquet or npz file, or a folder of images.
        out: the run folder; a free one below `runs/` where not given.
        overwrite: replace an earlier run at `out`, once this one is complete.
        samples: keep rows and pictures in the report.
        progress: show a live bar.
        say: called with each sentence that is said aloud.
        recipe: `"default"` or `"self-normalizing"`.
        net: `"dense"` or `"conv"`.
        depth: hidden layers, or convolution blocks.
        units: units of each hidden layer, or filters of the first convolution.
        epochs: epochs at most.
        batch_size: rows per step.
        learning_rate: peak rate of 1cycle; found by a short range test where not given.
        seed: seed of split, initial weights, order of rows and dropout. Sets Python's, NumPy's and Keras's generators.
        tensorboard: folder for TensorBoard's files, written while the training runs; see `techniques.TensorBoard`.
        **loading: `target`, `task`, `split_column`, `group_column`, `drop`, as `trainwell.datasets.load` takes them.

    Returns:
        Run, model, Dataset and folder.

    Raises:
        InputError: something given cannot be used; nothing was written.
    """
    options = Options(recipe, net, depth, units, epochs, batch_size, learning_rate, seed)
    chosen = find_recipe(recipe)
    _check(options)
    chosen.check(net=net, depth=depth, units=units, epochs=epochs, batch_size=batch_size)
    board = None if tensorboard is None else TensorBoard(tensorboard)
    if out is not None:
        run_folder.choose_folder(out, "", overwrite=overwrite)  # refuse before the work, not after it
    dataset = datasets.load(source, seed=seed, **loading)
    folder = run_folder.choose_folder(out, dataset.name, overwrite=overwrite)
    for note in dataset.notes:
        say(note)
    keras.utils.set_random_seed(seed)
    setup = chosen.setup(dataset, net=options.net, depth=depth, units=units, epochs=epochs, batch_size=batch_size)
    for note in setup.notes:
        say(note)
    fitted = _fit(setup, chosen, options, say=say, progress=progress, board=board)
    model = setup.finished_model()
    predictions = predict_inputs(model, dataset.test.x)
    run = _record(dataset, setup, options, fitted, model, predictions)
    kept = worst_samples(dataset, predictions) if samples else []
    diagnosis = Diagnosis(run, tuple(judge(run)))
    _write(folder, run, model, dataset, kept, diagnosis)
    return Training(run, model, dataset, folder, diagnosis)


def predict(folder: str | Path, file: str | Path, *, uncertainty: int | None = None, seed: int = 0) -> Predictions:
    """Predicts new rows or images from a run folder alone.

    Args:
        folder: a run folder that `train` wrote.
        file: rows (CSV, Parquet), images (a file or a folder) or arrays (npz, npy), as the run was trained on.
        uncertainty: predict this many times with dropout on, and give the mean and the spread; see `tw.mc_predict`.
        seed: of these dropouts.

    Raises:
        InputError: the folder holds no complete run, the file does not fit it, or the uncertainty is asked of a net
            without dropout.
    """
    _check_uncertainty(uncertainty, seed)
    data = run_folder.load_data_facts(folder)
    model, encoder = run_folder.load_model(folder), run_folder.load_encoder(folder)
    if uncertainty is not None:
        _require_dropout(model, folder)
    inputs, labels = datasets.read_new(encoder, file)
    classes = tuple(data["classes"])
    run_folder.check_fits(model, inputs, data["classes"])
    if uncertainty is None:
        return Predictions(labels, predict_inputs(model, inputs), classes, data["target"])
    kind = "linear" if not classes else "sigmoid" if model.outputs[0].shape[-1] == 1 else "softmax"
    found = mc_predict(model, inputs, uncertainty, seed=seed, output=kind)
    return Predictions(labels, found.mean, classes, data["target"], found)


@dataclass(frozen=True)
class Predictions:
    """A model's answers to new inputs.

    Args:
        labels: which row or file each answer belongs to.
        values: the model's outputs, `(rows, outputs)`.
        classes: names of the classes; empty for regression.
        target: the target's name.
        uncertainty: of these answers, where it was asked for; `values` is then its mean.
    """

    labels: Sequence[Any]
    values: np.ndarray
    classes: tuple[str, ...]
    target: str
    uncertainty: MCPrediction | None = None

    def columns(self) -> dict[str, Any]:
        """The answers as columns: row, prediction, and for classes a probability for each; then their uncertainty.

        That is `std`, of the prediction in the target's units or of the predicted class's probability, and for classes
        `entropy` and `mutual_information`, in nats.
        """
        return {**self._answers(), **self._spread()}

    def _spread(self) -> dict[str, Any]:
        found = self.uncertainty
        if found is None:
            return {}
        if not self.classes:
            return {"std": found.std.reshape(-1)}
        chosen = class_probabilities(found.mean).argmax(axis=1, keepdims=True)
        # One sigmoid unit deviates as much from the one class as from the other.
        std = found.std if found.std.shape[1] == 1 else np.take_along_axis(found.std, chosen, axis=1)
        return {"std": std[:, 0], "entropy": found.entropy, "mutual_information": found.mutual_information}

    def _answers(self) -> dict[str, Any]:
        if not self.classes:
            return {"row": list(self.labels), "prediction": self.values.reshape(-1)}
        shares = class_probabilities(self.values)
        chosen = [self.classes[number] for number in shares.argmax(axis=1)]
        by_class = {f"probability_{name}": shares[:, number] for number, name in enumerate(self.classes)}
        return {"row": list(self.labels), "prediction": chosen, **by_class}


def predict_inputs(model: keras.Model, inputs: Any) -> np.ndarray:
    """The model's outputs `(rows, outputs)`.

    All batches have one size, the last one filled up, so that a row's numbers do not depend on the rows beside it.
    """
    rows = len(inputs) if isinstance(inputs, np.ndarray) else len(next(iter(inputs.values())))
    missing = -rows % _PREDICT_BATCH

    def filled(array: np.ndarray) -> np.ndarray:
        return np.concatenate([array, np.repeat(array[-1:], missing, axis=0)]) if missing else array

    whole = keras.tree.map_structure(filled, inputs)
    outputs = model.predict(whole, batch_size=_PREDICT_BATCH, verbose=0)  # pyright: ignore[reportArgumentType] -- as documented
    return np.asarray(outputs)[:rows]


def _check_uncertainty(uncertainty: int | None, seed: int) -> None:
    if uncertainty is not None and uncertainty < 1:
        raise InputError(
            f"--uncertainty must be at least 1, not {uncertainty}.", "100 is usual; leave it out for plain predictions."
        )
    if not 0 <= seed <= _LARGEST_SEED:
        raise InputError(
            f"--seed must be a whole number from 0 to {_LARGEST_SEED}, not {seed}.", "Any of these will do."
        )


def _require_dropout(model: keras.Model, folder: str | Path) -> None:
    try:
        require_dropout(model)
    except InputError as error:
        raise InputError(
            f"--uncertainty needs a net with dropout, and that of {str(folder)!r} has none.",
            "Train one with --recipe self-normalizing, which has alpha dropout, or for images with --net conv.",
        ) from error


def _check(options: Options) -> None:
    rate = options.learning_rate
    if rate is not None and not (np.isfinite(rate) and rate > 0):
        raise InputError(
            f"--learning-rate must be a finite number above 0, not {rate}.", "Leave it out to have it found."
        )
    if not 0 <= options.seed <= _LARGEST_SEED:
        raise InputError(
            f"--seed must be a whole number from 0 to {_LARGEST_SEED}, not {options.seed}.", "Any of these will do."
        )


def _fit(
    setup: Setup,
    recipe: Recipe,
    options: Options,
    *,
    say: Callable[[str], None],
    progress: bool,
    board: TensorBoard | None,
) -> _Fitted:
    """Finds the learning rate where none is given, then trains under 1cycle with early stopping."""
    began = time.perf_counter()
    search = None
    peak = options.learning_rate
    if peak is None:
        search = find_lr(
            setup.compiled(), setup.data["x"], setup.data["y"], batch_size=options.batch_size, seed=options.seed
        )
        peak = recipe.peak_rate(search)
        how = f"found by a range test of {len(search.losses)} steps" if search.suggestion else "no range test helped"
        say(f"Learning rate: {peak:.2g} at the peak of 1cycle ({how}).")
    schedule = recipe.follow_one_cycle(setup, peak)
    epochs = setup.fit["epochs"]
    early = keras.callbacks.EarlyStopping(monitor="val_loss", patience=max(10, epochs // 2), restore_best_weights=True)
    metric = setup.compile["metrics"][0]
    units = {metric: setup.target_scale}
    bar = report.TrainingProgress(epochs, setup.steps_per_epoch, metric, scale=units)
    watch = _StopWhenDiverged()
    watching = WatchedSetup(setup, [early])
    callbacks = [early, watch, watching.observer, *([board] if board else []), *([bar] if progress else [])]
    model = setup.model
    interrupted = False
    try:
        engine.fit(model, **setup.data, **setup.fit, callbacks=callbacks, verbose=0, recording=watching.recording)
    except KeyboardInterrupt:
        interrupted = True
    finally:
        bar.stop()
        if board:
            board.on_train_end()  # which Keras leaves out where a training is broken off
    best = early.best_epoch + 1 if early.best_weights is not None else 0
    if watch.diverged and not best:
        raise InputError(
            f"The training diverged: the loss was no finite number in epoch 1, at a learning rate of {peak:.3g}.",
            "Give a lower --learning-rate, or leave it out to have it found.",
        )
    if early.best_weights is not None:
        model.set_weights(early.best_weights)
    stopped = "all epochs were trained"
    if interrupted:
        stopped = "interrupted by Ctrl-C"
        kept = (
            f"The best model so far, of epoch {best}, is kept"
            if best
            else "No epoch was complete: the weights as they are"
        )
        say(f"Stopped by Ctrl-C. {kept}; evaluating and writing it.")
    elif watch.diverged:
        stopped = "the loss was no longer a finite number"
        say(
            f"The training diverged; the best model so far, of epoch {best}, is kept. A lower --learning-rate may help."
        )
    elif early.stopped_epoch:
        stopped = f"early stopping: no better validation loss for {early.patience} epochs"
    watched = watching.finish(model.history.history)
    history = _in_target_units(model.history.history, units)
    steps = min(schedule.steps, setup.steps_per_epoch * len(history.get("loss", ())))
    seconds = time.perf_counter() - began
    return _Fitted(history, best, stopped, watch.diverged, seconds, search, watched, schedule.simulate(steps))


class _StopWhenDiverged(keras.callbacks.Callback):
    """Ends a training whose loss is no finite number: the epochs that remain would not bring it back."""

    def __init__(self) -> None:
        super().__init__()
        self.diverged = False

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        del epoch
        if not np.isfinite((logs or {}).get("loss", 0.0)):
            self.diverged = True
            self.model.stop_training = True  # pyright: ignore[reportOptionalMemberAccess] -- set by Keras before


def _in_target_units(history: dict[str, list[float]], units: dict[str, float]) -> dict[str, list[float]]:
    """The curves of metrics that were measured on a scaled target, in the target's own units."""
    return {
        name: [value * units.get(name.removeprefix("val_"), 1.0) for value in curve] for name, curve in history.items()
    }


def _record(
    dataset: Dataset, setup: Setup, options: Options, fitted: _Fitted, model: keras.Model, predictions: np.ndarray
) -> Run:
    """The Run of a finished training."""
    history = fitted.history
    epochs_run = len(history.get("loss", ()))
    facts = {
        "source": {**dataset.source, **({"path": public_path(path)} if (path := dataset.source.get("path")) else {})},
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
            "learning_rate": setup.compile["optimizer"].get_config()["learning_rate"]["config"]["peak"],
            "learning_rate_from": "given" if fitted.search is None else "range test",
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


def _write(
    folder: Path, run: Run, model: keras.Model, dataset: Dataset, kept: Sequence[Any], diagnosis: Diagnosis
) -> None:
    with run_folder.writing(folder) as temporary:
        run.save(temporary)
        run_folder.save_model(model, temporary)
        run_folder.save_encoder(dataset.encoder, temporary)
        report.save_figures(run, temporary / run_folder.FIGURES_FOLDER)
        (temporary / run_folder.REPORT_FILE).write_text(
            report.render_page(run, kept, diagnosis.findings, diagnosis.faults), encoding="utf-8"
        )
