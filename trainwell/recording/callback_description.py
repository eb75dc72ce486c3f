"""Describe a training that a callback sees: the model at once, the data from the batches that went by.

No callback is told what else `fit` was given (shuffling, other callbacks, validation data): this is not recorded, and
`not_measured` says why. On another backend than JAX the batches are not seen either; there, rows of zeros show how the
model's layers are called.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import keras

from trainwell.engine import CallError, call_graph, compat, rows_of_zeros
from trainwell.engine.generators import preserve_rng
from trainwell.errors import InputError
from trainwell.recording.compile_description import describe_compile, describe_losses, describe_metrics
from trainwell.recording.data_description import add_seen, describe_data
from trainwell.recording.description import add_graph, described
from trainwell.recording.environment import machine, versions
from trainwell.recording.model_description import describe_model
from trainwell.run import DataRecord, FitRecord, RowCounts, Run
from trainwell.training_spec import TrainingSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trainwell.engine.rows import Kept, Rows

_OF_FIT = "a callback is not told what fit was given"


def described_at_begin(model: keras.Model, params: Mapping[str, Any]) -> Run:
    """Return what is known before the first batch.

    Args:
        model: compiled. The section `model` stays empty if it is not built yet, as TensorFlow's may be.
        params: what Keras tells a callback: `epochs` and `steps`.
    """
    arguments = compat.compile_arguments(model)
    run = Run(versions=versions(), machine=machine())
    names = ("fit.shuffle", "fit.callbacks", "fit.class_weight", "fit.sample_weight", "data.split", "data.split_kind")
    run.not_measured = {
        **dict.fromkeys(names, _OF_FIT),
        "probes": "a callback cannot train beside the training",
    }
    with compat.preserve_auto_names():  # a metric's name makes one
        if model.built:
            run.model = describe_model(model)
        run.compile = describe_compile(arguments, model.optimizer)
        if _has_one_output(model):  # the only name that is known before the model is called
            run.compile.losses = describe_losses(arguments, [""])
            run.compile.metrics_by_output = describe_metrics(arguments, [""])
        if model.built and keras.config.backend() != "jax":
            _call_without_rows(run, model, arguments)
    run.fit = FitRecord(epochs=params.get("epochs"), steps_per_epoch=params.get("steps"))
    return run


def _call_without_rows(run: Run, model: keras.Model, arguments: dict[str, Any]) -> None:
    """Add how the model's layers are called, from rows of zeros, or why that is not known.

    On JAX this is learned from the first batches.
    """
    x = rows_of_zeros(model)
    if x is None:
        run.not_measured["model.calls"] = "the model does not tell the shapes of its inputs"
        return
    try:
        with preserve_rng():
            add_graph(run, model, arguments, call_graph(model, x))
    except CallError as error:
        run.not_measured["model.calls"] = f"the model raised {type(error.error).__name__} on rows of zeros"


def described_once_built(model: keras.Model, before: Run, params: Mapping[str, Any]) -> Run:
    """Return what `described_at_begin` gives, now that the model is built.

    Args:
        model: as of `described_at_begin`.
        before: what that gave when the model was not built.
        params: as of `described_at_begin`.
    """
    run = described_at_begin(model, params)
    run.compile.learning_rate, run.compile.schedule = before.compile.learning_rate, before.compile.schedule
    for call in run.model.calls or ():
        call.kernels = ()  # no longer as they were before the first step
    run.not_measured.update(before.not_measured)
    return run


def described_by_rows(model: keras.Model, before: Run, rows: Rows, kept: Kept, *, whole_epoch: bool) -> Run:
    """Return what is known once batches went by.

    Args:
        model: as of `described_at_begin`; its variables must hold values.
        before: what that gave.
        rows: what the batches were.
        kept: some of their rows.
        whole_epoch: whether all batches of an epoch went by.
    """
    batch_size = rows.batch_size or len(kept.at)
    fit = {"epochs": before.fit.epochs or 1, "batch_size": batch_size}
    spec = TrainingSpec(model, compat.compile_arguments(model), {"x": kept.x, "y": kept.y}, fit)
    missing = dict(before.not_measured)
    try:
        with compat.preserve_auto_names():
            run = described(spec)
    except InputError as error:
        missing["model.calls"] = error.message
        run = copy.deepcopy(before)
        run.data = describe_data(spec)
    run.compile.learning_rate, run.compile.schedule = before.compile.learning_rate, before.compile.schedule
    _record_where_from(run.data, rows, kept, whole_epoch=whole_epoch)
    run.fit = copy.copy(before.fit)
    run.fit.batch_size = batch_size
    run.fit.steps_per_epoch = before.fit.steps_per_epoch or (-(-rows.seen // batch_size) if whole_epoch else None)
    if not rows.weighted:
        run.fit.class_weight = run.fit.sample_weight = False
        missing = {name: why for name, why in missing.items() if not name.endswith("_weight")}
    else:
        run.fit.sample_weight = True  # Keras makes weights of rows of those of classes
        missing.pop("fit.sample_weight")
    if not keras.tree.flatten(kept.y):
        missing["data.targets"] = "the batches hold no targets"
    run.not_measured = missing
    return run


def _record_where_from(data: DataRecord, rows: Rows, kept: Kept, *, whole_epoch: bool) -> None:
    """Record how many rows there were, and which of them were described; rows are numbered as they came."""
    data.rows = RowCounts(train=rows.seen if whole_epoch else None)
    data.split_kind = None
    says = f"{len(kept.at):,} of the {rows.seen:,} rows of the first batches, in the order in which they came"
    add_seen(data, kept.at, rows.seen, says)


def _has_one_output(model: keras.Model) -> bool:
    """Return True if the model has one output, a tensor by itself, as far as it tells without being called."""
    try:
        outputs = model.outputs
    except AttributeError:  # subclassed
        return False
    return len(outputs or ()) == 1
