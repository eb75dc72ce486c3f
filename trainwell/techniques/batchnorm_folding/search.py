"""The search through a model and the models inside it for what can be folded.

A nested model is searched by itself, since it may be called from several places; nothing is moved across its border.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import keras

from trainwell.engine import compat
from trainwell.techniques.batchnorm_folding.neighbours import LayerGraph, is_graph
from trainwell.techniques.batchnorm_folding.plan import Fold, FoldingPlan, KeptLayer

if TYPE_CHECKING:
    from trainwell.techniques.batchnorm_folding.weights import LinearWeights


@dataclass
class FoldSearch:
    """The plan of a model while it is being made, and what the new model is built from.

    Args:
        model: a built Sequential or Functional model.
    """

    model: keras.Model
    folded: list[Fold] = field(default_factory=list)
    kept: list[KeptLayer] = field(default_factory=list)
    gone: set[int] = field(default_factory=set)
    """The `id` of each BatchNormalization layer that goes."""
    weights: dict[int, LinearWeights] = field(default_factory=dict)
    """By the `id` of the layer, the weights of each that takes something in."""
    renamed: dict[int, str] = field(default_factory=dict)
    """By the `id` of the layer, the name of each that gives out an output of the model in the place of another."""
    uses: Counter[int] = field(default_factory=Counter)
    """By the `id` of the layer, its calls in the model and in the models inside it."""
    in_training: set[int] = field(default_factory=set)
    """The `id` of each model that is called with `training=True`, also when predicting, and of the models inside it."""

    def run(self) -> FoldingPlan:
        """Searches the model and the models inside it."""
        models = {id(self.model): (self.model, "")}
        self._count(self.model, "", models, training=False)
        for model, path in models.values():
            LayerGraph(self, model, path).search()
        return FoldingPlan(tuple(self.folded), tuple(self.kept))

    def _count(
        self, model: keras.Model, path: str, models: dict[int, tuple[keras.Model, str]], *, training: bool
    ) -> None:
        for node in compat.graph(model)[0]:
            layer = node.operation
            first = not self.uses[id(layer)]
            self.uses[id(layer)] += 1
            if is_graph(layer):
                models.setdefault(id(layer), (layer, f"{path}{layer.name}/"))
                in_training = training or bool(node.keywords.get("training"))
                if in_training and id(layer) not in self.in_training:
                    self.in_training.add(id(layer))
                    first = True
                if first:
                    self._count(layer, f"{path}{layer.name}/", models, training=in_training)
            elif first:
                self.kept += [KeptLayer(f"{path}{inside}", reason) for inside, reason in _out_of_reach(layer)]


def _out_of_reach(layer: Any) -> list[tuple[str, str]]:
    """Names of the BatchNormalization layers that cannot be reached: inside a layer, or derived; and why."""
    if type(layer) is keras.layers.BatchNormalization:
        return []
    if isinstance(layer, keras.layers.BatchNormalization):
        return [(layer.name, f"It is a {type(layer).__name__}, which may compute something else.")]
    found, seen, open_ones = [], {id(layer)}, list(compat.sublayers(layer))
    while open_ones:
        inner = open_ones.pop(0)
        if id(inner) in seen:
            continue
        seen.add(id(inner))
        if isinstance(inner, keras.layers.BatchNormalization):
            reason = f"It is inside of {layer.name!r} ({type(layer).__name__}), which calls it in its own way."
            found.append((f"{layer.name}/{inner.name}", reason))
        open_ones += compat.sublayers(inner)
    return found
