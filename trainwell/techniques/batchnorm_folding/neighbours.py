"""The neighbours of one BatchNormalization layer in a model's graph, and whether they can take it in.

It is first taken back, into the linear layer whose output it normalises, which is exact with any padding; else ahead,
into every layer that reads its output. One that cannot go whole stays whole.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import keras

from trainwell.engine import compat
from trainwell.techniques.batchnorm_folding.affine import Affine, Refusal
from trainwell.techniques.batchnorm_folding.between import is_linear_activation, move
from trainwell.techniques.batchnorm_folding.plan import Fold, KeptLayer
from trainwell.techniques.batchnorm_folding.weights import KINDS

if TYPE_CHECKING:
    from trainwell.engine.compat import GraphNode
    from trainwell.techniques.batchnorm_folding.search import FoldSearch

_PRECISE = ("float32", "float64")  # half precision would round a folded kernel, where the layer computes in float32


class LayerGraph:
    """The calls of one model, and the search for the neighbours of each BatchNormalization layer among them.

    Args:
        search: what is found, over this model and those around it and inside it.
        model: a built Sequential or Functional model.
        path: what stands before the names of its layers.
    """

    def __init__(self, search: FoldSearch, model: keras.Model, path: str) -> None:
        self.plan, self.path, self.training = search, path, id(model) in search.in_training
        self.nodes, outputs = compat.graph(model)
        self.given_out = set(map(id, outputs))
        self.giver = {id(tensor): node for node in self.nodes for tensor in node.outputs}
        self.readers: dict[int, list[GraphNode]] = {}
        for node in self.nodes:
            for tensor in node.inputs:
                self.readers.setdefault(id(tensor), []).append(node)
        self.renames = model is search.model and type(model) is not keras.Sequential  # whose outputs have names

    def search(self) -> None:
        """Backward from the first to the last, then ahead from the last to the first, as far as each goes."""
        plan, found = self.plan, {}
        nodes = [node for node in self.nodes if type(node.operation) is keras.layers.BatchNormalization]
        nodes = list({id(node.operation): node for node in nodes}.values())
        reasons: dict[int, list[str]] = {id(node.operation): [] for node in nodes}
        for node in nodes:
            found[id(node.operation)] = self._try(node, reasons, forward=False)
        for node in reversed(nodes):
            if found[id(node.operation)] is None:
                found[id(node.operation)] = self._try(node, reasons, forward=True)
        for node in nodes:
            fold, why = found[id(node.operation)], list(dict.fromkeys(reasons[id(node.operation)]))
            name = f"{self.path}{node.operation.name}"
            if fold is not None:
                plan.folded.append(fold)
            elif len(why) == 1:
                plan.kept.append(KeptLayer(name, f"{why[0][0].upper()}{why[0][1:]}."))
            else:
                plan.kept.append(
                    KeptLayer(name, f"Not into what comes before: {why[0]}. Not into what follows: {why[1]}.")
                )

    def _try(self, node: GraphNode, reasons: dict[int, list[str]], *, forward: bool) -> Fold | None:
        plan, layer = self.plan, node.operation
        try:
            affine = self._affine(node)
            targets = self._ahead(node.outputs[0], affine, layer) if forward else [self._back(node, affine)]
            taken = []
            for target, moved in targets:
                weights = copy.copy(plan.weights.get(id(target)) or KINDS[type(target)](target))
                weights.kernels = dict(weights.kernels)
                (weights.take_before if forward else weights.take_after)(moved)
                taken.append((target, weights))
        except Refusal as refusal:
            reasons[id(layer)].append(str(refusal))
            return None
        for target, weights in taken:
            plan.weights[id(target)] = weights
        plan.gone.add(id(layer))
        if self.renames and id(node.outputs[0]) in self.given_out:
            giver = self.giver[id(self._source(node.inputs[0]))].operation
            plan.renamed[id(giver)] = layer.name
        into = tuple(f"{self.path}{target.name}" for target, _ in taken)
        return Fold(f"{self.path}{layer.name}", into, "after" if forward else "before")

    def _source(self, tensor: Any) -> Any:
        """A tensor, or that which a folded layer hands on as it."""
        node = self.giver.get(id(tensor))
        while node is not None and id(node.operation) in self.plan.gone:
            tensor = node.inputs[0]
            node = self.giver.get(id(tensor))
        return tensor

    def _affine(self, node: GraphNode) -> Affine:
        layer = node.operation
        if self.training or node.keywords.get("training"):
            called = "its model is" if self.training else "it is"
            raise Refusal(f"{called} called with training=True, so that it normalises by the statistics of each batch")
        self._check(node, layer)
        if not keras.backend.is_float_dtype(node.inputs[0].dtype):
            raise Refusal(f"it takes {node.inputs[0].dtype}, which only it turns into {layer.compute_dtype}")
        return Affine.of_batchnorm(layer, len(node.inputs[0].shape))

    def _check(self, node: GraphNode, batchnorm: Any) -> None:
        """Refuses calls that nothing can be moved through or into, whatever the layer."""
        layer = node.operation
        if self.plan.uses[id(layer)] > 1:
            raise Refusal(f"{layer.name!r} is called {self.plan.uses[id(layer)]} times")
        if is_graph(layer):
            raise Refusal(f"{layer.name!r} is a model of its own, and nothing is moved across its border")
        if not isinstance(layer, keras.layers.Layer):
            raise Refusal(f"{layer.name!r} ({type(layer).__name__}) is an operation that is no layer")
        if node.keywords.get("training"):
            raise Refusal(f"{layer.name!r} ({type(layer).__name__}) is called with training=True, also when predicting")
        keywords = [value for value in node.keywords.values() if value is not None and value is not False]
        if len(node.inputs) != 1 or len(node.arguments) != 1 or keywords:
            raise Refusal(f"{layer.name!r} ({type(layer).__name__}) is called with more than one tensor")
        if layer.quantization_mode is not None:
            raise Refusal(f"{layer.name!r} is quantized to {layer.quantization_mode}")
        if layer.compute_dtype not in _PRECISE or layer.variable_dtype != layer.compute_dtype:
            raise Refusal(
                f"{layer.name!r} computes in {layer.compute_dtype} (dtype policy {layer.dtype_policy.name!r}), where "
                "folding would round otherwise"
            )
        if layer.compute_dtype != batchnorm.compute_dtype:
            raise Refusal(f"{layer.name!r} computes in {layer.compute_dtype}, and {batchnorm.name!r} in another type")
        if compat.own_methods(layer):
            raise Refusal(f"{layer.name!r} has a method of its own, {compat.own_methods(layer)[0]}()")

    def _back(self, node: GraphNode, affine: Affine) -> tuple[Any, Affine]:
        """The linear layer before, and what it takes in."""
        batchnorm, tensor = node.operation, node.inputs[0]
        while True:
            giver = self.giver.get(id(tensor))
            if giver is None:
                raise Refusal("it takes an input of the model")
            layer = giver.operation
            if id(tensor) in self.given_out:
                raise Refusal(f"the output of {layer.name!r} is an output of the model too")
            others = [reader.operation.name for reader in self.readers[id(tensor)] if reader is not node]
            if others or len(self.readers[id(tensor)]) > 1:
                to = " and ".join(repr(name) for name in dict.fromkeys(others)) or f"{node.operation.name!r} twice"
                raise Refusal(f"the output of {layer.name!r} also goes to {to}")
            if id(layer) not in self.plan.gone:
                self._check(giver, batchnorm)
                if type(layer) in KINDS:
                    if not is_linear_activation(layer):
                        name = getattr(layer.activation, "__name__", layer.activation)
                        raise Refusal(f"{layer.name!r} has the activation {name}")
                    return layer, affine
                affine = move(giver, affine, forward=False)
            node, tensor = giver, giver.inputs[0]

    def _ahead(self, tensor: Any, affine: Affine, batchnorm: Any) -> list[tuple[Any, Affine]]:
        """Every layer that reads a tensor, through what stands between, and what each takes in."""
        if id(tensor) in self.given_out:
            raise Refusal("what it gives is an output of the model")
        found = []
        for reader in self.readers.get(id(tensor), []):
            layer = reader.operation
            if id(layer) in self.plan.gone:
                found += self._ahead(reader.outputs[0], affine, batchnorm)
                continue
            self._check(reader, batchnorm)
            if type(layer) in KINDS:
                found.append((layer, affine))
            else:
                found += self._ahead(reader.outputs[0], move(reader, affine, forward=True), batchnorm)
        return found


def is_graph(operation: Any) -> bool:
    """Whether an operation is a model inside of a model that runs through its graph."""
    return isinstance(operation, keras.Model) and compat.is_plain_graph(operation)
