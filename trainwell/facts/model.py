"""Facts of how a model's calls feed each other, and of its losses and metrics, for the rules that look at a graph."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from trainwell.facts.kernels import describe_kernels
from trainwell.facts.recorded import config_of, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

_CHOSEN_BY_SHAPES = ("crossentropy", "ce")
_METRICS_OF_CLASSES = ("accuracy", "acc", *_CHOSEN_BY_SHAPES)


def graph_facts(model: keras.Model, graph: Any) -> dict[str, Any]:
    """The facts `model.kind`, `model.trainable_parameters`, `model.calls` and `model.outputs`.

    Each call has `place`, `name`, `class`, `of_keras`, `config`, `parameters`, `trainable_parameters`, `trainable`,
    `kernels` (as `describe_kernels` tells them, before any step), `inputs`, `input_shapes` and `output_shapes`.

    Args:
        model: a built model.
        graph: what `trainwell.engine.call_graph` saw of it.
    """
    return {
        "kind": _kind(model),
        "trainable_parameters": sum(math.prod(variable.shape) for variable in model.trainable_variables),
        "calls": [_call(each) for each in graph.calls],
        "outputs": [
            {"name": name, "place": place, "shape": list(shape)} for name, (place, shape) in graph.outputs.items()
        ],
    }


def _kind(model: keras.Model) -> str:
    if isinstance(model, keras.Sequential):
        return "Sequential"
    return "Functional" if type(model).__name__ == "Functional" else "subclassed"


def _call(call: Any) -> dict[str, Any]:
    layer = call.layer
    trainable = getattr(layer, "trainable_variables", ())
    return {
        "place": call.place,
        "name": layer.name,
        "class": type(layer).__name__,
        "of_keras": type(layer).__module__.split(".")[0] == "keras",
        "config": config_of(layer) or _operation(layer),
        "parameters": sum(math.prod(each.shape) for each in getattr(layer, "variables", ())),
        "trainable_parameters": sum(math.prod(each.shape) for each in trainable),
        "trainable": bool(getattr(layer, "trainable", True)),
        "kernels": describe_kernels(layer),
        "inputs": list(call.inputs),
        "input_shapes": [list(shape) for shape in call.input_shapes],
        "output_shapes": [list(shape) for shape in call.shapes],
    }


def _operation(layer: Any) -> dict[str, Any]:
    """What an operation of a Functional model, which has no configuration of its own, was called with."""
    if isinstance(layer, keras.layers.Layer):
        return {}
    names = ("negative_slope", "alpha", "axis", "threshold")
    return {name: plain(getattr(layer, name)) for name in names if hasattr(layer, name)}


def loss_facts(
    arguments: dict[str, Any], outputs: Sequence[str], also_called: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """The loss of each output: `output`, `name`, `of_keras`, `is_object`, `flat_differs`, `from_logits` and `config`.

    Args:
        arguments: of `keras.Model.compile`, as the user gave them.
        outputs: names of the model's outputs, in their order.
        also_called: other names by which the user may mean them, in the same order: those of their layers.

    Returns:
        One entry for each output that has a loss; `name` is Keras's own, such as `"binary_crossentropy"`, where the
        loss is Keras's, and else what the function or class is called. `"crossentropy"` is what Keras chooses by the
        shapes. `is_object`: whether it is a `keras.losses.Loss`, which takes targets and outputs in the shapes that
        they have; of a function, Keras first brings both to the same rank. `flat_differs`: whether a loss object of
        the user's own gives targets `(n,)` beside outputs `(n, 1)` another loss than targets `(n, 1)`; `None` for
        others, and where it cannot be tried.
    """
    return [
        {"output": output, **_loss(loss)}
        for output, loss in _by_output(arguments.get("loss"), outputs, also_called).items()
        if loss is not None
    ]


def metric_facts(
    arguments: dict[str, Any], outputs: Sequence[str], also_called: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """The metrics of each output: `output`, `name`, `class`, `of_keras` and `config`; arguments as of `loss_facts`."""
    found: list[dict[str, Any]] = []
    for key in ("metrics", "weighted_metrics"):
        given = arguments.get(key)
        if isinstance(given, (list, tuple)) and (
            len(outputs) == 1 or not any(isinstance(e, (list, tuple)) for e in given)
        ):
            by_output = dict.fromkeys(outputs, given) if len(outputs) == 1 else _by_output(list(given), outputs)
        else:
            by_output = _by_output(given, outputs, also_called)
        for output, metrics in by_output.items():
            found += [{"output": output, **_metric(each)} for each in keras.tree.flatten(metrics) if each is not None]
    return found


def _by_output(given: Any, outputs: Sequence[str], also_called: Sequence[str] = ()) -> dict[str, Any]:
    if isinstance(given, dict):
        others = also_called if len(also_called) == len(outputs) else outputs
        return {output: given.get(output, given.get(other)) for output, other in zip(outputs, others, strict=True)}
    if isinstance(given, (list, tuple)):
        return dict(zip(outputs, given, strict=False))
    return dict.fromkeys(outputs, given)


def _loss(loss: Any) -> dict[str, Any]:
    if isinstance(loss, str) and loss.lower() in _CHOSEN_BY_SHAPES:
        return {"name": "crossentropy", "of_keras": True, "is_object": False, "from_logits": False, "config": {}}
    resolved: Any = keras.losses.get(loss) if isinstance(loss, (str, dict)) else loss
    if isinstance(resolved, type):
        resolved = resolved()
    kind = type(resolved)
    is_object = isinstance(resolved, keras.losses.Loss)
    if is_object:
        function = getattr(resolved, "fn", None) if _is_of_keras(kind) else None
        of_keras = _is_of_keras(kind) and (function is None or _is_of_keras(function))
        name = getattr(function, "__name__", None) or kind.__name__
        config = config_of(resolved) or {}
    else:
        function = resolved.func if isinstance(resolved, functools.partial) else resolved
        of_keras = _is_of_keras(function)
        name = getattr(function, "__name__", kind.__name__)
        config = plain(getattr(resolved, "keywords", None) or {})
    return {
        "name": name,
        "of_keras": of_keras,
        "is_object": is_object,
        "flat_differs": _flat_differs(resolved) if is_object and not of_keras else None,
        "from_logits": bool(getattr(resolved, "from_logits", config.get("from_logits", False)) or _keyword(resolved)),
        "config": config,
    }


def _flat_differs(loss: Any) -> bool | None:
    targets, outputs = (
        np.asarray([0, 1, 1, 0, 1], "float32"),
        np.asarray([[0.2], [0.7], [0.4], [0.6], [0.9]], "float32"),
    )
    try:
        flat, column = (np.asarray(loss(given, outputs), float) for given in (targets, targets[:, None]))
    except Exception:  # noqa: BLE001 -- a loss of the user's own may raise anything on what it was not made for
        return None
    return bool(flat.shape != column.shape or not np.allclose(flat, column, rtol=1e-4))


def _is_of_keras(thing: Any) -> bool:
    return (getattr(thing, "__module__", None) or "").split(".")[0] == "keras"


def _keyword(loss: Any) -> bool:
    """Whether a loss that wraps a function hands it `from_logits=True`."""
    keywords = getattr(loss, "_fn_kwargs", None) or getattr(loss, "keywords", None) or {}
    return bool(keywords.get("from_logits")) if isinstance(keywords, dict) else False


def _metric(metric: Any) -> dict[str, Any]:
    if isinstance(metric, str) and metric.lower() in _METRICS_OF_CLASSES:  # Keras chooses which, by the shapes
        return {"name": metric, "class": metric, "of_keras": True, "config": {}}
    resolved: Any = keras.metrics.get(metric) if isinstance(metric, (str, dict)) else metric
    kind = resolved if isinstance(resolved, type) else type(resolved)
    function = not isinstance(resolved, (type, keras.metrics.Metric))
    home = resolved if function else kind
    return {
        "name": str(getattr(resolved, "name", None) or getattr(resolved, "__name__", kind.__name__)),
        "class": getattr(resolved, "__name__", kind.__name__) if function else kind.__name__,
        "of_keras": getattr(home, "__module__", "").split(".")[0] == "keras",
        "config": {} if function or isinstance(resolved, type) else config_of(resolved) or {},
    }
