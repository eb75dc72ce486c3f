"""The folded model: new layers in the same graph, without those that were folded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from trainwell.techniques.batchnorm_folding.copies import copy_state, new_like, unnoticed
from trainwell.techniques.batchnorm_folding.neighbours import is_graph

if TYPE_CHECKING:
    from trainwell.techniques.batchnorm_folding.search import FoldSearch

_FOR_TRAINING = ("regularizer", "constraint")


def rebuild(search: FoldSearch) -> keras.Model:
    """A new model of the layers that stay, with the weights that took the others in.

    Args:
        search: after it has run.
    """
    new: dict[int, tuple[Any, Any]] = {}
    with unnoticed([search.model]):
        folded = _model(search, search.model, new)
        for layer, other in new.values():
            weights = search.weights.get(id(layer))
            if weights is not None:
                other.set_weights(weights.values()[0])
            elif not is_graph(layer):
                copy_state(layer, other)
    folded.trainable = False
    return folded


def _model(search: FoldSearch, model: keras.Model, new: dict[int, tuple[Any, Any]]) -> keras.Model:
    def copied(layer: Any) -> Any:
        if id(layer) not in new:
            new[id(layer)] = layer, _model(search, layer, new) if is_graph(layer) else _layer(search, layer)
        return new[id(layer)][1]

    if type(model) is keras.Sequential:
        (given,) = model.inputs
        tensor = keras.Input(batch_shape=given.shape, dtype=given.dtype, sparse=given.sparse, name=given.name)
        layers = [copied(layer) for layer in model.layers if id(layer) not in search.gone]
        return keras.Sequential([tensor, *layers], name=model.name)

    inputs = {id(layer.output): new_like(layer).output for layer in model.layers if _is_input(layer)}
    given = keras.tree.map_structure(lambda tensor: inputs[id(tensor)], model.input)
    # A model of the same graph without its compile arguments, which `clone_model` would compile the new one with.
    bare = keras.Model(model.input, model.output, name=model.name)
    return keras.models.clone_model(
        bare,
        input_tensors=given,
        clone_function=lambda layer: None if id(layer) in search.gone else copied(layer),
        call_function=lambda layer, *arguments, **keywords: (
            arguments[0] if layer is None else layer(*arguments, **keywords)
        ),
    )


def _layer(search: FoldSearch, layer: Any) -> Any:
    changes: dict[str, Any] = {}
    if id(layer) in search.renamed:
        changes["name"] = search.renamed[id(layer)]
    if id(layer) in search.weights:
        config = layer.get_config()
        changes["use_bias"] = search.weights[id(layer)].values()[1]
        # What was asked of the weights while they were trained was not asked of these.
        changes.update({name: None for name in config if name.endswith(_FOR_TRAINING)})
        changes.update({name: None for name in ("lora_rank", "lora_alpha") if name in config})
    return new_like(layer, **changes)


def _is_input(layer: Any) -> bool:
    return isinstance(layer, keras.layers.InputLayer)
