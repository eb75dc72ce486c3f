"""What is diagnosed: a compiled model, its data, and how it is to be trained."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from trainwell.diagnosis.data import Data, check
from trainwell.probes import PROBES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import keras

    from trainwell.run import Run
    from trainwell.setup import Setup


@dataclass
class Job:
    """What is diagnosed.

    Args:
        model: compiled.
        arguments: of its `compile`, as far as they are known.
        data: checked.
        epochs, batch_size, shuffle, class_weight, callbacks: as of `fit`.
        deadline: on `time.monotonic`.
        probes: names of those to be tried.
        settled: given a Run with all facts, whether its verdict is settled so that a short training will do.
        trained: called with the logs by epoch, while the model still holds what was reached.
    """

    model: keras.Model
    arguments: dict[str, Any]
    data: Data
    epochs: int
    batch_size: int
    shuffle: bool | str = True
    class_weight: dict[int, float] | None = None
    callbacks: list[keras.callbacks.Callback] = field(default_factory=list)
    deadline: float = math.inf
    probes: Iterable[str] = tuple(PROBES)
    settled: Callable[[Run], bool] = lambda _: False
    trained: Callable[[dict[str, list[float]]], None] = lambda _: None


def job_of(setup: Setup, callbacks: list[keras.callbacks.Callback], deadline: float = math.inf) -> Job:
    """The job of a Setup, compiled here.

    Args:
        setup: with arrays as data.
        callbacks: those that steer the training.
        deadline: as of `Job`.

    Raises:
        InputError: its data cannot be used.
    """
    data, fit = setup.data, setup.fit
    checked = check(
        data["x"],
        data["y"],
        data.get("validation_data"),
        fit.get("validation_split", 0.0),
        data.get("sample_weight"),
    )
    return Job(
        setup.compiled(),
        setup.compile,
        checked,
        fit["epochs"],
        fit["batch_size"],
        fit.get("shuffle", True),
        fit.get("class_weight"),
        callbacks,
        deadline,
    )
