"""Trains an experiment for several seeds: ordinary ones side by side from one compiled program, transfer one by one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import keras
import numpy as np

from trainwell.engine import fit, fit_many
from trainwell.reproduce import nets
from trainwell.reproduce.experiment import BASE, TEST, VALIDATION
from trainwell.reproduce.results import Result
from trainwell.techniques import transfer
from trainwell.techniques.activation_statistics import activation_statistics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainwell.reproduce.data import Prepared
    from trainwell.reproduce.experiment import Experiment

_TENTH = 0.1
_ROWS_SEEN = 1_000  # of the held-out rows, for the outputs of each layer
_FIRST_OF_B = 8  # task B has the classes 8 and 9


def train_seeds(experiment: Experiment, data: Prepared, seeds: Sequence[int]) -> list[Result]:
    """The results of an experiment for each of `seeds`.

    Args:
        experiment: what to train.
        data: prepared as the experiment says.
        seeds: of initial weights, order of rows and dropout. As many as there are cores train at the same time.

    Raises:
        KeyboardInterrupt: on Ctrl-C; nothing of these seeds is kept.
    """
    if experiment.base_epochs:
        return [_transfer(experiment, data, seed) for seed in seeds]
    began = time.perf_counter()
    copies = fit_many(
        nets.builder(experiment.net),
        data.x,
        data.y,
        seeds=seeds,
        batch_size=experiment.batch_size,
        epochs=experiment.epochs,
        validation_data=data.validation,
    )
    seconds = (time.perf_counter() - began) / len(copies)
    return [
        Result(
            experiment.name,
            seed,
            {VALIDATION: copy.history["val_accuracy"]},
            seconds,
            _by_depth(experiment, data, seed, copy.weights) if experiment.depth else {},
        )
        for seed, copy in zip(seeds, copies, strict=True)
    ]


def _by_depth(
    experiment: Experiment, data: Prepared, seed: int, trained: list[np.ndarray]
) -> dict[str, tuple[list[float], list[float]]]:
    """Mean and deviation of each hidden layer's outputs over some held-out rows, before and after the training."""
    keras.utils.set_random_seed(seed)  # draws the weights that the copy began with
    model = nets.builder(experiment.net)()
    x = (data.validation or data.test)[0][:_ROWS_SEEN]
    before = activation_statistics(model, x)
    model.set_weights(trained)
    after = activation_statistics(model, x)
    return {
        when: (found.mean.tolist(), found.deviation.tolist()) for when, found in (("before", before), ("after", after))
    }


def _transfer(experiment: Experiment, data: Prepared, seed: int) -> Result:
    """Model A on the classes 0 to 7; then B on 8 and 9, which reuses it."""
    began = time.perf_counter()
    keras.utils.set_random_seed(seed)
    of_a, of_b = data.y < _FIRST_OF_B, data.y >= _FIRST_OF_B
    model_a = nets.builder(experiment.net)()
    how = {"batch_size": experiment.batch_size, "validation_split": _TENTH, "verbose": 0}
    history = fit(model_a, data.x[of_a], data.y[of_a], epochs=experiment.base_epochs, **how).history
    moved = transfer(
        model_a,
        keras.layers.Dense(1, activation="sigmoid"),
        data.x[of_b],
        data.y[of_b] - _FIRST_OF_B,
        head_epochs=experiment.head_epochs,
        head_learning_rate=1e-3,
        epochs=experiment.epochs - experiment.head_epochs,
        learning_rate=1e-4,
        **how,
    )
    x, y = data.test
    for_b = y >= _FIRST_OF_B
    scores = moved.model.evaluate(x[for_b], y[for_b] - _FIRST_OF_B, verbose=0, return_dict=True)
    series = {
        VALIDATION: [value for stage in moved.stages for value in stage.history["val_accuracy"]],
        TEST: [float(np.asarray(scores["accuracy"]))],
        BASE: history["val_accuracy"],
    }
    return Result(experiment.name, seed, series, time.perf_counter() - began)
