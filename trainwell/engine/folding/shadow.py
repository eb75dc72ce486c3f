"""A model whose runs of equal layers are loops over stacked weights; it trains through Keras's own steps.

It walks the original's graph, and calls the original's layers with values from outside: no layer is made, called with
symbolic tensors or built anew, and no random number is drawn. Its own variables only name what comes from outside; they
hold no values. Loss and metrics are the original's own objects.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import keras

from trainwell.engine import compat

if TYPE_CHECKING:
    from collections.abc import Callable

    from trainwell.engine.folding.runs import LayerRun


@dataclass(frozen=True)
class StackedLayers:
    """One variable in the place of several equal ones.

    Args:
        variable: the stacked one, `(members, ...)`.
        members: the original's variables, in the order of the run's blocks.
    """

    variable: keras.Variable
    members: tuple[keras.Variable, ...]

    @classmethod
    def of(cls, members: tuple[keras.Variable, ...]) -> StackedLayers:
        """A variable without values for these, with their regularizer and constraint."""
        first = members[0]
        shape, name = (len(members), *first.shape), f"stacked_{first.name}"
        variable = keras.Variable("zeros", shape, dtype=first.dtype, trainable=first.trainable, name=name)
        compat.release_value(variable)
        variable.regularizer, variable.constraint = first.regularizer, first.constraint
        return cls(variable, members)


class Stacks:
    """The stacked variables of a model; apart from it, so that Keras does not look for layers and variables in them.

    Args:
        model: the original.
        runs: those of its graph that become loops.
    """

    def __init__(self, model: keras.Model, runs: list[LayerRun]) -> None:
        self.runs = runs
        self.of_runs = [[StackedLayers.of(members) for members in run.variables] for run in runs]
        self.all = [stack for stacks in self.of_runs for stack in stacks]
        self._place = {
            id(member): (stack.variable, at) for stack in self.all for at, member in enumerate(stack.members)
        }
        kept = [variable for variable in model.variables if id(variable) not in self._place]
        self.variables = [*kept, *(stack.variable for stack in self.all)]

    def slice(self, key: int, value_of: Callable[[keras.Variable], Any]) -> Any:
        """The value of one of the original's variables, cut from its stack; `None` where it is in none.

        Args:
            key: the variable's `id`.
            value_of: gives a stacked variable's value, or `None`.
        """
        if key not in self._place:
            return None
        variable, at = self._place[key]
        value = value_of(variable)
        return None if value is None else value[at]


class Shadow(keras.Model):
    """The folded model.

    Args:
        model: the original, compiled.
        runs: those of its graph that become loops.
    """

    def __init__(self, model: keras.Model, runs: list[LayerRun]) -> None:
        super().__init__(name=model.name, dtype=model.dtype_policy)
        self.original = model
        self.stacks = Stacks(model, runs)
        compat.share_compilation(self, model)
        self.built = True

    @property
    def variables(self) -> list[keras.Variable]:
        """The original's without those that are stacked, then the stacked ones."""
        return list(self.stacks.variables)

    @property
    def weights(self) -> list[keras.Variable]:
        """The same; Keras reads the trainable ones among them."""
        return list(self.stacks.variables)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """As the original's, with a loop for each run."""
        compat.extend_stateless_scope(self.stacks.slice)
        instead: dict[int, Callable[[Any], Any]] = {}
        for run, stacks in zip(self.stacks.runs, self.stacks.of_runs, strict=True):
            first, *others = run.layers
            instead[id(first)] = _loop(run, stacks)
            instead.update({id(layer): _hand_on for layer in others})
        return compat.call_graph(self.original, inputs, training=training, instead=instead)

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """As Keras's; a loss function may read the weights of a folded layer."""
        compat.extend_stateless_scope(self.stacks.slice)
        return super().compute_loss(x, y, y_pred, sample_weight, training)


def _loop(run: LayerRun, stacks: list[StackedLayers]) -> Callable[[Any], Any]:
    def run_all(x: Any) -> Any:
        if compat.is_masked(x):  # it would be lost in a loop
            for layer in run.layers:
                x = layer(x)
            return x
        stacked = [stack.variable.value for stack in stacks]
        return jax.lax.scan(lambda x, values: (run.apply_block(x, values), None), x, stacked)[0]

    return run_all


def _hand_on(x: Any) -> Any:
    return x
