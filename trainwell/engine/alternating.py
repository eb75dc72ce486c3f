"""Models whose groups of weights take turns: within each step each lowers a loss of its own, after the one before it.

For players that work against each other, such as a discriminator and a generator. One optimizer serves all of them, so
they share its learning rate, and it must update each weight from that weight's gradient alone (no `global_clipnorm`).
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import keras

if TYPE_CHECKING:
    from collections.abc import Iterable


class Alternating(keras.Model):
    """A Keras model that is trained in turns; compiled with an optimizer and no loss, fitted on inputs alone.

    Args:
        players: by name, the models that take turns, in their order. Every trainable weight belongs to one of them.
    """

    def __init__(self, players: dict[str, keras.Model]) -> None:
        super().__init__()
        self.players = players
        self.losses_of_turns = {name: keras.metrics.Mean(name=f"{name}_loss") for name in players}
        self.built = True

    @abstractmethod
    def loss_of(self, turn: str, x: Any, *, training: bool) -> Any:
        """The loss, a scalar, that the player of this turn lowers on a batch of inputs."""

    def train_step(self, state: Any, data: Any) -> tuple[dict[str, Any], Any]:
        """One turn of each player on one batch, as Keras's own step: state and data in, logs and state out."""
        trainable, other, slots, metrics = state
        (x, _, _) = keras.utils.unpack_x_y_sample_weight(data)
        gradients = [jnp.zeros_like(value) for value in trainable]
        current, new_slots = list(trainable), slots
        values: dict[str, Any] = {}
        for name, player in self.players.items():
            own = self._positions(player)

            def loss(values: list[Any], name: str = name, own: list[int] = own, at: Any = (current, other)) -> Any:
                weights, others = list(at[0]), at[1]
                for position, value in zip(own, values, strict=True):
                    weights[position] = value
                return self._loss(name, x, weights, others, training=True)

            grad = jax.value_and_grad(loss, has_aux=True)
            (values[name], other), found = grad([current[position] for position in own])
            for position, gradient in zip(own, found, strict=True):
                gradients[position] = gradient
            # From the same optimizer state each time, with the gradients so far: the last call is the step's update,
            # and an earlier one has given each weight the value that the last one will give it.
            after, new_slots = self.optimizer.stateless_apply(slots, gradients, trainable)
            for position in own:
                current[position] = after[position]
        logs, metrics = self._logs(values, metrics)
        return logs, (current, other, new_slots, metrics)

    def test_step(self, state: Any, data: Any) -> tuple[dict[str, Any], Any]:
        """Each player's loss on one batch, with nobody learning."""
        trainable, other, metrics = state
        (x, _, _) = keras.utils.unpack_x_y_sample_weight(data)
        values = {}
        for name in self.players:
            values[name], other = self._loss(name, x, trainable, other, training=False)
        logs, metrics = self._logs(values, metrics)
        return logs, (trainable, other, metrics)

    def _positions(self, player: keras.Model) -> list[int]:
        own = {id(variable) for variable in player.trainable_variables}
        return [at for at, variable in enumerate(self.trainable_variables) if id(variable) in own]

    def _loss(
        self, name: str, x: Any, trainable: Iterable[Any], other: Iterable[Any], *, training: bool
    ) -> tuple[Any, list[Any]]:
        """The loss of a turn with these values of the weights, and the values of the other variables after it."""
        pairs = [*zip(self.trainable_variables, trainable, strict=True)]
        pairs += [*zip(self.non_trainable_variables, other, strict=True)]
        with keras.StatelessScope(state_mapping=pairs) as scope:
            value = self.loss_of(name, x, training=training)
        return value, [scope.get_current_value(variable) for variable in self.non_trainable_variables]

    def _logs(self, values: dict[str, Any], metrics: list[Any]) -> tuple[dict[str, Any], list[Any]]:
        """The running means of the epoch, and the values of the metrics' variables."""
        with keras.StatelessScope(state_mapping=[*zip(self.metrics_variables, metrics, strict=True)]) as scope:
            for name, value in values.items():
                self.losses_of_turns[name].update_state(value)
            logs = {metric.name: metric.result() for metric in self.losses_of_turns.values()}
        return logs, [scope.get_current_value(variable) for variable in self.metrics_variables]
