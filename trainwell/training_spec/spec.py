"""The TrainingSpec: a model, its compile arguments, its data and its fit arguments, as one object that an Edit changes.

Its dictionaries hold Keras's own arguments under Keras's own names, so Keras is given exactly what they hold.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import keras
import numpy as np

from trainwell.engine import compat, require_values
from trainwell.engine.batches import Batches, comes_in_batches, require_alone
from trainwell.engine.rows import MOST
from trainwell.errors import InputError
from trainwell.training_spec.arrays import Arrays, ValidationFrom, check_arrays, check_validation
from trainwell.trees import rows_in, take

DEFAULT_BATCH_SIZE = 32  # Keras's own


@dataclass
class TrainingSpec:
    """What is trained.

    Args:
        model: built, or to be built from the data.
        compile: arguments of `keras.Model.compile`.
        data: `x`, `y`, `validation_data` and `sample_weight` as `fit` takes them, in NumPy arrays. Where the data come
            in batches, these are the rows of the reservoir.
        fit: the other arguments of `fit`, such as `epochs`, `batch_size` and `callbacks`.
        batches: the source of batches that the training runs on; `None` for arrays.
        validation_batches: the same for validation.
        validation_from: the argument of `fit` that the validation rows come from; by default what `data` says.
        target_offset, target_scale: a regression target is trained as `(y - target_offset) / target_scale`.
        notes: what was decided and why, one sentence each, for people.
    """

    model: keras.Model
    compile: dict[str, Any]
    data: dict[str, Any]
    fit: dict[str, Any] = field(default_factory=dict)
    batches: Batches | None = None
    validation_batches: Batches | None = None
    validation_from: ValidationFrom | None = None
    target_offset: float = 0.0
    target_scale: float = 1.0
    notes: tuple[str, ...] = ()

    @classmethod
    def from_fit(
        cls,
        model: keras.Model,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        *,
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool | str = True,
        class_weight: dict[int, float] | None = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int | list[int] = 1,
        reservoir: int = MOST,
    ) -> TrainingSpec:
        """Return the spec of `model.fit` with these arguments, which are those of `keras.Model.fit`.

        Of a source of batches, the first batches are read and at most `reservoir` rows kept; see `Batches`.

        Raises:
            InputError: an argument cannot be used; the message says why and what to do.
        """
        if not isinstance(model, keras.Model):
            raise InputError(
                f"model is a {type(model).__name__}, and a Keras model was expected.",
                "Pass a keras.Model: Sequential, Functional or a subclass.",
            )
        if not model.compiled:
            raise InputError(
                f"The model {model.name!r} is not compiled: without a loss and an optimizer it cannot be trained.",
                'Compile it first: model.compile(optimizer="adam", loss="sparse_categorical_crossentropy").',
            )
        require_values(model)
        whole = {"batch_size": batch_size, "steps_per_epoch": steps_per_epoch, "validation_steps": validation_steps}
        for name, value in {**whole, "validation_batch_size": validation_batch_size, "epochs": epochs}.items():
            _check_whole(name, value, 1, optional=name != "epochs")
        _check_whole("initial_epoch", initial_epoch, 0)
        fit: dict[str, Any] = {"epochs": epochs, "batch_size": batch_size or DEFAULT_BATCH_SIZE}
        others = {
            "initial_epoch": initial_epoch or None,
            "steps_per_epoch": steps_per_epoch,
            "validation_steps": validation_steps,
            "validation_batch_size": validation_batch_size,
            "validation_freq": None if validation_freq == 1 else validation_freq,
            "shuffle": None if shuffle is True else shuffle,
            "class_weight": class_weight,
            "callbacks": keras.tree.flatten(callbacks) if callbacks else None,
        }
        fit |= {name: value for name, value in others.items() if value is not None}
        arguments = {name: each for name, each in compat.compile_arguments(model).items() if each is not None}
        held = None
        if comes_in_batches(validation_data):
            held = Batches.of(validation_data, validation_steps, reservoir, "validation_data")
        if comes_in_batches(x):
            require_alone(validation_split, y=y, sample_weight=sample_weight)
            batches = Batches.of(x, steps_per_epoch, reservoir)
            fit["batch_size"] = batches.batch_size
            validation = None if validation_data is None or held else check_validation(validation_data)
            arrays = Arrays(batches.kept.x, batches.kept.y, None, validation, "validation_data" if validation else "")
        else:
            batches = None
            arrays = check_arrays(x, y, None if held else validation_data, validation_split, sample_weight)
        data: dict[str, Any] = {"x": arrays.x, "y": arrays.y}
        validation = (held.kept.x, held.kept.y) if held else arrays.validation
        if validation is not None:
            data["validation_data"] = validation
        if arrays.sample_weight is not None:
            data["sample_weight"] = arrays.sample_weight
        return cls(model, arguments, data, fit, batches, held, "validation_data" if held else arrays.validation_from)

    def in_arrays(self) -> TrainingSpec:
        """Return the spec with the rows of its reservoirs in place of its sources of batches; a note says so."""
        if self.batches is None and self.validation_batches is None:
            return self
        fit = dict(self.fit)
        notes = []
        for batches, name, steps in (
            (self.batches, "training", "steps_per_epoch"),
            (self.validation_batches, "validation", "validation_steps"),
        ):
            if batches is not None:
                fit.pop(steps, None)
                weights = " Their weights are left out." if batches.weighted else ""
                notes.append(f"The {name} data come in batches. Used here: {batches.says}.{weights}")
        return replace(self, fit=fit, batches=None, validation_batches=None, notes=(*self.notes, *notes))

    def compiled(self) -> keras.Model:
        """Return the model, compiled anew with `compile`."""
        self.model.compile(**self.compile)
        return self.model

    def checked(self) -> TrainingSpec:
        """Check the data once more, after edits of it.

        Raises:
            InputError: they cannot be trained on.
        """
        data = self.data
        check_arrays(data["x"], data["y"], data.get("validation_data"), 0.0, data.get("sample_weight"))
        return self

    @property
    def rows(self) -> int:
        """Training rows in `data`."""
        return rows_in(self.data["x"])

    @property
    def epochs(self) -> int:
        """Epochs that are trained; one, where the source of batches lasts for no more."""
        if self.batches is not None and self.batches.exhausted:
            return 1
        return self.fit["epochs"] - self.fit.get("initial_epoch", 0)

    @property
    def batch_size(self) -> int:
        """Rows of a step."""
        return self.fit["batch_size"]

    @property
    def steps_per_epoch(self) -> int:
        """Steps of one epoch, a partial last batch included; of a source of unknown length, the batches read."""
        if given := self.fit.get("steps_per_epoch"):
            return given
        if self.batches is not None:
            return self.batches.steps or self.batches.batches_seen
        return -(-self.rows // self.batch_size)

    @property
    def validation(self) -> tuple[Any, ...] | None:
        """Validation rows `(x, y)` or `(x, y, sample_weight)`; of batches, those of the reservoir."""
        return self.data.get("validation_data")

    @property
    def callbacks(self) -> list[keras.callbacks.Callback]:
        """Callbacks of the training."""
        return list(self.fit.get("callbacks") or ())

    def some(self, most: int) -> tuple[Any, Any]:
        """Return inputs and targets of at most `most` evenly spaced training rows."""
        chosen = evenly_spaced(self.rows, most)
        return take(self.data["x"], chosen), take(self.data["y"], chosen)

    def finished_model(self) -> keras.Model:
        """Return the trained layers as a model of their own: not compiled, with outputs in the target's own units."""
        if isinstance(self.model, keras.Sequential):  # has `input` and `output` only once it was called on a tensor
            inputs, outputs = self.model.inputs[0], self.model.outputs[0]
        else:
            inputs, outputs = self.model.input, self.model.output
        if (self.target_offset, self.target_scale) != (0.0, 1.0):
            outputs = keras.layers.Rescaling(self.target_scale, self.target_offset, name="target_units")(outputs)
        return keras.Model(inputs, outputs, name=self.model.name)


def evenly_spaced(rows: int, most: int) -> np.ndarray:
    """Return the numbers of at most `most` evenly spaced rows.

    Example:
    >>> evenly_spaced(10, 4)
    array([0, 3, 6, 9])
    """
    return np.unique(np.linspace(0, rows - 1, min(most, rows)).astype(int))


def _check_whole(name: str, value: Any, least: int, *, optional: bool = False) -> None:
    if optional and value is None:
        return
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < least:
        raise InputError(f"{name} is {value!r}.", f"Give a whole number of at least {least}.")
