"""Describe what a model was compiled with: its optimizer, and the loss and the metrics of each output."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from trainwell.recording.plain_config import config_of, plain
from trainwell.run import CompileRecord, LossRecord, MetricRecord, OptimizerRecord

if TYPE_CHECKING:
    from collections.abc import Sequence

_CHOSEN_BY_SHAPES = ("crossentropy", "ce")
_METRICS_OF_CLASSES = ("accuracy", "acc", *_CHOSEN_BY_SHAPES)


def describe_compile(arguments: dict[str, Any], optimizer: Any = None) -> CompileRecord:
    """Return the record of what a model was compiled with; losses and metrics by output need `describe_losses`.

    Args:
        arguments: of `keras.Model.compile`, as the user gave them: objects, functions or names.
        optimizer: the compiled model's own, whose learning rate is recorded as it is now; no rate is recorded without.
    """
    given: Any = keras.optimizers.get(arguments.get("optimizer", "rmsprop"))  # `compile`'s own default
    found = CompileRecord(
        optimizer=OptimizerRecord(kind=type(given).__name__, config=plain(given.get_config())),
        loss=_names(arguments.get("loss")),
        loss_weights=plain(arguments.get("loss_weights")),
        metrics=_names(arguments.get("metrics") or []),
    )
    if optimizer is not None and not isinstance(optimizer, keras.optimizers.MultiOptimizer):
        inner = getattr(optimizer, "inner_optimizer", optimizer)
        config = inner.get_config().get("learning_rate")
        found.schedule = config.get("class_name") if isinstance(config, dict) else None
        found.learning_rate = float(np.asarray(optimizer.learning_rate))
    return found


def _names(thing: Any) -> Any:
    """Return the name of a loss or metric: of a string, a function, a class or a Keras object; or several names."""
    if thing is None or isinstance(thing, str):
        return thing
    if isinstance(thing, dict):
        return {str(key): _names(entry) for key, entry in thing.items()}
    if isinstance(thing, (list, tuple)):
        return [_names(entry) for entry in thing]
    names = (getattr(thing, "name", None), getattr(thing, "__name__", None), type(thing).__name__)
    return next(name for name in names if name and isinstance(name, str))


def describe_losses(
    arguments: dict[str, Any], outputs: Sequence[str], also_called: Sequence[str] = ()
) -> list[LossRecord]:
    """Return the loss of each output that has one.

    Args:
        arguments: of `keras.Model.compile`, as the user gave them.
        outputs: names of the model's outputs, in their order.
        also_called: other names by which the user may mean them, in the same order: those of their layers.
    """
    return [
        _loss(output, loss)
        for output, loss in _by_output(arguments.get("loss"), outputs, also_called).items()
        if loss is not None
    ]


def describe_metrics(
    arguments: dict[str, Any], outputs: Sequence[str], also_called: Sequence[str] = ()
) -> list[MetricRecord]:
    """Return the metrics of each output; arguments as of `describe_losses`."""
    found: list[MetricRecord] = []
    for key in ("metrics", "weighted_metrics"):
        given = arguments.get(key)
        if isinstance(given, (list, tuple)) and (
            len(outputs) == 1 or not any(isinstance(e, (list, tuple)) for e in given)
        ):
            by_output = dict.fromkeys(outputs, given) if len(outputs) == 1 else _by_output(list(given), outputs)
        else:
            by_output = _by_output(given, outputs, also_called)
        for output, metrics in by_output.items():
            found += [_metric(output, each) for each in keras.tree.flatten(metrics) if each is not None]
    return found


def _by_output(given: Any, outputs: Sequence[str], also_called: Sequence[str] = ()) -> dict[str, Any]:
    if isinstance(given, dict):
        others = also_called if len(also_called) == len(outputs) else outputs
        return {output: given.get(output, given.get(other)) for output, other in zip(outputs, others, strict=True)}
    if isinstance(given, (list, tuple)):
        return dict(zip(outputs, given, strict=False))
    return dict.fromkeys(outputs, given)


def _loss(output: str, loss: Any) -> LossRecord:
    if isinstance(loss, str) and loss.lower() in _CHOSEN_BY_SHAPES:
        return LossRecord(output=output, name="crossentropy")
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
    return LossRecord(
        output=output,
        name=name,
        of_keras=of_keras,
        is_object=is_object,
        flat_differs=_flat_differs(resolved) if is_object and not of_keras else None,
        from_logits=bool(getattr(resolved, "from_logits", config.get("from_logits", False)) or _keyword(resolved)),
        config=config,
    )


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
    """Return True if a loss that wraps a function hands it `from_logits=True`."""
    keywords = getattr(loss, "_fn_kwargs", None) or getattr(loss, "keywords", None) or {}
    return bool(keywords.get("from_logits")) if isinstance(keywords, dict) else False


def _metric(output: str, metric: Any) -> MetricRecord:
    if isinstance(metric, str) and metric.lower() in _METRICS_OF_CLASSES:  # Keras chooses which, by the shapes
        return MetricRecord(output=output, name=metric, kind=metric)
    resolved: Any = keras.metrics.get(metric) if isinstance(metric, (str, dict)) else metric
    kind = resolved if isinstance(resolved, type) else type(resolved)
    function = not isinstance(resolved, (type, keras.metrics.Metric))
    home = resolved if function else kind
    return MetricRecord(
        output=output,
        name=str(getattr(resolved, "name", None) or getattr(resolved, "__name__", kind.__name__)),
        kind=getattr(resolved, "__name__", kind.__name__) if function else kind.__name__,
        of_keras=getattr(home, "__module__", "").split(".")[0] == "keras",
        config={} if function or isinstance(resolved, type) else config_of(resolved) or {},
    )
