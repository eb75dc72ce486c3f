"""What both Recorders enter into a Run once a training is over: its logs, signals, and last looks.

`Recorder` has the spec and trains through the engine; `CallbackRecorder` is told of a loop that Keras runs. Both are
ways to see a training. What they write is written here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from trainwell.engine import InferenceProbe
from trainwell.run import Series

if TYPE_CHECKING:
    from collections.abc import Sequence

    import keras

    from trainwell.engine import Recording
    from trainwell.recording.epoch_tap import EpochTap
    from trainwell.run import Run

LOOKED_AT = 512  # rows at most
INSIDE = (
    "output_mean",
    "output_deviation",
    "output_unit_deviation",
    "output_largest",
    "output_non_finite",
    "output_zero_units",
    "output_tail_share",
)
_BY_BATCH = ("BatchNormalization",)  # behave in another way while they train


def enter_log(run: Run, name: str, values: Sequence[float], epochs: Sequence[int] | None = None) -> None:
    """Enter the values of one log over epochs.

    Args:
        run: to enter it in.
        name: as Keras's logs name it: `"loss"`, `"val_accuracy"`.
        values: one for each epoch.
        epochs: the epochs, counted from 1; all from the first on if not given.
    """
    metric = name.removeprefix("val_")
    part = "train" if metric == name else "validation"
    at = range(1, len(values) + 1) if epochs is None else epochs
    run.signals[f"{part}/{metric}"] = Series(np.asarray(values), np.asarray(at, int), "epoch")


def enter_signals(run: Run, recording: Recording, tap: EpochTap | None) -> None:
    """Enter the signals of the steps and of the looks between epochs, and why some were not measured.

    Args:
        run: to enter them in.
        recording: of the steps.
        tap: of the epochs; none if the model could not be looked at.
    """
    run.signals.update(recording.series())
    if tap is not None:
        run.signals.update(tap.series())
    run.not_measured.update(recording.not_measured)


def loss_in_training_mode(run: Run, model: keras.Model, x: Any, y: Any) -> float | None:
    """Return the loss of some rows in training mode; `None` if no layer behaves in another way there.

    Args:
        run: with the calls of the model.
        model: with the weights reached.
        x: the rows.
        y: their targets.
    """
    if not any(call.layer_class in _BY_BATCH for call in run.model.calls or ()):
        return None
    return InferenceProbe(model, x, y, (), training=True)().loss


def enter_loss_in_training_mode(run: Run, loss: float | None, epoch: int) -> None:
    """Enter what `loss_in_training_mode` returned at the end of an epoch, counted from 1."""
    if loss is not None:
        series = Series(np.asarray([loss]), np.asarray([epoch]), "epoch")
        run.signals["inference/loss_in_training_mode"] = series
