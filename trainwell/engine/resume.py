"""A training that goes on where a killed process left it, to the same weights as if nothing had happened.

After each epoch everything that the rest depends on is written to one file, beside the earlier one and then renamed:
the model's, optimizer's and metrics' values, the generators of Python, NumPy and Keras, the position in the data, and
what the callbacks have learnt. An epoch that was interrupted is run again from its beginning.

Not restored: files that callbacks of the user's own append to, attributes of callbacks that are no plain data, and the
position of a generator or another source of batches, which begins anew.
"""

from __future__ import annotations

import csv
import json
import logging
import os
import random
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import keras
import numpy as np

from trainwell.engine import compat, plain_data, state
from trainwell.errors import InputError
from trainwell.storage import write_atomically

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainwell.engine.feeds import Feed

FILE = "training.npz"
VERSION = 1
_NOT_THE_CALLBACKS_OWN = {"_model", "params", "_params"}
_logger = logging.getLogger("trainwell")


class Resume:
    """The file of one training, and what goes into it.

    Args:
        folder: where the file stands; made where it is missing.
        model: built and compiled, with its metrics and optimizer.
        feed: the training data.
        callbacks: those of the training, Keras's History among them.

    Raises:
        InputError: the folder cannot be used, or what is in it cannot be read or is of another training.
    """

    def __init__(
        self, folder: str | Path, model: keras.Model, feed: Feed, callbacks: Sequence[keras.callbacks.Callback]
    ) -> None:
        self._path = Path(folder) / FILE
        self._model = model
        self._feed = feed
        self._callbacks = callbacks
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                f"resume={str(folder)!r} cannot be made: {error.strerror}.", "Name a folder that can be written to."
            ) from error
        if feed.position() is None:
            _logger.warning(
                "trainwell: the data comes in batches from a source that cannot be put back to where it was; a "
                "training that goes on after an interruption sees it from its beginning."
            )
        self._found = self._read()
        self._untouched = [{name: plain_data.fingerprint(value) for name, value in _own(c)} for c in callbacks]
        if self._found is None:
            return
        for callback in callbacks:
            if type(callback) is keras.callbacks.CSVLogger:
                _keep_rows(callback, self._found["epoch"])
                callback.append = True

    @property
    def stopped(self) -> bool:
        """Whether the training that was found had been stopped by a callback: there is nothing left to do."""
        return self._found is not None and self._found["stopped"]

    def restore(self) -> int | None:
        """Puts everything back as it was; to be called when callbacks have heard that training begins.

        Returns:
            The epoch to go on with; `None` where there is nothing to go on from.
        """
        found = self._found
        if found is None:
            return None
        values = iter(found["values"])
        groups = [[jnp.array(next(values)) for _ in group] for group in state.train_state(self._model)]
        state.give_back_train(self._model, tuple(groups))  # type: ignore[arg-type] -- four lists, as train_state has
        for callback, attributes in zip(self._callbacks, found["callbacks"], strict=True):
            vars(callback).update(attributes)
            if isinstance(callback, keras.callbacks.History):
                self._model.history = callback
        self._feed.restore(found["position"])
        if found["generators"]["keras"] is None:
            compat.forget_global_seed()
        else:
            compat.set_global_seed(found["generators"]["keras"])
        random.setstate(found["generators"]["python"])
        np.random.set_state(found["generators"]["numpy"])  # noqa: NPY002 -- the generator Keras uses
        return found["epoch"]

    def save(self, epoch: int) -> None:
        """Writes the state at the end of an epoch.

        Args:
            epoch: the one to go on with.
        """
        facts = {
            "version": VERSION,
            "epoch": epoch,
            "stopped": bool(self._model.stop_training),
            "of": self._training(),
            "values": [np.asarray(value) for group in state.train_state(self._model) for value in group],
            "callbacks": [
                self._learnt(callback, before)
                for callback, before in zip(self._callbacks, self._untouched, strict=True)
            ],
            "position": self._feed.position(),
            "generators": {
                "python": random.getstate(),
                "numpy": np.random.get_state(legacy=False),  # noqa: NPY002 -- the generator Keras uses
                "keras": compat.global_seed(),
            },
        }
        text, arrays = plain_data.encode(facts)
        with write_atomically(self._path) as temporary, temporary.open("wb") as file:
            np.savez(file, allow_pickle=False, text=np.frombuffer(text.encode(), np.uint8), **arrays)
            file.flush()
            os.fsync(file.fileno())

    def _read(self) -> dict[str, Any] | None:
        if not self._path.exists():
            return None
        try:
            with self._path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
                facts = plain_data.decode(file["text"].tobytes().decode(), file)
            version = facts["version"]
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
            raise InputError(
                f"{self._path} is not the state of a training: {error}.", "Name another folder, or delete the file."
            ) from error
        if version != VERSION:
            raise InputError(
                f"{self._path} has format version {version}; this trainwell reads {VERSION}.",
                "Go on with the trainwell that wrote it, or name another folder.",
            )
        ours = json.loads(json.dumps(self._training()))
        for name, expected in facts["of"].items():
            if ours[name] != expected:
                raise InputError(
                    f"{self._path} is of another training: its {name} was {_short(expected)}, and now is "
                    f"{_short(ours[name])}.",
                    "Name another folder for this training, or delete the file to begin anew.",
                )
        return facts

    def _training(self) -> dict[str, Any]:
        """What must be the same for the file to be of this training."""
        values = [value for group in state.train_state(self._model) for value in group]
        return {
            "model": [[list(value.shape), str(value.dtype)] for value in values],
            "optimizer": type(self._model.optimizer).__name__,
            "data": self._feed.facts(),
            "list of callbacks": [type(callback).__name__ for callback in self._callbacks],
        }

    def _learnt(self, callback: keras.callbacks.Callback, before: dict[str, str | None]) -> dict[str, Any]:
        """The attributes that are others than before training; what was given as an argument is not among them."""
        learnt = {}
        for name, value in _own(callback):
            if name == "min_delta" and hasattr(callback, "monitor_op"):
                continue  # Keras turns its sign when it learns which direction is better, and will again
            fingerprint = plain_data.fingerprint(value)
            if fingerprint is not None and fingerprint != before.get(name):
                learnt[name] = value
        return learnt


def _own(callback: keras.callbacks.Callback) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in vars(callback).items() if name not in _NOT_THE_CALLBACKS_OWN]


def _keep_rows(logger: keras.callbacks.CSVLogger, epoch: int) -> None:
    """Drops the rows of epochs that will be run again."""
    path = Path(logger.filename)
    if not path.exists():
        return
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file, delimiter=logger.sep)) or [[]]
    with write_atomically(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        kept = [row for row in rows if row and int(row[0]) < epoch]
        csv.writer(file, delimiter=logger.sep).writerows([header, *kept] if header else kept)


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 80 else f"{text[:77]}..."  # noqa: PLR2004 -- a line of a terminal
