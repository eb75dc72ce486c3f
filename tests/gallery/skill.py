"""How much better than an answer that ignores the input a trained TrainingSpec is: 1 is perfect, 0 is no better."""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np

from gallery.case import Case, find
from trainwell import engine


@dataclass(frozen=True)
class Outcome:
    """A case after its training.

    Args:
        training: skill on the rows trained on.
        own: skill on its own validation rows.
        held_out: skill on the rows that the case is judged on.
        history: Keras's logs by epoch.
    """

    training: float
    own: float
    held_out: float
    history: dict[str, list[float]]


def train(case: Case, seed: int) -> Outcome:
    """Trains a case as a person would, and judges it."""
    setup = case.build(seed)
    history = engine.fit(setup.compiled(), **setup.data, **setup.fit, verbose=0).history
    own = validation_rows(setup)
    sound = own if case.judged_on == "own" else validation_rows(find(case.twin).build(seed))
    skills = [skill(setup, *rows) for rows in ((setup.data["x"], setup.data["y"]), own, sound)]
    return Outcome(*skills, history)


def validation_rows(setup):
    if "validation_data" in setup.data:
        return setup.data["validation_data"][:2]
    start = int(len(setup.data["y"]) * (1 - setup.fit["validation_split"]))
    return setup.data["x"][start:], setup.data["y"][start:]


def skill(setup, x, y):
    """Balanced accuracy between chance (0) and 1, or R²; the mean over outputs; -1 where the outputs are not finite."""
    predictions = setup.model.predict(x, batch_size=len(keras.tree.flatten(x)[0]), verbose=0)
    if isinstance(y, dict):
        return float(np.mean([_skill(predictions[name], y[name], logits=False) for name in y]))
    if isinstance(y, list):
        return float(np.mean([_skill(one, each, logits=False) for one, each in zip(predictions, y, strict=True)]))
    return _skill(predictions, y, logits=getattr(setup.compile["loss"], "from_logits", False))


def _skill(prediction, truth, *, logits):
    if not np.isfinite(prediction).all():
        return -1.0
    if truth.dtype.kind == "i" or set(np.unique(truth)) <= {0.0, 1.0}:
        return _class_skill(prediction, truth.astype(int), threshold=0.0 if logits and prediction.min() < 0 else 0.5)
    if truth.ndim != prediction.ndim:  # as Keras does where the last axis of one of them is 1
        truth, prediction = truth.reshape(len(truth), -1), prediction.reshape(len(truth), -1)
    rows = ~np.isnan(truth).reshape(len(truth), -1).any(axis=1)
    error = np.mean((prediction[rows] - truth[rows]) ** 2)
    return float(max(-1.0, 1 - error / np.mean((truth[rows] - truth[rows].mean(axis=0)) ** 2)))


def _class_skill(prediction, truth, threshold):
    exclusive = truth.ndim < 2 or truth.shape[1] == 1 or (truth.max() == 1 and (truth.sum(axis=1) == 1).all())
    if truth.shape == prediction.shape and truth.ndim == 2 and truth.shape[1] > 1 and not exclusive:
        chosen = prediction > threshold
        return float(np.mean([_balanced(one, each) for one, each in zip(chosen.T, truth.T, strict=True)]))
    if truth.shape == prediction.shape and truth.ndim > 1 and truth.shape[-1] > 1:
        truth = truth.argmax(axis=-1)
    if prediction.shape[-1] > 1:
        chosen = prediction.argmax(axis=-1)
    else:
        chosen = prediction[..., 0] > threshold if truth.max() <= 1 else np.rint(prediction[..., 0])
    return _balanced(chosen.ravel(), truth.ravel())


def _balanced(chosen, truth):
    classes = np.unique(truth)
    recall = np.mean([(chosen[truth == each] == each).mean() for each in classes])
    return float((recall - 1 / len(classes)) / (1 - 1 / len(classes)))
