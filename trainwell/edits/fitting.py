"""Edits of how the model is trained: the arguments of `fit` and its callbacks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras

from trainwell.edits.edit import Edit
from trainwell.edits.wording import told

if TYPE_CHECKING:
    from trainwell.edits.edit import Draft


@dataclass(frozen=True)
class ChangeFit(Edit):
    """Trains with other arguments.

    Args:
        arguments: of `keras.Model.fit`, such as `epochs`, `batch_size`, `shuffle`, `class_weight`.
    """

    part = "fit"
    arguments: dict[str, Any]

    def change(self, draft: Draft) -> None:
        draft.fit.update(self.arguments)

    def __str__(self) -> str:
        return f"fit: {told(self.arguments)}"


@dataclass(frozen=True)
class StopEarly(Edit):
    """Ends the training when the validation loss gets no better, at the best weights; other early stopping goes.

    Args:
        patience: epochs without a better one.
        monitor: what is watched.
        mode: `"min"`, `"max"` or `"auto"`.
    """

    part = "fit"
    patience: int
    monitor: str = "val_loss"
    mode: str = "auto"

    def change(self, draft: Draft) -> None:
        others = [
            each
            for each in keras.tree.flatten(draft.fit.get("callbacks") or [])
            if not isinstance(each, keras.callbacks.EarlyStopping)
        ]
        stopping = keras.callbacks.EarlyStopping(
            monitor=self.monitor, patience=self.patience, mode=self.mode, restore_best_weights=True
        )
        draft.fit["callbacks"] = [*others, stopping]

    def __str__(self) -> str:
        return f"fit: EarlyStopping(monitor={self.monitor!r}, patience={self.patience}, restore_best_weights=True)"


@dataclass(frozen=True)
class RemoveCallbacks(Edit):
    """Trains without callbacks of a kind.

    Args:
        kind: a class of `keras.callbacks`.
    """

    part = "fit"
    kind: str

    def change(self, draft: Draft) -> None:
        given = keras.tree.flatten(draft.fit.get("callbacks") or [])
        draft.fit["callbacks"] = [each for each in given if type(each).__name__ != self.kind]

    def __str__(self) -> str:
        return f"fit: without {self.kind}"
