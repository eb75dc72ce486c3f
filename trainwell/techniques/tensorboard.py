"""TensorBoard event files without TensorFlow: scalars by epoch or by step, and histograms of the weights.

The folders, tags and steps are those of Keras's own callback, which needs TensorFlow to write them, so that old and new
runs stand side by side. Graphs, images of weights, embeddings and profiles are not written. Weights that are not finite
are left out of a histogram.
"""

from __future__ import annotations

import itertools
import os
import time
from pathlib import Path
from typing import Any, Literal

import keras
import numpy as np

from trainwell.errors import InputError

_BUCKETS = 30  # of a histogram, as Keras's own callback has
_numbers = itertools.count()


class TensorBoard(keras.callbacks.Callback):
    """Writes what TensorBoard shows of a training, in `keras.Model.fit` and in `tw.fit` alike.

    In `log_dir/train`: `epoch_loss`, `epoch_` and each metric, `epoch_learning_rate`; in `log_dir/validation` the same
    of the validation, and `evaluation_loss_vs_iterations`. With steps: `batch_loss` and so on, with the running value
    of the epoch. Histograms: `dense/kernel/histogram`, after the weight's path.

    Args:
        log_dir: a folder, made where it is missing; one for each training, so that they can be compared.
        histogram_freq: epochs between two histograms of all weights; 0 for none.
        update_freq: `"epoch"`; or also the running values each so many steps, `"batch"` for each step.

    Raises:
        InputError: tensorboardX is not installed, an argument is out of its range, or `log_dir` cannot be a folder.

    Example:
    >>> import tempfile
    >>> import keras, numpy as np, trainwell as tw
    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> folder = tempfile.mkdtemp()
    >>> board = tw.techniques.TensorBoard(folder)
    >>> history = tw.fit(model, np.ones((8, 1)), np.ones((8, 1)), epochs=2, callbacks=[board], verbose=0)
    >>> sorted(path.name.split(".")[0] for path in Path(folder, "train").iterdir())
    ['events']

    Source: Keras, `keras.callbacks.TensorBoard`, for the layout; https://github.com/lanpa/tensorboardX for the files.
    """

    replay_batches = True  # the hook on batches, where there is one, only reads the logs

    def __init__(
        self,
        log_dir: str | os.PathLike[str] = "logs",
        *,
        histogram_freq: int = 0,
        update_freq: Literal["epoch", "batch"] | int = "epoch",
    ) -> None:
        super().__init__()
        _require_tensorboardx()
        self.log_dir = Path(log_dir)
        _require_folder(self.log_dir)
        if not _is_whole(histogram_freq, 0):
            raise InputError(
                f"histogram_freq={histogram_freq!r} was given, and a number of epochs was expected.",
                "Give 1 for a histogram after each epoch, 0 for none.",
            )
        if update_freq not in {"epoch", "batch"} and not _is_whole(update_freq, 1):
            raise InputError(
                f"update_freq={update_freq!r} was given, and 'epoch', 'batch' or a number of steps was expected.",
                "Give 100 for a value each hundred steps.",
            )
        self.histogram_freq = histogram_freq
        self.update_freq = 1 if update_freq == "batch" else update_freq
        self._files: dict[str, _EventFile] = {}
        self._is_training = False
        self._step = 0
        if update_freq != "epoch":  # without a hook on batches, nothing has to wait for each of them
            self.on_train_batch_end = self._write_step

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Begins new files."""
        del logs
        self._close()
        self._is_training = True

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Finds how many steps the model has been trained so far, also where a training goes on."""
        del epoch, logs
        model: Any = self.model
        self._step = int(model.optimizer.iterations)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Writes the epoch's values, and histograms where it is time."""
        logs = logs or {}
        own = {name: value for name, value in logs.items() if not name.startswith("val_")}
        held_out = {name.removeprefix("val_"): value for name, value in logs.items() if name.startswith("val_")}
        self._write("train", "epoch_{}", {**own, **self._learning_rates()}, epoch)
        self._write("validation", "epoch_{}", held_out, epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._write_histograms(epoch)
        for file in self._files.values():
            file.flush()

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        """Writes what a validation, or `model.evaluate`, found after how many steps of training."""
        iterations = getattr(getattr(self.model, "optimizer", None), "iterations", None)
        if iterations is not None:
            self._write("validation", "evaluation_{}_vs_iterations", logs or {}, int(iterations))
        if not self._is_training:
            self._close()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Closes the files."""
        del logs
        self._close()
        self._is_training = False

    def _write_step(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        del batch
        self._step += 1
        if self._step % int(self.update_freq) == 0:
            self._write("train", "batch_{}", logs or {}, self._step)

    def _write(self, part: str, tag: str, values: dict[str, Any], step: int) -> None:
        for name, value in values.items():
            if np.ndim(value) == 0:
                self._file(part).write_scalar(tag.format(name), float(value), step)

    def _write_histograms(self, epoch: int) -> None:
        model: Any = self.model
        for weight in (weight for layer in model.layers for weight in layer.weights):
            values = np.asarray(weight.value, dtype=np.float64)
            finite = values[np.isfinite(values)]
            if finite.size:
                self._file("train").write_histogram(f"{weight.path.replace(':', '_')}/histogram", finite, epoch)

    def _learning_rates(self) -> dict[str, float]:
        """The rate at the end of the epoch; one for each optimizer where there are several."""
        model: Any = self.model
        optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
        if several := getattr(optimizer, "optimizers", None):
            return {f"learning_rate_{one.name}": _number(one.learning_rate) for one in several}
        return {"learning_rate": _number(optimizer.learning_rate)}

    def _file(self, part: str) -> _EventFile:
        if part not in self._files:
            self._files[part] = _EventFile(self.log_dir / part)
        return self._files[part]

    def _close(self) -> None:
        for file in self._files.values():
            file.close()
        self._files = {}


class _EventFile:
    """One file of events, written as they come.

    tensorboardX's `SummaryWriter` hands them to a thread, and its `flush` does not wait for what is under way.
    """

    def __init__(self, folder: Path) -> None:
        from tensorboardX import event_file_writer, proto, summary  # noqa: PLC0415 # pyright: ignore[reportMissingImports] -- an extra

        self._summary = summary
        self._event: Any = proto.event_pb2.Event  # pyright: ignore[reportAttributeAccessIssue] -- made when imported
        folder.mkdir(parents=True, exist_ok=True)
        # The file's name holds the second in which it was made, which two trainings may share.
        suffix = f".{os.getpid()}.{next(_numbers)}"
        self._writer = event_file_writer.EventsWriter(str(folder / "events"), suffix)
        self.flush = self._writer.flush
        self.close = self._writer.close

    def write_scalar(self, tag: str, value: float, step: int) -> None:
        self._write(self._summary.scalar(tag, value), step)

    def write_histogram(self, tag: str, values: np.ndarray, step: int) -> None:
        self._write(self._summary.histogram(tag, values, _BUCKETS), step)

    def _write(self, summary: Any, step: int) -> None:
        self._writer.write_event(self._event(wall_time=time.time(), step=step, summary=summary))


def _require_tensorboardx() -> None:
    try:
        import tensorboardX  # noqa: F401, PLC0415 # pyright: ignore[reportMissingImports] -- an extra
    except ImportError as error:
        raise InputError(
            "TensorBoard's files are written by the package tensorboardX, which is not installed.",
            "Run: pip install 'trainwell[tensorboard]'",
        ) from error


def _require_folder(path: Path) -> None:
    """Refuses, before the training, what can be no folder."""
    try:
        nearest = next(place for place in (path, *path.absolute().parents) if place.exists())
        reason = "" if nearest.is_dir() else f"{str(nearest)!r} is a file"
        if not reason and not os.access(nearest, os.W_OK):
            reason = f"{str(nearest)!r} cannot be written to"
    except OSError as error:
        reason = str(error.strerror)
    if reason:
        raise InputError(
            f"log_dir={str(path)!r} was given, and a folder was expected: {reason}.",
            "Name a folder for TensorBoard's files.",
        )


def _number(rate: Any) -> float:
    return np.asarray(keras.ops.convert_to_tensor(rate)).item()


def _is_whole(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least
