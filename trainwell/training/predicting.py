"""Predict from a run folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from trainwell import datasets, run_folder
from trainwell.engine import compile_cache
from trainwell.errors import InputError
from trainwell.evaluation import class_probabilities
from trainwell.progress import stage
from trainwell.report import show_progress
from trainwell.report.wording import plural
from trainwell.techniques.mc_dropout import MCPrediction, mc_predict, require_dropout
from trainwell.training.fitting import LARGEST_SEED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_PREDICT_BATCH = 128


def predict(
    folder: str | Path,
    file: str | Path,
    *,
    uncertainty: int | None = None,
    seed: int = 0,
    verbose: int | str = "auto",
) -> Predictions:
    """Predicts new rows or images from a run folder alone.

    Args:
        folder: a run folder that `train` wrote.
        file: rows (CSV, Parquet), images (a file or a folder) or arrays (npz, npy), as the run was trained on.
        uncertainty: predict this many times with dropout on, and give the mean and the spread; see `tw.mc_predict`.
        seed: of these dropouts.
        verbose: `"auto"` shows the progress live on a terminal and in a notebook. 1 also prints about ten lines where
            neither is there, 2 prints a line for each stage and result, 0 is silent. All goes to standard error.

    Raises:
        InputError: the folder holds no complete run, the file does not fit it, or the uncertainty is asked of a net
            without dropout.
    """
    _check_uncertainty(uncertainty, seed)
    with show_progress(verbose):
        with stage("Reading the model and the file"):
            data = run_folder.load_data_record(folder)
            model, encoder = run_folder.load_model(folder), run_folder.load_encoder(folder)
            if uncertainty is not None:
                _require_dropout(model, folder)
            inputs, labels = datasets.read_new(encoder, file)
        classes = tuple(data.classes)
        run_folder.check_fits(model, inputs, data.classes)
        if uncertainty is None:
            with stage(f"Predicting {plural(len(labels), 'row')}"):
                return Predictions(labels, predict_inputs(model, inputs), classes, data.target or "")
        kind = "linear" if not classes else "sigmoid" if model.outputs[0].shape[-1] == 1 else "softmax"
        found = mc_predict(model, inputs, uncertainty, seed=seed, output=kind)
        return Predictions(labels, found.mean, classes, data.target or "", found)


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


@compile_cache.kept()
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
    if not 0 <= seed <= LARGEST_SEED:
        raise InputError(
            f"--seed must be a whole number from 0 to {LARGEST_SEED}, not {seed}.", "Any of these will do."
        )


def _require_dropout(model: keras.Model, folder: str | Path) -> None:
    try:
        require_dropout(model)
    except InputError as error:
        raise InputError(
            f"--uncertainty needs a net with dropout, and that of {str(folder)!r} has none.",
            "Train one with --recipe self-normalizing, which has alpha dropout, or for images with --net conv.",
        ) from error
