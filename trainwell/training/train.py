"""Train a Dataset by a recipe into a run folder.

The whole of `trainwell train` without a terminal: the same function serves a notebook. The run folder is written at the
end, so a training that is killed leaves none; Ctrl-C keeps the best model so far.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras

from trainwell import datasets, progress, run_folder
from trainwell.diagnosis import Diagnosis
from trainwell.engine import compile_cache, require_jax
from trainwell.recipes import find_recipe
from trainwell.report import show_progress
from trainwell.rules import judge
from trainwell.techniques.tensorboard import TensorBoard
from trainwell.training.fitting import Options, check, fit_spec
from trainwell.training.predicting import predict_inputs
from trainwell.training.recording import record, write
from trainwell.worst import worst_samples

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from trainwell.datasets import Dataset
    from trainwell.datasets.dataset import Task
    from trainwell.run import Run


@dataclass
class Training:
    """What `train` gives back.

    Args:
        run: the record of the training.
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


@compile_cache.kept()
def train(
    source: str,
    *,
    out: str | Path | None = None,
    overwrite: bool = False,
    samples: bool = True,
    verbose: int | str = "auto",
    say: Callable[[str], None] = progress.say,
    recipe: str = "default",
    net: str | None = None,
    depth: int | None = None,
    units: int | None = None,
    epochs: int | None = None,
    batch_size: int = 32,
    learning_rate: float | None = None,
    seed: int = 0,
    tensorboard: str | Path | None = None,
    target: str | None = None,
    task: Task | None = None,
    split_column: str | None = None,
    group_column: str | None = None,
    drop: Sequence[str] = (),
    validation_share: float | None = None,
    test_share: float | None = None,
) -> Training:
    """Trains a network on `source` and writes a run folder.

    Args:
        source: a built-in name, a CSV, Parquet or npz file, or a folder of images.
        out: the run folder; a free one below `runs/` where not given.
        overwrite: replace an earlier run at `out`, once this one is complete.
        samples: keep rows and pictures in the report.
        verbose: `"auto"` shows the progress live on a terminal and in a notebook. 1 also prints about ten lines where
            neither is there, 2 prints a line for each stage and result, 0 is silent. All goes to standard error.
        say: called with each sentence for the user; by default they are shown with the progress.
        recipe: `"default"` or `"self-normalizing"`.
        net: `"dense"` or `"conv"`.
        depth: hidden layers, or convolution blocks.
        units: units of each hidden layer, or filters of the first convolution.
        epochs: epochs at most.
        batch_size: rows per step.
        learning_rate: peak rate of 1cycle; found by a short range test where not given.
        seed: seed of split, initial weights, order of rows and dropout. Sets Python's, NumPy's and Keras's generators.
        tensorboard: folder for TensorBoard's files, written while the training runs; see `techniques.TensorBoard`.
        target: the column to predict; for tables only.
        task: `"binary"`, `"multi-class"` or `"regression"`; inferred from the target by default.
        split_column: the column that assigns each row to a part; for tables only.
        group_column: rows with equal values in this column stay in one part; for tables only.
        drop: columns that are not used as inputs; for tables only.
        validation_share: share of the rows for validation, between 0 and 1; see `trainwell.datasets.load`.
        test_share: share of the rows for the test, between 0 and 1; see `trainwell.datasets.load`.

    Returns:
        Run, model, Dataset and folder.

    Raises:
        InputError: something given cannot be used; nothing was written.
    """
    require_jax("tw.train")
    loading: dict[str, Any] = {
        "target": target,
        "task": task,
        "split_column": split_column,
        "group_column": group_column,
        "drop": drop,
        "validation_share": validation_share,
        "test_share": test_share,
    }
    read = {name: value for name, value in loading.items() if value not in (None, ())}
    options = Options(recipe, net, depth, units, epochs, batch_size, learning_rate, seed, read)
    chosen = find_recipe(recipe)
    check(options)
    chosen.check(net=net, depth=depth, units=units, epochs=epochs, batch_size=batch_size)
    board = None if tensorboard is None else TensorBoard(tensorboard)
    if out is not None:
        run_folder.choose_folder(out, "", overwrite=overwrite)  # refuse before the work, not after it
    with show_progress(verbose):
        with progress.stage("Reading the data"):
            dataset = datasets.load(source, seed=seed, **loading)
        folder = run_folder.choose_folder(out, dataset.name, overwrite=overwrite)
        for note in dataset.notes:
            say(note)
        keras.utils.set_random_seed(seed)
        with progress.stage("Building the network"):
            spec = chosen.spec(dataset, net=options.net, depth=depth, units=units, epochs=epochs, batch_size=batch_size)
        for note in spec.notes:
            say(note)
        fitted = fit_spec(spec, chosen, options, say=say, board=board)
        model = spec.finished_model()
        with progress.stage("Testing the model"):
            predictions = predict_inputs(model, dataset.test.x)
            run = record(dataset, spec, options, fitted, model, predictions)
        with progress.stage("Writing the report"):
            kept = worst_samples(dataset, predictions) if samples else []
            diagnosis = Diagnosis(run, tuple(judge(run)))
            write(folder, run, model, dataset, kept, diagnosis)
    return Training(run, model, dataset, folder, diagnosis)
