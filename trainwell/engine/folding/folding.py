"""A compiled model's training with its runs of equal layers folded, and when that is the same training.

Not the same: what looks at a weight as a whole (clipnorm, most constraints), a model with steps of its own, layers with
a state or random numbers. Such a model, or such a run of layers, stays as it is, and `why_not` says why. Equal to
float tolerance: a loop is compiled in another way than the layers one by one.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import keras

from trainwell.engine import compat
from trainwell.engine.folding.elementwise import reason_against, same_for, stacking_between
from trainwell.engine.folding.runs import FEWEST_BLOCKS, LayerRun, find_runs
from trainwell.engine.folding.shadow import Shadow
from trainwell.engine.folding.stacking import Stacking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainwell.engine.state import TestState, TrainState


class Folding:
    """A shadow model in which runs of equal layers are one layer with stacked weights.

    Made by `Folding.of`. The model itself is never touched.

    Args:
        shadow: the folded model.
        optimizer: how the optimizer's variables are stacked.
    """

    def __init__(self, shadow: Shadow, optimizer: Stacking) -> None:
        model = shadow.original
        self.shadow = shadow
        self._trainable = _stacking(model.trainable_variables, shadow.trainable_variables, shadow)
        self._non_trainable = _stacking(model.non_trainable_variables, shadow.non_trainable_variables, shadow)
        self._optimizer = optimizer
        self._metrics = Stacking(range(len(model.metrics_variables)))
        self._made_for = _parts(model)

    @classmethod
    def of(cls, model: keras.Model, *, fewest_blocks: int = FEWEST_BLOCKS) -> Folding | None:
        """The folding of a model; `None` where there is nothing to fold, or where folding would not be the same.

        Args:
            model: built and compiled, and its metrics and optimizer built.
            fewest_blocks: of a run that is folded, from 2.
        """
        found = _fold(model, fewest_blocks)
        return None if isinstance(found, str) else found

    @property
    def runs(self) -> list[list[str]]:
        """The names of the layers that are folded, a list for each run."""
        return [[layer.name for layer in run.layers] for run in self.shadow.stacks.runs]

    @property
    def train_step(self) -> Any:
        """Keras's stateless training step of the folded model: `(TrainState, batch) -> (logs, TrainState)`."""
        return self.shadow.train_step

    @property
    def test_step(self) -> Any:
        """Keras's stateless evaluation step of the folded model: `(TestState, batch) -> (logs, TestState)`."""
        return self.shadow.test_step

    def fits(self, model: keras.Model) -> bool:
        """Whether it still describes the model: same variables, same ones trained, same optimizer and schedule."""
        parts = _parts(model)
        return len(parts) == len(self._made_for) and all(map(operator.is_, parts, self._made_for))

    def fold(self, state: TrainState | TestState) -> Any:
        """The model's state as the shadow's, in buffers of its own.

        Args:
            state: as of `trainwell.engine.state`, of four lists or three.

        Raises:
            ValueError: the state is not of the model as it was when this was made.
        """
        stackings = self._stackings(state)
        return tuple(stacking.stack(values) for stacking, values in zip(stackings, state, strict=True))

    def unfold(self, state: TrainState | TestState) -> Any:
        """The shadow's state as the model's, in buffers of its own: exactly the inverse of `fold`."""
        stackings = self._stackings(state)
        return tuple(stacking.unstack(values) for stacking, values in zip(stackings, state, strict=True))

    def _stackings(self, state: Sequence[Any]) -> list[Stacking]:
        training = [self._optimizer] if len(state) == len(("trainable", "other", "optimizer", "metrics")) else []
        return [self._trainable, self._non_trainable, *training, self._metrics]


def why_not(model: keras.Model, *, fewest_blocks: int = FEWEST_BLOCKS) -> str:
    """Why a model is not folded, in words; empty where it is.

    Args:
        model: as of `Folding.of`.
        fewest_blocks: as of `Folding.of`.
    """
    found = _fold(model, fewest_blocks)
    return found if isinstance(found, str) else ""


def _fold(model: keras.Model, fewest_blocks: int) -> Folding | str:
    reason = _reason_in_model(model) or reason_against(model.optimizer, model.trainable_variables)
    if reason:
        return reason
    compat.require_callable_graph(model)
    nodes, outputs = compat.graph(model)
    runs = _without_shared(find_runs(nodes, outputs, fewest_blocks))
    if not runs:
        return f"no {fewest_blocks} layers in a row, or groups of them, are alike and can be folded"
    with compat.preserve_auto_names():
        shadow = Shadow(model, runs)
        optimizer = same_for(model.optimizer, shadow.trainable_variables)
    name = type(model.optimizer).__name__
    if optimizer is None:
        return f"the optimizer {name} has settings that cannot be carried over"
    for variable in optimizer.variables:
        compat.release_value(variable)
    members = {id(variable): (variable,) for variable in model.trainable_variables}
    members |= {id(stack.variable): stack.members for stack in shadow.stacks.all}
    stacking = stacking_between(model.optimizer, optimizer, members)
    if stacking is None:
        return f"the optimizer {name} keeps variables that do not belong to one weight each"
    shadow.optimizer = optimizer
    if list(map(id, shadow.metrics_variables)) != list(map(id, model.metrics_variables)):
        return "the model has metrics that its folded form would not have"
    return Folding(shadow, stacking)


def _reason_in_model(model: keras.Model) -> str | None:
    if not compat.is_plain_graph(model):
        return f"{type(model).__name__} is neither a built Sequential model nor a Functional one"
    own = compat.own_methods(model)
    if own:
        return f"the model has a method of its own, {own[0]}()"
    if not model.compiled or model.optimizer is None:
        return "the model is not compiled with an optimizer"
    if not model.trainable_variables:
        return "the model has nothing to train"
    if compat.is_quantized_or_rematerialized(model):
        return "the model is quantized or computes its activations again"
    if keras.distribution.distribution() is not None:
        return "a keras.distribution is set"
    return None


def _without_shared(runs: list[LayerRun]) -> list[LayerRun]:
    """The runs none of whose variables is also in an earlier one."""
    taken: set[int] = set()
    kept = []
    for run in runs:
        variables = {id(variable) for of_blocks in run.variables for variable in of_blocks}
        if not variables & taken:
            kept.append(run)
            taken |= variables
    return kept


def _stacking(originals: list[keras.Variable], folded: list[keras.Variable], shadow: Shadow) -> Stacking:
    position = {id(variable): at for at, variable in enumerate(originals)}
    members = {id(stack.variable): stack.members for stack in shadow.stacks.all}
    return Stacking(
        [
            tuple(position[id(member)] for member in members[id(variable)])
            if id(variable) in members
            else position[id(variable)]
            for variable in folded
        ]
    )


def _parts(model: keras.Model) -> list[Any]:
    """What must be the same objects for a folding to stay valid; the breaks tell the lists apart."""
    optimizer = model.optimizer
    return [
        *model.trainable_variables,
        None,
        *model.non_trainable_variables,
        None,
        *model.metrics_variables,
        None,
        *optimizer.variables,
        None,
        optimizer,
        compat.learning_rate_source(optimizer),
    ]
