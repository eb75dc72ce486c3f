"""The Setup: what is trained, as one thing that can be compiled, trained and changed.

Its dictionaries hold Keras's own arguments under Keras's own names, so that what stands in them is what Keras is given.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import keras


@dataclass
class Setup:
    """A model, its compile arguments, its data and its fit arguments.

    Args:
        model: the model, built.
        compile: arguments of `keras.Model.compile`.
        data: `x`, `y` and `validation_data` as `fit` takes them.
        fit: the other arguments of `fit`, such as `epochs` and `batch_size`.
        target_offset, target_scale: a regression target was trained as `(y - target_offset) / target_scale`.
        notes: what was decided and why, one sentence each, to be said aloud.
    """

    model: keras.Model
    compile: dict[str, Any]
    data: dict[str, Any]
    fit: dict[str, Any] = field(default_factory=dict)
    target_offset: float = 0.0
    target_scale: float = 1.0
    notes: tuple[str, ...] = ()

    def compiled(self) -> keras.Model:
        """The model, compiled anew with `compile`."""
        self.model.compile(**self.compile)
        return self.model

    @property
    def steps_per_epoch(self) -> int:
        """Steps in one epoch, a partial last batch included."""
        return -(-len(keras.tree.flatten(self.data["y"])[0]) // self.fit["batch_size"])

    def finished_model(self) -> keras.Model:
        """The trained layers as a model of their own: not compiled, with outputs in the target's own units."""
        if isinstance(self.model, keras.Sequential):  # has `input` and `output` only once it was called on a tensor
            inputs, outputs = self.model.inputs[0], self.model.outputs[0]
        else:
            inputs, outputs = self.model.input, self.model.output
        if (self.target_offset, self.target_scale) != (0.0, 1.0):
            outputs = keras.layers.Rescaling(self.target_scale, self.target_offset, name="target_units")(outputs)
        return keras.Model(inputs, outputs, name=self.model.name)
