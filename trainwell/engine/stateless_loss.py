"""A model's loss in training mode, as a function of its weights that leaves the model as it is."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import keras

if TYPE_CHECKING:
    from collections.abc import Sequence


class StatelessLoss:
    """The loss of a compiled and built model, by its own `compute_loss`, penalties included.

    Args:
        model: whose `train_step` is Keras's own: another one may take any other loss.
    """

    def __init__(self, model: keras.Model) -> None:
        self._model = model
        self._options = {"training": True} if "training" in inspect.signature(model.call).parameters else {}

    def __call__(self, trainable: Any, others: Any, x: Any, y: Any, sample_weight: Any = None) -> Any:
        """Return the loss of some rows at these weights."""
        with self._scope(trainable, others):
            outputs = self._model(x, **self._options)
            return self._compute(x, y, outputs, sample_weight)

    def outputs(self, trainable: Any, others: Any, x: Any) -> Any:
        """Return the outputs for some rows at these weights."""
        with self._scope(trainable, others):
            return self._model(x, **self._options)

    def of_outputs(self, trainable: Any, others: Any, x: Any, y: Any, outputs: Any, sample_weight: Any = None) -> Any:
        """Return the loss that these outputs have."""
        with self._scope(trainable, others):
            return self._compute(x, y, outputs, sample_weight)

    def values(self) -> tuple[list[Any], list[Any]]:
        """Return the values of the trainable and of the other variables, as they are now."""
        return (
            [variable.value for variable in self._model.trainable_variables],
            [variable.value for variable in self._model.non_trainable_variables],
        )

    def _scope(self, trainable: Sequence[Any], others: Sequence[Any]) -> keras.StatelessScope:
        variables = [*self._model.trainable_variables, *self._model.non_trainable_variables]
        pairs = list(zip(variables, [*trainable, *others], strict=True))
        return keras.StatelessScope(state_mapping=pairs, collect_losses=True)

    def _compute(self, x: Any, y: Any, outputs: Any, sample_weight: Any) -> Any:
        loss: Any = self._model.compute_loss(x=x, y=y, y_pred=outputs, sample_weight=sample_weight, training=True)
        return jnp.asarray(loss)
