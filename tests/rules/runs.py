"""Runs for the tests of rules: facts of real models and data, signals made by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from trainwell.recording import described
from trainwell.rules import find_rule, judge
from trainwell.run import Series
from trainwell.training_spec import TrainingSpec

if TYPE_CHECKING:
    from trainwell.rule import Finding
    from trainwell.run import Run


def static(
    model: Any,
    x: Any,
    y: Any,
    *,
    loss: Any = "mse",
    optimizer: Any = "adam",
    metrics: Any = (),
    validation_data: Any = None,
    validation_split: float = 0.0,
    epochs: int = 10,
    batch_size: int = 32,
    **fit: Any,
) -> Run:
    """The Run of a model before any training: all facts and no signals.

    `x` and `y` are arrays, or trees of them; NumPy's random numbers will do.
    """
    model.compile(optimizer=optimizer, loss=loss, metrics=list(metrics))
    data = {"validation_data": validation_data, "validation_split": validation_split}
    return described(TrainingSpec.from_fit(model, x, y, batch_size, epochs, **data, **fit))


def with_signals(run: Run, axis: str = "epoch", start: int = 0, **signals: Any) -> Run:
    """The Run with more signals: `train__loss` stands for `"train/loss"`."""
    for name, values in signals.items():
        run.signals[name.replace("__", "/")] = Series.over(axis, np.asarray(values, float), start=start)
    return run


def finding(run: Run, name: str) -> Finding:
    """What the rule of that name says of a Run."""
    return judge(run, [find_rule(name)])[0]
