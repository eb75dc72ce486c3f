"""A look at a model between two epochs: some rows in inference mode, layer by layer, compiled once.

The model is called with values and leaves no trace of it. What is read: the outputs, the loss of these rows with the
penalties of regularisers apart, and signals of every layer's outputs. Also the loss that other answers would have had,
which tells what an answer that ignores the inputs is worth.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import keras
import numpy as np

from trainwell.engine import compile_cache
from trainwell.engine.observing import observed_call

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainwell.signals import Signal


@dataclass(frozen=True)
class Look:
    """What one look saw.

    Args:
        outputs: as the model gives them, NumPy.
        loss: of these rows, without penalties.
        penalty: that regularisers add.
        readings: by signal and place.
    """

    outputs: Any
    loss: float
    penalty: float
    readings: dict[tuple[str, str], float]


class InferenceProbe:
    """Looks at one model on one set of rows.

    Args:
        model: a compiled and built model.
        x: inputs `(rows, ...)`, NumPy; a few hundred rows.
        y: targets.
        signals: of outputs, one number each.
        training: look as in training: batch statistics and dropout act.
    """

    def __init__(
        self, model: keras.Model, x: Any, y: Any, signals: Sequence[Signal], *, training: bool = False
    ) -> None:
        takes_training = "training" in inspect.signature(model.call).parameters
        options = {"training": training} if takes_training else {}
        call = observed_call(model, signals)

        def look(trainable: Any, others: Any, x: Any, y: Any) -> Any:
            variables = [*model.trainable_variables, *model.non_trainable_variables]
            scope = keras.StatelessScope(
                state_mapping=list(zip(variables, [*trainable, *others], strict=True)), collect_losses=True
            )
            with scope:
                outputs, _, readings = call(x, **options)
                penalty = sum(model.losses, start=jnp.asarray(0.0))
                loss: Any = model.compute_loss(x=x, y=y, y_pred=outputs, training=training)
            return outputs, loss - penalty, penalty, readings

        def loss_of(trainable: Any, others: Any, x: Any, y: Any, outputs: Any) -> Any:
            variables = [*model.trainable_variables, *model.non_trainable_variables]
            with keras.StatelessScope(state_mapping=list(zip(variables, [*trainable, *others], strict=True))):
                penalty = sum(model.losses, start=jnp.asarray(0.0))
                loss: Any = model.compute_loss(x=x, y=y, y_pred=outputs, training=training)
                return loss - penalty

        self._model = model
        self._x, self._y = jax.device_put((x, y))
        self._look, self._loss_of = jax.jit(look), jax.jit(loss_of)

    @compile_cache.kept()
    def __call__(self, x: Any = None, y: Any = None) -> Look:
        """Looks at the model as it is now.

        Args:
            x: other rows than its own; as many of them compile nothing anew.
            y: their targets.
        """
        rows = (self._x, self._y) if x is None else (x, y)
        outputs, loss, penalty, readings = self._look(*self._values(), *rows)
        found = {key: float(value) for key, value in readings.by_key().items()}
        return Look(jax.device_get(outputs), float(loss), float(penalty), found)

    @compile_cache.kept()
    def loss_of(self, outputs: Any) -> float:
        """The loss that these answers to the same rows would have; without penalties."""
        return float(np.asarray(self._loss_of(*self._values(), self._x, self._y, outputs)))

    def _values(self) -> tuple[list[Any], list[Any]]:
        return (
            [variable.value for variable in self._model.trainable_variables],
            [variable.value for variable in self._model.non_trainable_variables],
        )


def what_loss_raises(model: keras.Model, x: Any, y: Any) -> Exception | None:
    """What a model's loss or one of its metrics raises on rows of this form, as a step would; nothing is computed.

    Args:
        model: compiled and built, and able to take these inputs.
        x: a few rows of inputs, NumPy.
        y: their targets.

    Returns:
        What was raised; `None` for nothing, and for a model with a `train_step` of its own, which may need neither.
    """
    if type(model).train_step is not keras.Model.train_step:
        return None
    options = {"training": False} if "training" in inspect.signature(model.call).parameters else {}

    variables = [*model.trainable_variables, *model.non_trainable_variables]

    def judged(values: Any, x: Any, y: Any) -> Any:
        with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True)), collect_losses=True):
            outputs = model(x, **options)
            loss = model.compute_loss(x=x, y=y, y_pred=outputs, training=False)
            model.compute_metrics(x, y, outputs)
        return loss

    try:
        jax.eval_shape(judged, [variable.value for variable in variables], x, y)
    except Exception as error:  # noqa: BLE001 -- a loss of the user's own may raise anything
        return error
    return None
