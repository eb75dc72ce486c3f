"""Facts of a training before its first step: of the model, of its compile arguments and of its data.

The model is built from the data where it is not built yet, and called once to see how its layers follow each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from trainwell import engine
from trainwell.engine.generators import generators_left_as_they_are
from trainwell.engine.inspection import what_loss_raises
from trainwell.engine.restoring import build
from trainwell.errors import InputError, telling_line
from trainwell.facts import compile_facts, environment_facts, graph_facts, loss_facts, metric_facts, model_facts
from trainwell.recording.data_description import data_facts
from trainwell.run import Run
from trainwell.trees import named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainwell.rule import Finding
    from trainwell.training_spec import TrainingSpec


def described(spec: TrainingSpec) -> Run:
    """Return the Run before any training: facts of model, compile arguments, data and environment.

    Raises:
        InputError: the model cannot take the data, or its loss or a metric cannot take both.
    """
    run = facts_before_training(spec)
    if run.facts["fit"]["raised"]:
        raise why_it_raised(run)
    return run


def facts_before_training(spec: TrainingSpec) -> Run:
    """Return the same Run; its fact `fit.raised` holds what the loss or a metric raises, `""` for nothing.

    Raises:
        InputError: the model cannot take the data.
    """
    model = spec.model
    x, y = spec.some(min(spec.batch_size, 32))
    raised = built(model, x, y)
    facts: dict[str, Any] = {"model": model_facts(model), **environment_facts(), "not_measured": {}}
    try:
        with generators_left_as_they_are():
            graph = engine.call_graph(model, x)
    except engine.CallError as error:
        raise _cannot_call(model, error.place, error.error, x) from error.error
    facts["compile"] = {**compile_facts(spec.compile), **rate_facts(model.optimizer)}
    add_graph(facts, model, spec.compile, graph)
    facts["data"] = data_facts(spec, list(graph.outputs), layers_of_outputs(model))
    weighted = "sample_weight" in spec.data or (spec.batches is not None and spec.batches.weighted)
    facts["fit"] = {
        "epochs": spec.fit["epochs"],
        "batch_size": spec.batch_size,
        "steps_per_epoch": spec.steps_per_epoch,
        "shuffle": bool(spec.fit.get("shuffle", True)),
        "class_weight": spec.fit.get("class_weight") is not None,
        "sample_weight": weighted,
        "callbacks": [_callback_facts(each) for each in spec.callbacks],
        "raised": raised,
    }
    if spec.batches is not None:  # their order is the source's own affair
        facts["fit"]["shuffle"] = None
        facts["not_measured"]["fit.shuffle"] = "the data come in batches, in an order of their own"
    return Run(facts)


def why_it_raised(run: Run, causes: Sequence[Finding] = ()) -> InputError:
    """What to raise where no step can be trained.

    Args:
        run: of `facts_before_training`.
        causes: faults that its facts show, the worst first.
    """
    what = f"The loss or a metric cannot take what the model gives and the targets: {run.facts['fit']['raised']}"
    if not causes:
        return InputError(what, "Compare the shapes of targets and outputs; model.fit(x[:2], y[:2]) raises the same.")
    worst = causes[0]
    return InputError(
        f"{what} The cause is {worst.rule.id} {worst.rule.name}: {worst.message}",
        f"See `trainwell explain {worst.rule.id}`, or call tw.repair.",
    )


def add_graph(facts: dict[str, Any], model: keras.Model, arguments: dict[str, Any], graph: Any) -> None:
    """Adds how the model's layers are called, and the loss and the metrics of each output, which only the call tells.

    Args:
        facts: of the model and of what it was compiled with.
        model: that was called.
        arguments: of its `compile`.
        graph: what `trainwell.engine.call_graph` saw.
    """
    outputs, layers = list(graph.outputs), layers_of_outputs(model)
    facts["model"].update(graph_facts(model, graph))
    facts["compile"]["losses"] = loss_facts(arguments, outputs, layers)
    facts["compile"]["metrics_by_output"] = metric_facts(arguments, outputs, layers)


def rate_facts(optimizer: Any) -> dict[str, Any]:
    """The facts `compile.learning_rate`, as it is now, and `compile.schedule`."""
    if isinstance(optimizer, keras.optimizers.MultiOptimizer):
        return {"learning_rate": None, "schedule": None}
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    config = inner.get_config().get("learning_rate")
    schedule = config.get("class_name") if isinstance(config, dict) else None
    return {"learning_rate": float(np.asarray(optimizer.learning_rate)), "schedule": schedule}


def layers_of_outputs(model: keras.Model) -> list[str]:
    """Names of the layers that give the outputs, in their order; none where the model does not tell them."""
    return list(getattr(model, "output_names", None) or ())


def built(model: keras.Model, x: Any, y: Any) -> str:
    """Builds what is not built yet, as far as that goes.

    Args:
        model: compiled.
        x: some rows of inputs.
        y: their targets.

    Returns:
        What the loss or a metric raises on these rows, as no step can be trained then; `""` for nothing.

    Raises:
        InputError: the model cannot take the rows.
    """
    failed: Exception | None = None
    try:
        build(model, x, y)
    except Exception as error:  # noqa: BLE001 -- told below
        failed = error
        try:  # Keras hides what a layer raised while it is built
            with generators_left_as_they_are():
                engine.call_graph(model, x)
        except engine.CallError as inner:
            raise _cannot_call(model, inner.place, inner.error, x) from error
    with generators_left_as_they_are():
        raised = what_loss_raises(model, x, y) if model.built else None
    if failed is not None and raised is None:
        raise _cannot_call(model, "", failed, x) from failed
    return f"{type(raised).__name__}: {telling_line(raised)}" if raised else ""


def _cannot_call(model: keras.Model, place: str, error: Exception, x: Any) -> InputError:
    shapes = ", ".join(f"{name or 'x'} {leaf.shape}" for name, leaf in named(x).items())
    where = f" in its layer {place!r}" if place and place != model.name else ""
    first = telling_line(error)
    return InputError(
        f"The model {model.name!r} raised {type(error).__name__}{where} on a batch of {shapes}: {first}",
        "Call model(x[:2]) yourself to see the whole message; a diagnosis begins once that works.",
    )


def _callback_facts(callback: keras.callbacks.Callback) -> dict[str, Any]:
    names = ("monitor", "mode", "patience", "min_delta", "restore_best_weights", "factor", "start_from_epoch")
    held = {name: getattr(callback, name) for name in names if hasattr(callback, name)}
    plain = {name: value for name, value in held.items() if isinstance(value, (bool, int, float, str))}
    better = getattr(callback, "monitor_op", None)
    if better is not None:
        plain["better"] = "greater" if better(1, 0) else "less"
    return {"class": type(callback).__name__, **plain}
