"""Describe a training before its first step: the model, its compile arguments and its data.

The model is built from the data if it is not built yet, and called once to see how its layers follow each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainwell import engine
from trainwell.engine.generators import preserve_rng
from trainwell.engine.inference_probe import what_loss_raises
from trainwell.engine.restoring import build
from trainwell.errors import InputError, telling_line
from trainwell.recording.compile_description import describe_compile, describe_losses, describe_metrics
from trainwell.recording.data_description import describe_data
from trainwell.recording.environment import machine, versions
from trainwell.recording.model_description import describe_graph, describe_model
from trainwell.run import CallbackRecord, FitRecord, Run
from trainwell.trees import named

if TYPE_CHECKING:
    from collections.abc import Sequence

    import keras

    from trainwell.rule import Finding
    from trainwell.training_spec import TrainingSpec


def described(spec: TrainingSpec) -> Run:
    """Return the Run before any training: model, compile arguments, data and environment.

    Raises:
        InputError: the model cannot take the data, or its loss or a metric cannot take both.
    """
    run = describe(spec)
    if run.fit.raised:
        raise why_it_raised(run)
    return run


def describe(spec: TrainingSpec) -> Run:
    """Return the same Run; its `fit.raised` holds what the loss or a metric raises, `""` for nothing.

    Raises:
        InputError: the model cannot take the data.
    """
    model = spec.model
    x, y = spec.some(min(spec.batch_size, 32))
    raised = built(model, x, y)
    run = Run(model=describe_model(model), versions=versions(), machine=machine())
    try:
        with preserve_rng():
            graph = engine.call_graph(model, x)
    except engine.CallError as error:
        raise _cannot_call(model, error.place, error.error, x) from error.error
    run.compile = describe_compile(spec.compile, model.optimizer)
    add_graph(run, model, spec.compile, graph)
    run.data = describe_data(spec, list(graph.outputs), layers_of_outputs(model))
    run.fit = FitRecord(
        epochs=spec.fit["epochs"],
        batch_size=spec.batch_size,
        steps_per_epoch=spec.steps_per_epoch,
        shuffle=bool(spec.fit.get("shuffle", True)),
        class_weight=spec.fit.get("class_weight") is not None,
        sample_weight="sample_weight" in spec.data or (spec.batches is not None and spec.batches.weighted),
        callbacks=[_describe_callback(each) for each in spec.callbacks],
        raised=raised,
    )
    if spec.batches is not None:  # their order is the source's own affair
        run.fit.shuffle = None
        run.not_measured["fit.shuffle"] = "the data come in batches, in an order of their own"
    return run


def why_it_raised(run: Run, causes: Sequence[Finding] = ()) -> InputError:
    """What to raise where no step can be trained.

    Args:
        run: of `describe`.
        causes: faults that it shows, the worst first.
    """
    what = f"The loss or a metric cannot take what the model gives and the targets: {run.fit.raised}"
    if not causes:
        return InputError(what, "Compare the shapes of targets and outputs; model.fit(x[:2], y[:2]) raises the same.")
    worst = causes[0]
    return InputError(
        f"{what} The cause is {worst.rule.id} {worst.rule.name}: {worst.message}",
        f"See `trainwell explain {worst.rule.id}`, or call tw.repair.",
    )


def add_graph(run: Run, model: keras.Model, arguments: dict[str, Any], graph: Any) -> None:
    """Add how the model's layers are called, and the loss and the metrics of each output, which only the call tells.

    Args:
        run: with records of the model and of what it was compiled with.
        model: that was called.
        arguments: of its `compile`.
        graph: what `trainwell.engine.call_graph` saw.
    """
    outputs, layers = list(graph.outputs), layers_of_outputs(model)
    describe_graph(run.model, model, graph)
    run.compile.losses = describe_losses(arguments, outputs, layers)
    run.compile.metrics_by_output = describe_metrics(arguments, outputs, layers)


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
            with preserve_rng():
                engine.call_graph(model, x)
        except engine.CallError as inner:
            raise _cannot_call(model, inner.place, inner.error, x) from error
    with preserve_rng():
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


def _describe_callback(callback: keras.callbacks.Callback) -> CallbackRecord:
    better = getattr(callback, "monitor_op", None)
    found = CallbackRecord(kind=type(callback).__name__)
    for name, kind in _SETTINGS.items():
        value = getattr(callback, name, None)
        if isinstance(value, kind):
            setattr(found, name, value)
    if better is not None:
        found.better = "greater" if better(1, 0) else "less"
    return found


_SETTINGS = {
    "monitor": str,
    "mode": str,
    "patience": (int, float),
    "min_delta": (int, float),
    "restore_best_weights": bool,
    "factor": (int, float),
    "start_from_epoch": (int, float),
}
