"""Edits of the model's layers: other arguments, other layers, more of them, fewer of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from trainwell.edits.blueprint import described
from trainwell.edits.edit import Edit
from trainwell.edits.wording import call, listed, snake, told

if TYPE_CHECKING:
    from trainwell.edits.edit import Draft

_STRUCTURE = 3.0  # of weight: a layer more or less changes more than an argument does
_FEW = 0.01  # of weight, for each layer: of two edits alike, the one that touches fewer


@dataclass(frozen=True)
class ChangeLayers(Edit):
    """Gives layers other arguments: an activation, an initializer, a regularizer, a constraint, units, a rate.

    Args:
        layers: paths; a layer of a nested model is `"inner/dense"`.
        arguments: by name, as Keras's constructor takes them.
    """

    part = "model"
    layers: tuple[str, ...]
    arguments: dict[str, Any]

    def change(self, draft: Draft) -> None:
        for path in self.layers:
            draft.blueprint.change(path, self.arguments)

    @property
    def weight(self) -> float:
        return 1.0 + _FEW * len(self.layers)

    def __str__(self) -> str:
        return f"{listed(self.layers)}: {told(self.arguments)}"


@dataclass(frozen=True)
class InsertLayers(Edit):
    """Inserts a layer behind each of some layers, or in front of each; one that is called twice gets one, called twice.

    Args:
        kind: a class of `keras.layers`.
        after, before: paths; one of them is given.
        arguments: of the new layer.
        name: of the new layer, below each path's own name; made from `kind` where not given.
    """

    part = "model"
    kind: str
    after: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    arguments: dict[str, Any] = field(default_factory=dict)
    name: str = ""

    def change(self, draft: Draft) -> None:
        for path in self.after:
            draft.blueprint.insert(self._layer(path), after=path)
        for path in self.before:
            draft.blueprint.insert(self._layer(path), before=path)

    def _layer(self, path: str) -> dict[str, Any]:
        own = path.partition(":")[0].rpartition("/")[2]
        return described(self.kind, self.arguments, f"{own}_{self.name or snake(self.kind)}")

    @property
    def weight(self) -> float:
        return _STRUCTURE + _FEW * len(self.after + self.before)

    def __str__(self) -> str:
        side = f"after {listed(self.after)}" if self.after else f"before {listed(self.before)}"
        return f"insert {call(self.kind, self.arguments)} {side}"


@dataclass(frozen=True)
class RemoveLayers(Edit):
    """Takes layers out; what read their outputs reads their inputs.

    Args:
        layers: paths.
    """

    part = "model"
    layers: tuple[str, ...]

    def change(self, draft: Draft) -> None:
        for path in self.layers:
            draft.blueprint.remove(path)

    @property
    def weight(self) -> float:
        return _STRUCTURE + _FEW * len(self.layers)

    def __str__(self) -> str:
        return f"remove {listed(self.layers)}"


@dataclass(frozen=True)
class ReplaceLayers(Edit):
    """Puts another layer in the place, and under the name, of each of some layers.

    Args:
        layers: paths.
        kind: a class of `keras.layers`.
        arguments: for it.
    """

    part = "model"
    layers: tuple[str, ...]
    kind: str
    arguments: dict[str, Any] = field(default_factory=dict)

    def change(self, draft: Draft) -> None:
        for path in self.layers:
            name = path.partition(":")[0].rpartition("/")[2]
            draft.blueprint.replace(path, described(self.kind, self.arguments, name))

    @property
    def weight(self) -> float:
        return _STRUCTURE + _FEW * len(self.layers)

    def __str__(self) -> str:
        return f"{listed(self.layers)}: {call(self.kind, self.arguments)} in its place"


@dataclass(frozen=True)
class SetTrainable(Edit):
    """Freezes layers, or lets them train again.

    A frozen model trains nothing of what it holds: where a layer is to train, so are the models that it stands in, and
    what else they hold stays as it was.

    Args:
        layers: paths; a nested model takes its layers with it.
        trainable: whether they train.
    """

    part = "model"
    layers: tuple[str, ...]
    trainable: bool

    def change(self, draft: Draft) -> None:
        blueprint = draft.blueprint
        for path in self.layers:
            blueprint.layer(path)
            for below, entry in blueprint.layers.items():
                if below == path or below.startswith(path + "/"):
                    entry["config"]["trainable"] = self.trainable
            if self.trainable:
                for holder in blueprint.around(path):
                    if "trainable" in holder:
                        holder["trainable"] = True

    @property
    def weight(self) -> float:
        return 1.0

    def __str__(self) -> str:
        return f"{listed(self.layers)}: trainable={self.trainable}"


@dataclass(frozen=True)
class SetCall(Edit):
    """Gives the calls of layers in a Functional model an argument.

    Args:
        layers: paths.
        arguments: such as `{"training": False}`.
    """

    part = "model"
    layers: tuple[str, ...]
    arguments: dict[str, Any]

    def change(self, draft: Draft) -> None:
        for path in self.layers:
            draft.blueprint.call_arguments(path, self.arguments)

    def __str__(self) -> str:
        return f"{listed(self.layers)}: called with {told(self.arguments)}"
