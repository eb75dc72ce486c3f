"""The graph of a Sequential or Functional model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from trainwell.engine.compat.private import MissingNameError, attempt, attribute, imported

if TYPE_CHECKING:
    from collections.abc import Callable


class GraphNode:
    """One call of an operation in a model's graph.

    Args:
        node: Keras's own.
    """

    def __init__(self, node: Any) -> None:
        self.operation: Any = node.operation
        self.inputs: list[Any] = node.input_tensors
        self.outputs: list[Any] = node.outputs
        self.only_input: Any = attribute(node.arguments, "_single_positional_tensor")
        """Its single argument, where that is one tensor; `None` for other calls."""
        self.arguments: tuple[Any, ...] = node.arguments.args
        self.keywords: dict[str, Any] = node.arguments.kwargs


def is_plain_graph(model: keras.Model) -> bool:
    """Return True for exactly a built Sequential model or a Functional one, which runs through its graph."""
    return _functional(model) is not None


def graph(model: keras.Model) -> tuple[list[GraphNode], list[Any]]:
    """Return the calls of a plain graph in the order of execution, inputs left out, and its output tensors."""
    functional = _functional(model)
    by_depth = attribute(functional, "_nodes_by_depth")
    nodes = [node for depth in sorted(by_depth, reverse=True) for node in by_depth[depth]]
    return [GraphNode(node) for node in nodes if node.operation and not node.is_input], list(functional.outputs)


def require_callable_graph(model: keras.Model) -> None:
    """Check that `call_graph` can run a plain graph, with values from a scope that asks for missing ones.

    Raises:
        MissingNameError: a private name that this needs is missing.
    """
    functional = _functional(model)
    for name in ("_standardize_inputs", "_run_through_graph"):
        attribute(functional, name)
    imported("keras.src.backend.common.stateless_scope", "get_stateless_scope")
    imported("keras.src.backend.common.masking", "get_keras_mask")


def call_graph(
    model: keras.Model, inputs: Any, *, training: bool | None, instead: dict[int, Callable[..., Any]]
) -> Any:
    """Run a plain graph's own `call`, with other functions for some operations.

    Args:
        model: one for which `is_plain_graph` holds.
        inputs: as of its `call`.
        training: as of its `call`.
        instead: by the operation's `id`.
    """
    functional = _functional(model)

    def function(operation: Any) -> Any:
        return instead.get(id(operation)) or _with_training(operation, training)

    given = attribute(functional, "_standardize_inputs")(inputs)
    outputs = attribute(functional, "_run_through_graph")(given, operation_fn=function)
    return outputs[0] if isinstance(outputs, (list, tuple)) and len(outputs) == 1 else outputs


def _with_training(operation: Any, training: bool | None) -> Callable[..., Any]:
    """Return an operation as a Functional model's `call` calls it."""
    try:
        return imported("keras.src.models.functional", "operation_fn")(operation, training=training)
    except MissingNameError:
        pass  # Keras 3.16 leaves `training` to the layers, where an argument of the layer's own comes first
    if training is None or not attribute(operation, "_call_has_training_arg", False):
        return operation

    def call(*arguments: Any, **named: Any) -> Any:
        own = named.get("training")
        return operation(*arguments, **{**named, "training": training if own is None else own})

    return call


def _functional(model: keras.Model) -> Any:
    """Return the Functional model that a plain graph runs; `None` for others, and where Keras does not tell it."""
    return attempt("what depends on the graph of a model", lambda: _functional_of(model), None)


def _functional_of(model: keras.Model) -> Any:
    if type(model) is keras.Sequential:
        return attribute(model, "_functional") if model.built else None
    return model if type(model) is imported("keras.src.models.functional", "Functional") else None
