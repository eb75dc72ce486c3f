"""Does a network tell a rare class, and only its threshold hides that?

With classes of very different size, the most likely class is nearly always the common one, also where the network's
probabilities tell the classes well apart. Here each probability is divided by the share of its class, and the class of
the largest quotient is chosen: the decision for classes of equal size. What that gains in balanced accuracy on the same
held-out rows is what the imbalance costs. Nothing is trained.

Source: Saerens, Latinne and Decaestecker, "Adjusting the outputs of a classifier to new a priori probabilities", Neural
Computation 14 (2002).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
import numpy as np

from trainwell.experiments.scoring import as_probabilities, outputs_of, takes_logits
from trainwell.run import TrialRecord, heads
from trainwell.training_spec import evenly_spaced
from trainwell.trees import rows_in, take

if TYPE_CHECKING:
    from trainwell.experiments.context import ExperimentContext

RULE = "TW008"
"""Id of the rule that the trial answers: class imbalance."""
RATIO = 3.0
"""Rows of the largest class for each of the smallest, from which classes differ in size."""
MOST_ROWS, MOST_POSITIONS = 1000, 200_000
_LEAST = 1e-9
_FOLDS = 10


def priors(context: ExperimentContext) -> TrialRecord | None:
    """Compare the most likely class with the choice for classes of equal size.

    Returns:
        A trial without training; `None` without validation rows, or without classes of different size.
    """
    held = context.spec.validation
    if held is None:
        return None
    chosen = evenly_spaced(rows_in(held[0]), MOST_ROWS)
    x, y = take(held[0], chosen), take(held[1], chosen)
    logits = takes_logits(context.spec.compile.get("loss"))
    outputs, targets = keras.tree.flatten(outputs_of(context.model, x)), keras.tree.flatten(y)
    trained = keras.tree.flatten(context.spec.data["y"])
    known = heads(context.run)
    if not len(outputs) == len(targets) == len(known):
        return None
    for head, output, target, before in zip(known, outputs, targets, trained, strict=True):
        if head.task in {"binary", "multi-class"} and not (head.target and head.target.signed):
            found = _of_output(np.asarray(output), np.asarray(target), np.asarray(before), logits=logits)
            if found is not None:
                return found
    return None


def _of_output(output: np.ndarray, target: np.ndarray, trained: np.ndarray, *, logits: bool) -> TrialRecord | None:
    units = output.shape[-1]
    probabilities = as_probabilities(output.reshape(-1, units), logits=logits)
    classes = probabilities.shape[1]
    labels, before = (_labels(each, classes) for each in (target, trained))
    if len(labels) != len(probabilities) or not np.isfinite(probabilities).all() or before.max() >= classes:
        return None
    counts = np.bincount(before, minlength=classes)
    if counts.min() < 1 or counts.max() < RATIO * counts.min():
        return None
    step = -(-len(labels) // MOST_POSITIONS)
    labels, probabilities = labels[::step], probabilities[::step]
    adjusted = probabilities / np.maximum(counts / counts.sum(), _LEAST)
    folds = np.arange(len(labels)) * _FOLDS // len(labels)
    pairs = [
        [_balanced(choice.argmax(axis=1)[folds == fold], labels[folds == fold]) for choice in (probabilities, adjusted)]
        for fold in range(_FOLDS)
    ]
    differences = np.array([after - as_it_is for as_it_is, after in pairs])
    as_it_is, after = (_balanced(choice.argmax(axis=1), labels) for choice in (probabilities, adjusted))
    return TrialRecord(
        rule=RULE,
        remedy="the-choice-for-classes-of-equal-size",
        change="each probability divided by the share of its class",
        metric="balanced accuracy",
        before=as_it_is,
        after=after,
        gain=after - as_it_is,
        gain_error=float(differences.std(ddof=1) / np.sqrt(_FOLDS)),
    )


def _labels(target: np.ndarray, classes: int) -> np.ndarray:
    if target.ndim > 1 and target.shape[-1] == classes and classes > 1:
        return target.reshape(-1, classes).argmax(axis=1)
    return target.reshape(-1).astype(int)


def _balanced(chosen: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean recall of the classes that occur."""
    return float(np.mean([(chosen[labels == each] == each).mean() for each in np.unique(labels)]))
