"""The reused layers as groups that are unfrozen together, and which of all layers are trained.

A group is one layer with weights. A batch normalisation that is trained too belongs to the layer before it. Models
inside the base are looked into; a layer made of other layers counts as one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import keras

from trainwell.engine import compat
from trainwell.techniques.transfer.copying import all_layers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BatchNorm = Literal["frozen", "train"]


@dataclass(frozen=True)
class Group:
    """Layers that are unfrozen together.

    Args:
        names: of its layers, with the names of the models around them.
        layers: themselves.
        weights: numbers that are trained.
    """

    names: tuple[str, ...]
    layers: tuple[keras.layers.Layer, ...]
    weights: int

    def variables(self) -> list[Any]:
        """Its trainable variables, as its layers are marked now."""
        return [variable for layer in self.layers for variable in layer.trainable_variables]


def groups_of(layers: Sequence[keras.layers.Layer], batch_norm: BatchNorm) -> list[Group]:
    """The groups in the order of the layers, bottom first; all layers are left trainable, as far as `batch_norm` says.

    Args:
        layers: those of a model.
        batch_norm: whether batch normalisation is trained or stays frozen.
    """
    mark(layers, {id(leaf) for _, leaf in _leaves(layers)}, batch_norm)
    groups: list[list[tuple[str, keras.layers.Layer]]] = []
    for name, leaf in _leaves(layers):
        if not leaf.trainable_variables:
            continue
        joins = isinstance(leaf, keras.layers.BatchNormalization) and groups
        if joins:
            groups[-1].append((name, leaf))
        else:
            groups.append([(name, leaf)])
    return [
        Group(
            tuple(name for name, _ in group),
            tuple(leaf for _, leaf in group),
            sum(math.prod(variable.shape) for _, leaf in group for variable in leaf.trainable_variables),
        )
        for group in groups
    ]


def freeze_all_but(layers: Sequence[keras.layers.Layer], trained: Sequence[Group], batch_norm: BatchNorm) -> None:
    """Marks the layers of these groups as trainable, and all others as not.

    Args:
        layers: those of the reused part.
        trained: groups of theirs.
        batch_norm: as of `groups_of`.
    """
    mark(layers, {id(layer) for group in trained for layer in group.layers}, batch_norm)


def mark(layers: Sequence[keras.layers.Layer], trained: set[int], batch_norm: BatchNorm) -> bool:
    """Sets `trainable` of each layer and all within it; gives whether any is trained.

    Args:
        layers: those of a model.
        trained: `id` of the layers to train, where those of a model inside are meant one by one.
        batch_norm: as of `groups_of`.
    """
    trains = False
    for layer in layers:
        if _is_looked_into(layer):
            # A model's own flag rules over its layers, and setting it sets theirs: first the model, then these.
            layer.trainable = any(id(leaf) in trained for _, leaf in _leaves([layer]))
            trains |= mark(layer.layers, trained, batch_norm)  # type: ignore[attr-defined] -- a model
            continue
        layer.trainable = id(layer) in trained
        trains |= layer.trainable
        if batch_norm == "frozen":
            for inner in all_layers(layer):
                if isinstance(inner, keras.layers.BatchNormalization):
                    inner.trainable = False
    return trains


def _leaves(layers: Sequence[keras.layers.Layer], within: str = "") -> Iterator[tuple[str, keras.layers.Layer]]:
    for layer in layers:
        if _is_looked_into(layer):
            yield from _leaves(layer.layers, f"{within}{layer.name}/")  # type: ignore[attr-defined] -- a model
        else:
            yield f"{within}{layer.name}", layer


def _is_looked_into(layer: Any) -> bool:
    return isinstance(layer, keras.Model) and compat.is_plain_graph(layer)
